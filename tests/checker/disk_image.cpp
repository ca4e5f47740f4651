#include "tests/checker/disk_image.hpp"

#include <charconv>
#include <set>
#include <variant>

#include <fmt/format.h>

#include "actors/controller/command.hpp"
#include "actors/coordinator/group_record.hpp"
#include "runtime/simulation/log_walk.hpp"

namespace troupe::checker {

namespace {

constexpr const char* offsets_topic = "__commit_offsets";

/// A topic's directory: '<name>.<id>'.
struct topic_directory {
  std::string name;
  topic_id id;
  std::string path;
  std::vector<int32_t> partitions;
};

std::vector<topic_directory> topics_of(storage::files& disk) {
  std::vector<topic_directory> result;
  auto names = disk.list("topics");
  if (!names)
    return result;
  for (const auto& name : *names) {
    auto dot = name.rfind('.');
    auto id = dot == std::string::npos ? std::nullopt
                                       : parse_uuid(name.substr(dot + 1));
    if (!id)
      continue;
    topic_directory x{name.substr(0, dot), *id, "topics/" + name, {}};
    if (auto numbers = disk.list(x.path))
      for (const auto& text : *numbers) {
        int32_t number = -1;
        std::from_chars(text.data(), text.data() + text.size(), number);
        if (number >= 0)
          x.partitions.push_back(number);
      }
    result.push_back(std::move(x));
  }
  return result;
}

log_found read_log(storage::files& disk, const topic_directory& topic,
                   int32_t partition) {
  log_found result{{topic.name, partition}, 0, 0, {}};
  auto batches =
    simulation::read_batches(disk, fmt::format("{}/{}", topic.path, partition));
  if (!batches.empty())
    result.start = batches.front().header.base_offset;
  for (const auto& batch : batches) {
    result.end = batch.header.last_offset() + 1;
    if (auto records = read_records(batch))
      for (const auto& x : *records)
        result.records.emplace_back(x.offset, x.content.value.str());
  }
  return result;
}

/// Who owns what in a group, as its records say one after the other.
class owner_trail {
public:
  /// The problem, or nothing.
  std::string follow(const shard_record& x) {
    if (!x.content.key.starts_with("current/"))
      return {};
    auto& mine = held_[x.content.key];
    mine.clear();
    if (x.content.value.is_null())
      return {};
    auto change = decode(x.content);
    auto* current = change ? std::get_if<current_changed>(&*change) : nullptr;
    if (!current)
      return "the record of an assignment cannot be read";
    for (auto* part : {&current->current.assigned, &current->current.revoking})
      for (const auto& [id, place] : *part)
        mine.insert(id);
    for (const auto& [member, theirs] : held_)
      for (const auto& id : theirs)
        if (member != x.content.key && mine.count(id))
          return fmt::format("{} and {} own {} at once", member, x.content.key,
                             to_string(id));
    return {};
  }

private:
  std::map<std::string, std::set<topic_partition>> held_;
};

void read_shard(storage::files& disk, const topic_directory& topic,
                int32_t number, disk_image& out) {
  auto& table = out.shards[number];
  std::map<std::string, owner_trail> trails;
  auto problem = [&](int64_t offset, const std::string& what) {
    out.problems.push_back(
      fmt::format("I1: {}-{} offset {}: {}", topic.name, number, offset, what));
  };
  for (const auto& batch : simulation::read_batches(
         disk, fmt::format("{}/{}", topic.path, number))) {
    auto records = read_records(batch);
    if (!records) {
      problem(batch.header.base_offset, what(records.error()));
      continue;
    }
    for (const auto& x : *records) {
      if (auto failed = table.apply(x.content))
        problem(x.offset, what(failed));
      auto shard = decode_shard_record(x.content);
      if (!shard)
        continue;
      auto wrong = trails[shard->group].follow(*shard);
      if (!wrong.empty())
        problem(x.offset, shard->group + ": " + wrong);
    }
  }
}

void read_positions(const std::map<topic_id, std::string>& names,
                    disk_image& out) {
  for (const auto& [number, table] : out.shards)
    for (const auto& group : table.groups())
      for (const auto& x : table.records_of(group)) {
        auto change = decode(x);
        auto* position =
          change ? std::get_if<position_changed>(&*change) : nullptr;
        if (position && names.count(position->id.topic))
          out.positions.positions.push_back(
            {group,
             {names.at(position->id.topic), position->id.partition},
             position->content.next,
             position->content.start});
      }
}

void read_metadata(storage::files& disk, disk_image& out) {
  for (const auto& batch : simulation::read_batches(disk, "metadata")) {
    auto records = read_records(batch);
    if (!records) {
      out.problems.push_back("I7: metadata: " + what(records.error()));
      continue;
    }
    for (const auto& x : *records) {
      auto given = decode_command(x.content.value.view());
      auto applied = given ? out.topics.apply(*given, batch.header.leader_epoch)
                           : caf::expected<metadata_change>{given.error()};
      if (!applied)
        out.problems.push_back(fmt::format("I7: metadata offset {}: {}",
                                           x.offset, what(applied.error())));
    }
  }
}

} // namespace

disk_image read_disk(storage::files& disk) {
  disk_image result;
  std::map<topic_id, std::string> names;
  read_metadata(disk, result);
  for (const auto& topic : topics_of(disk)) {
    names.emplace(topic.id, topic.name);
    for (auto number : topic.partitions)
      if (topic.name == offsets_topic)
        read_shard(disk, topic, number, result);
      else
        result.logs.push_back(read_log(disk, topic, number));
  }
  read_positions(names, result);
  return result;
}

} // namespace troupe::checker
