#include "runtime/scenario/position_log.hpp"

#include <algorithm>
#include <variant>

#include "actors/coordinator/group_record.hpp"
#include "actors/offset_store/shard_record.hpp"
#include "actors/protocol/shard_of.hpp"
#include "runtime/cast.hpp"

namespace troupe::scenario {

namespace {

/// How long a look may take.
constexpr caf::timespan look_bound = 30s;

using topic_names = std::map<topic_id, std::string>;

/// How long a partition may be without a leader that serves, and how often it
/// is tried.
constexpr milliseconds away_bound = 10s;
constexpr milliseconds look_interval = 50ms;

/// All batches of a partition.
caf::expected<std::vector<record_batch>> read_all(
  stage& on, const partition_actor& where) {
  std::vector<record_batch> result;
  fetch_request request;
  for (;;) {
    auto some = on.ask<fetch_result>(look_bound, where, fetch_atom_v, request);
    if (!some)
      return some.error();
    if (some->status == fetch_status::below_start) {
      request.offset = some->log_start;
      continue;
    }
    if (some->batches.empty())
      return result;
    request.offset = some->batches.back().header.last_offset() + 1;
    std::move(some->batches.begin(), some->batches.end(),
              std::back_inserter(result));
  }
}

caf::expected<std::vector<record_batch>> read_all(stage& on, company& players,
                                                  const topic_partition& id) {
  auto end = on.now_ms() + away_bound.count();
  for (;;) {
    auto where = players.partition(id);
    auto result = where
                    ? read_all(on, *where)
                    : caf::expected<std::vector<record_batch>>{where.error()};
    if (result || on.now_ms() >= end)
      return result;
    on.advance(look_interval);
  }
}

void add_positions(const record_batch& batch,
                   const std::set<std::string>& groups,
                   const topic_names& names, std::vector<position_event>& out) {
  auto records = read_records(batch);
  if (!records)
    return;
  for (const auto& x : *records) {
    auto shard = decode_shard_record(x.content);
    if (!shard || groups.count(shard->group) == 0)
      continue;
    auto change = decode(shard->content);
    auto* position = change ? std::get_if<position_changed>(&*change) : nullptr;
    if (!position || names.count(position->id.topic) == 0)
      continue;
    out.push_back(
      {x.content.timestamp_ms, shard->group,
       partition_name{names.at(position->id.topic), position->id.partition},
       position->content.next, position->content.start});
  }
}

} // namespace

caf::expected<std::vector<position_event>> read_positions(
  stage& on, company& players, const std::set<std::string>& groups) {
  std::vector<position_event> result;
  auto topics = players.topics();
  if (!topics)
    return topics.error();
  topic_names names;
  const topic_info* offsets = nullptr;
  for (const auto& topic : *topics) {
    names.emplace(topic.id, topic.name);
    if (topic.name == offsets_topic)
      offsets = &topic;
  }
  if (!offsets)
    return result;
  std::set<int32_t> shards;
  for (const auto& group : groups)
    shards.insert(static_cast<int32_t>(
      shard_of(group, static_cast<uint32_t>(offsets->partitions()))));
  for (auto shard : shards) {
    auto batches = read_all(on, players, {offsets->id, shard});
    if (!batches)
      return batches.error();
    for (const auto& batch : *batches)
      add_positions(batch, groups, names, result);
  }
  std::stable_sort(
    result.begin(), result.end(),
    [](const auto& x, const auto& y) { return x.time_ms < y.time_ms; });
  return result;
}

caf::expected<log_values> read_values(stage& on, company& players) {
  log_values result;
  auto topics = players.topics();
  if (!topics)
    return topics.error();
  for (const auto& topic : *topics) {
    if (topic.is_internal)
      continue;
    for (int32_t p = 0; p < topic.partitions(); ++p) {
      auto batches = read_all(on, players, {topic.id, p});
      if (!batches)
        return batches.error();
      auto& values = result[{topic.name, p}];
      for (const auto& batch : *batches)
        if (auto records = read_records(batch))
          for (const auto& x : *records)
            values.emplace(x.offset, x.content.value.str());
    }
  }
  return result;
}

} // namespace troupe::scenario
