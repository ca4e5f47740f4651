// Commits behind the fence, pauses, resets.

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "actors/coordinator/fence.hpp"
#include "actors/coordinator/group.hpp"

namespace troupe {

caf::expected<commit_result> group::commit(const commit_request& x, turn& t) {
  if (x.member.is_nil())
    return commit_outside(x, t);
  if (!living(x.member))
    return unknown(x.member);
  commit_result result;
  for (const auto& entry : x.entries)
    result.outcomes.push_back(commit_one(x.member, entry, t));
  return result;
}

ec group::commit_one(const uuid& id, const commit_entry& x, turn& t) {
  const auto& owner = table_.member(id)->current;
  auto held = table_.position_of(x.id);
  if (auto fault = check_place(x.id); fault != ec::none)
    return fault;
  if (auto fault = check_commit(owner, held, x); fault != ec::none)
    return fault;
  if (x.next < held.next) {
    note(fmt::format("{} was cut: the position went from {} back to {}",
                     label(x.id), held.next, x.next),
         t);
    // The place it was given is no more, either.
    auto current = owner;
    for (auto* part : {&current.assigned, &current.revoking})
      if (auto i = part->find(x.id); i != part->end())
        i->second.start = {x.next, x.leader_epoch, start_reason::truncated};
    change(current_changed{id, std::move(current)}, t);
  }
  held.next = x.next;
  held.leader_epoch = x.leader_epoch;
  held.reason = start_reason::committed;
  held.metadata = x.metadata;
  held.epoch = x.handed_epoch;
  held.committed_ms = t.now.ms;
  held.wanted_ms = 0;
  change(position_changed{x.id, std::move(held)}, t);
  return ec::none;
}

caf::expected<commit_result> group::commit_outside(const commit_request& x,
                                                   turn& t) {
  if (!table_.members().empty() || !starting_.joins.empty())
    return make_error(
      ec::group_not_empty,
      fmt::format("group '{}' has members; only they commit", name_));
  if (!table_.header())
    change(header_changed{header_or_new(t)}, t);
  commit_result result;
  for (const auto& entry : x.entries) {
    auto fault = check_place(entry.id);
    if (fault == ec::none)
      fault = check_entry(entry);
    result.outcomes.push_back(fault);
    if (fault != ec::none)
      continue;
    auto held = table_.position_of(entry.id);
    if (entry.next < held.next)
      note(fmt::format("{} was rewound from {} to {}, from outside",
                       label(entry.id), held.next, entry.next),
           t);
    held.next = entry.next;
    held.leader_epoch = entry.leader_epoch;
    held.reason = start_reason::committed;
    held.metadata = entry.metadata;
    held.committed_ms = t.now.ms;
    ready_.erase(entry.id);
    change(position_changed{entry.id, std::move(held)}, t);
  }
  arm_expiry(t);
  return result;
}

ec group::check_place(const topic_partition& id) const {
  if (!topics_.find(id.topic))
    return ec::unknown_topic;
  return topics_.contains(id) ? ec::none : ec::unknown_partition;
}

caf::expected<caf::timespan> group::reserve(const uuid& member, uint32_t count,
                                            const instant& now) {
  if (!living(member))
    return unknown(member);
  return pace_.reserve(now.steady, count);
}

caf::expected<uint32_t> group::pause(
  const std::vector<partition_choice>& partitions, bool is_paused, turn& t) {
  if (!table_.header())
    return make_error(ec::unknown_group, fmt::format("no group '{}'", name_));
  auto chosen = choose(partitions);
  if (!chosen)
    return std::move(chosen.error());
  std::vector<topic_partition> changed;
  std::map<uuid, std::vector<topic_partition>> owners;
  for (const auto& id : *chosen) {
    auto held = table_.position_of(id);
    if (held.is_paused == is_paused)
      continue;
    held.is_paused = is_paused;
    change(position_changed{id, std::move(held)}, t);
    changed.push_back(id);
    if (auto owner = table_.owner_of(id); owner && living(*owner))
      owners[*owner].push_back(id);
  }
  for (auto& [owner, ids] : owners)
    t.pushes.emplace_back(
      pause_notice{life_, owner, std::move(ids), is_paused});
  if (!changed.empty())
    note(fmt::format("{} {}", is_paused ? "paused" : "resumed", label(changed)),
         t);
  return static_cast<uint32_t>(changed.size());
}

caf::expected<std::vector<topic_partition>> group::choose(
  const std::vector<partition_choice>& choices) const {
  std::set<topic_partition> result;
  if (choices.empty()) {
    for (const auto& [id, x] : table_.positions())
      result.insert(id);
    for (const auto& id : subscribed())
      result.insert(id);
  }
  for (const auto& x : choices) {
    auto topic = topics_.find(x.topic);
    if (!topic || topic->is_internal)
      return make_error(ec::unknown_topic,
                        fmt::format("no topic '{}'", x.topic));
    if (x.partition >= topic->partitions() || x.partition < -1)
      return make_error(ec::unknown_partition,
                        fmt::format("{}-{}: no such partition; the topic has "
                                    "{}",
                                    x.topic, x.partition, topic->partitions()));
    for (int32_t n = 0; n < topic->partitions(); ++n)
      if (x.partition == -1 || x.partition == n)
        result.insert({topic->id, n});
  }
  return std::vector<topic_partition>(result.begin(), result.end());
}

// -- resetting ----------------------------------------------------------------

caf::expected<std::vector<start_query>> group::reset_queries(
  const reset_request& x, const instant& now) const {
  if (x.target.value < 0)
    return make_error(ec::invalid_argument,
                      fmt::format("target has the value {}; it must not be "
                                  "below 0",
                                  x.target.value));
  auto chosen = choose(x.partitions);
  if (!chosen)
    return std::move(chosen.error());
  if (chosen->empty())
    return make_error(table_.header() ? ec::invalid_argument
                                      : ec::unknown_group,
                      fmt::format("group '{}' has no positions; name the "
                                  "partitions to reset",
                                  name_));
  std::vector<start_query> result;
  for (const auto& id : *chosen)
    result.push_back({id, query_of(x.target, now.ms), std::nullopt});
  return result;
}

caf::expected<reset_plan> group::reset(const reset_request& x,
                                       const std::vector<start_answer>& answers,
                                       turn& t) {
  if (!x.is_preview && (!table_.members().empty() || !starting_.joins.empty()))
    return make_error(ec::group_not_empty,
                      fmt::format("group '{}' has members; stop them first, or "
                                  "ask for a preview",
                                  name_));
  reset_plan plan;
  for (const auto& answer : answers) {
    if (!answer.is_online || !topics_.contains(answer.id))
      return make_error(
        ec::not_available,
        fmt::format("{} does not answer; nothing was reset", label(answer.id)));
    if (x.target.what == start_rule::kind::offset
        && x.target.value > answer.offset.high_watermark)
      return make_error(ec::offset_out_of_range,
                        fmt::format("{} ends at {}, below {}; nothing was "
                                    "reset",
                                    label(answer.id),
                                    answer.offset.high_watermark,
                                    x.target.value));
    plan.entries.push_back({answer.id, topics_.name_of(answer.id.topic),
                            table_.position_of(answer.id).from(),
                            offset_of(x.target, answer.offset)});
  }
  if (x.is_preview)
    return plan;
  if (!table_.header())
    change(header_changed{header_or_new(t)}, t);
  std::vector<topic_partition> ids;
  for (size_t i = 0; i < answers.size(); ++i) {
    const auto& id = answers[i].id;
    position anew;
    anew.start = plan.entries[i].to;
    anew.start_epoch = answers[i].offset.leader_epoch;
    anew.reason = start_reason::reset;
    anew.is_paused = table_.position_of(id).is_paused;
    ready_.erase(id);
    change(position_changed{id, std::move(anew)}, t);
    ids.push_back(id);
  }
  note(fmt::format("reset {}", label(ids)), t);
  return plan;
}

caf::error group::remove(turn& t) {
  const auto& header = table_.header();
  if (!header)
    return make_error(ec::unknown_group, fmt::format("no group '{}'", name_));
  if (!table_.members().empty() || !starting_.joins.empty())
    return make_error(
      ec::group_not_empty,
      fmt::format("group '{}' has members; stop them first", name_));
  epoch_floor_ = header->epoch;
  auto positions = table_.positions();
  for (const auto& [id, x] : positions)
    change(position_removed{id}, t);
  while (!table_.events().empty())
    change(event_removed{table_.events().begin()->first}, t);
  change(header_removed{}, t);
  timers_.erase({timer_kind::expiry, {}});
  timeline_.clear();
  ready_.clear();
  offline_.clear();
  return caf::none;
}

} // namespace troupe
