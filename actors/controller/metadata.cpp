#include "actors/controller/metadata.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "actors/controller/topic_rules.hpp"
#include "config/nearest.hpp"

namespace troupe {

namespace {

/// Which shard a group is in follows from this topic's partition count: it can
/// never change.
constexpr const char* offsets_topic_name = "__commit_offsets";

caf::error misfit(std::string text) {
  return make_error(ec::corrupt_log, std::move(text));
}

std::string count_of(int64_t partitions) {
  return fmt::format("{} partition{}", partitions, partitions == 1 ? "" : "s");
}

} // namespace

metadata::metadata(metadata_rules rules) : rules_(std::move(rules)) {}

// -- plans -------------------------------------------------------------------

caf::expected<command> metadata::plan_create(const topic_spec& spec,
                                             bool is_internal) const {
  if (auto error = check_topic_name(spec.name, is_internal))
    return error;
  if (auto i = topics_.find(spec.name); i != topics_.end())
    return make_error(ec::topic_exists,
                      fmt::format("topic '{}' is there already, with {}",
                                  spec.name, count_of(i->second.partitions())));
  if (spec.partitions < 1)
    return make_error(ec::invalid_argument,
                      fmt::format("topic '{}': {} partitions asked for, the "
                                  "least is 1",
                                  spec.name, spec.partitions));
  if (spec.name == offsets_topic_name
      && static_cast<uint32_t>(spec.partitions) != rules_.shards)
    return make_error(ec::invalid_argument,
                      fmt::format("topic '{}': {} asked for, it has one for "
                                  "each of {} shards",
                                  spec.name, count_of(spec.partitions),
                                  rules_.shards));
  if (auto error = check_total(spec.name, spec.partitions))
    return error;
  if (auto error = check_topic_settings(spec.settings))
    return error;
  auto placement = place(spec.name, spec.replication_factor, spec.partitions);
  if (!placement)
    return placement.error();
  return command{create_topic{derive_uuid(rules_.cluster_id, index_ + 1), spec,
                              is_internal, std::move(*placement)}};
}

caf::expected<command> metadata::plan_grow(const std::string& name,
                                           int32_t partitions) const {
  auto topic = find_for_user(name, "grown");
  if (!topic)
    return topic.error();
  auto added = int64_t{partitions} - topic->partitions();
  if (added <= 0)
    return make_error(ec::invalid_argument,
                      fmt::format("topic '{}' has {}; it can only grow to "
                                  "more, not to {}",
                                  name, count_of(topic->partitions()),
                                  partitions));
  if (auto error = check_total(name, added))
    return error;
  auto placement =
    place(name, topic->replication_factor, static_cast<int32_t>(added));
  if (!placement)
    return placement.error();
  return command{grow_topic{topic->id, partitions, std::move(*placement)}};
}

caf::expected<command> metadata::plan_delete(const std::string& name) const {
  auto topic = find_for_user(name, "deleted");
  if (!topic)
    return topic.error();
  return command{delete_topic{topic->id}};
}

caf::expected<command> metadata::plan_configure(
  const std::string& name, const topic_settings& settings) const {
  auto topic = find_for_user(name, "configured");
  if (!topic)
    return topic.error();
  if (auto error = check_topic_settings(settings))
    return error;
  return command{configure_topic{topic->id, settings}};
}

command metadata::plan_reserve(int32_t count) const {
  return reserve_producer_ids{next_producer_id_, count};
}

// -- commands ----------------------------------------------------------------

caf::expected<metadata_change> metadata::apply(const command& x, int32_t term) {
  metadata_change change;
  ++index_;
  if (auto error =
        std::visit([&](const auto& what) { return apply(what, change); }, x)) {
    --index_;
    return error;
  }
  term_ = term;
  change.update.index = index_;
  change.update.level = level_;
  return change;
}

caf::error metadata::apply(const create_topic& x, metadata_change& change) {
  const auto& name = x.spec.name;
  if (x.spec.partitions < 1)
    return misfit(fmt::format("topic '{}' without partitions", name));
  if (!x.placement.empty()
      && std::cmp_not_equal(x.placement.size(), x.spec.partitions))
    return misfit(fmt::format("topic '{}' with {}, {} placed", name,
                              count_of(x.spec.partitions), x.placement.size()));
  if (topics_.contains(name) || names_.contains(x.id))
    return misfit(fmt::format("topic '{}' was created twice", name));
  auto& topic = topics_[name];
  topic.id = x.id;
  topic.name = name;
  topic.created_index.assign(static_cast<size_t>(x.spec.partitions), index_);
  topic.settings = x.spec.settings;
  topic.is_internal = x.is_internal;
  topic.placement = x.placement;
  topic.replication_factor = x.spec.replication_factor;
  names_.emplace(x.id, name);
  partition_count_ += topic.created_index.size();
  change.topic = topic;
  change.update.changed = {topic};
  return caf::none;
}

caf::error metadata::apply(const grow_topic& x, metadata_change& change) {
  auto* topic = find(x.id);
  if (!topic || x.partitions <= topic->partitions())
    return misfit(fmt::format("topic {} cannot grow to {}", to_string(x.id),
                              count_of(x.partitions)));
  auto added = x.placement.empty() ? 0 : x.partitions - topic->partitions();
  if (topic->placement.empty() != x.placement.empty()
      || std::cmp_not_equal(x.placement.size(), added))
    return misfit(fmt::format("topic {} cannot grow to {} with {} placed",
                              to_string(x.id), count_of(x.partitions),
                              x.placement.size()));
  topic->placement.insert(topic->placement.end(), x.placement.begin(),
                          x.placement.end());
  partition_count_ += static_cast<uint64_t>(x.partitions - topic->partitions());
  topic->created_index.resize(static_cast<size_t>(x.partitions), index_);
  change.topic = *topic;
  change.update.changed = {*topic};
  return caf::none;
}

caf::error metadata::apply(const delete_topic& x, metadata_change& change) {
  auto* topic = find(x.id);
  if (!topic)
    return misfit(fmt::format("topic {} was deleted twice", to_string(x.id)));
  partition_count_ -= topic->created_index.size();
  change.topic = std::move(*topic);
  change.update.removed = {x.id};
  topics_.erase(change.topic.name);
  names_.erase(x.id);
  return caf::none;
}

caf::error metadata::apply(const configure_topic& x, metadata_change& change) {
  auto* topic = find(x.id);
  if (!topic)
    return misfit(fmt::format("settings for topic {}, which is not there",
                              to_string(x.id)));
  topic->settings = x.settings;
  change.topic = *topic;
  change.update.changed = {*topic};
  return caf::none;
}

caf::error metadata::apply(const reserve_producer_ids& x, metadata_change&) {
  if (x.count < 1 || x.first != next_producer_id_)
    return misfit(fmt::format("{} producer ids from {} on reserved, the next "
                              "is {}",
                              x.count, x.first, next_producer_id_));
  next_producer_id_ += x.count;
  return caf::none;
}

// -- what there is -----------------------------------------------------------

metadata_update metadata::whole() const {
  metadata_update result;
  result.index = index_;
  result.is_whole = true;
  result.level = level_;
  for (const auto& [name, topic] : topics_)
    result.changed.push_back(topic);
  for (const auto& [id, node] : nodes_)
    result.nodes_changed.push_back(node);
  return result;
}

const topic_info* metadata::find(const topic_id& id) const {
  auto i = names_.find(id);
  return i == names_.end() ? nullptr : &topics_.at(i->second);
}

caf::expected<topic_info> metadata::find_for_user(const std::string& name,
                                                  std::string_view verb) const {
  auto i = topics_.find(name);
  if (i != topics_.end() && i->second.is_internal)
    return make_error(
      ec::invalid_argument,
      fmt::format("topic '{}' is Troupe's own and cannot be {}", name, verb));
  if (i != topics_.end())
    return i->second;
  auto meant = did_you_mean(name);
  return make_error(ec::unknown_topic,
                    fmt::format("there is no topic '{}'{}", name, meant));
}

std::string metadata::did_you_mean(const std::string& name) const {
  if (name.size() > topic_name_bytes_max)
    return "";
  std::vector<std::string> names;
  for (const auto& [known, topic] : topics_)
    if (!topic.is_internal)
      names.push_back(known);
  auto found = nearest(name, names);
  return found.empty() ? "" : fmt::format("; did you mean '{}'?", found);
}

topic_info* metadata::find(const topic_id& id) {
  auto i = names_.find(id);
  return i == names_.end() ? nullptr : &topics_.at(i->second);
}

caf::error metadata::check_total(const std::string& name, int64_t added) const {
  auto total = partition_count_ + static_cast<uint64_t>(added);
  if (total <= rules_.partitions_max)
    return caf::none;
  return make_error(ec::invalid_argument,
                    fmt::format("topic '{}': {} more would make {} in all "
                                "topics; partitions_max is {}",
                                name, count_of(added), total,
                                rules_.partitions_max));
}

} // namespace troupe
