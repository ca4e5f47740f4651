// A group as bytes, and bytes as a group. What the timeline, the clocks and the
// pace know is left out: it decides nothing.
#include "tests/actors/coordinator/explore/group_access.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace troupe {

using namespace explore;

namespace {

constexpr caf::timespan never = 1000s;

} // namespace

void group_access::fill(group& to, const core& x, const bounds& limits) {
  for (const auto& y : records_of(x.known, limits))
    to.table_.apply(y);
  to.topics_.apply(topics_with(x.partitions));
  to.life_ = life_of(0);
  for (size_t i = 0; i < partitions_max; ++i)
    if (has(x.ready, i))
      to.ready_[partition_of(i)] =
        to.table_.position_of(partition_of(i)).next >= 0
          ? start_place{x.ready_at[i], 1, start_reason::committed}
          : start_place{x.ready_at[i], 1, start_reason::stored_start};
  for (const auto& id : list_of(x.asking))
    to.asking_.insert(id);
  for (size_t i = 0; i < x.waiting_used; ++i)
    to.starting_.joins.push_back(request_of(x.waiting[i].id, limits));
  to.starting_.is_asking = x.is_asking != 0;
  to.starting_.index = x.asked_index;
  to.starting_.asked_ms = present().ms;
  for (size_t i = 0; i < x.known.rows_used; ++i) {
    auto id = uuid_of(x.known.rows[i].id);
    if (has(x.unsure, i))
      to.unsure_.insert(id);
    to.timers_.set({group::timer_kind::session, id}, never);
    if (has(x.rebalance_timer, i))
      to.timers_.set({group::timer_kind::rebalance, id}, never);
  }
}

core group_access::read(const group& x, const bounds& limits) {
  core result;
  result.known = read_table(x.table_, limits);
  result.partitions = static_cast<u8>(x.topics_.index());
  for (const auto& [id, place] : x.ready_) {
    auto i = static_cast<size_t>(id.partition);
    result.ready |= bit(i);
    result.ready_at[i] = static_cast<u8>(place.offset);
  }
  result.asking = set_of({x.asking_.begin(), x.asking_.end()});
  if (x.starting_.joins.size() > slots_max)
    throw no_room{};
  for (const auto& y : x.starting_.joins)
    result.waiting[result.waiting_used++].id = id_of(y.member);
  // They are answered together, in whatever order.
  std::sort(
    result.waiting.begin(), result.waiting.begin() + result.waiting_used,
    [](const auto& y, const auto& z) { return uuid_of(y.id) < uuid_of(z.id); });
  result.is_asking = x.starting_.is_asking;
  if (x.starting_.is_asking)
    result.asked_index = static_cast<u8>(x.starting_.index);
  size_t timers = 0;
  for (size_t i = 0; i < result.known.rows_used; ++i) {
    auto id = uuid_of(result.known.rows[i].id);
    if (x.unsure_.count(id) > 0)
      result.unsure |= bit(i);
    if (!x.timers_.contains({group::timer_kind::session, id}))
      throw violation{"a member has no session timer"};
    ++timers;
    if (x.timers_.contains({group::timer_kind::rebalance, id})) {
      result.rebalance_timer |= bit(i);
      ++timers;
    }
  }
  for (const auto& id : x.unsure_)
    if (!x.table_.member(id))
      throw violation{"the group is unsure of someone who is no member"};
  if (!x.offline_.empty())
    throw violation{"a partition counts as offline that answered"};
  return result;
}

void group_access::end_session(group& x, const uuid& id) {
  x.timers_.set({group::timer_kind::session, id}, caf::timespan{0});
}

void group_access::end_rebalance(group& x, const uuid& id) {
  x.timers_.set({group::timer_kind::rebalance, id}, caf::timespan{0});
}

} // namespace troupe

namespace troupe::explore {

namespace {

const topic_id the_topic{7, 7};

} // namespace

topic_partition partition_of(size_t i) {
  return {the_topic, static_cast<int32_t>(i)};
}

partition_set set_of(const std::vector<topic_partition>& xs) {
  partition_set result = 0;
  for (const auto& x : xs)
    result |= bit(static_cast<size_t>(x.partition));
  return result;
}

std::vector<topic_partition> list_of(partition_set x) {
  std::vector<topic_partition> result;
  for (size_t i = 0; i < partitions_max; ++i)
    if (has(x, i))
      result.push_back(partition_of(i));
  return result;
}

metadata_update topics_with(size_t partitions) {
  topic_info topic;
  topic.id = the_topic;
  topic.name = "messages";
  for (uint64_t i = 1; i <= partitions; ++i)
    topic.created_index.push_back(i);
  return {partitions, true, {topic}, {}};
}

uuid uuid_of(const member_id& x) {
  return {uint64_t{x.slot} + 1, x.number};
}

member_id id_of(const uuid& x) {
  return {static_cast<u8>(x.high - 1), static_cast<u8>(x.low)};
}

std::string name_of(size_t slot) {
  return fmt::format("m{}", slot);
}

join_request request_of(const member_id& x, const bounds& limits) {
  join_request result;
  result.group = "g";
  result.member = uuid_of(x);
  result.name = name_of(x.slot);
  if (x.slot < limits.static_members)
    result.instance_id = result.name;
  result.topics = {"messages"};
  result.rules.start.what = limits.starts_latest ? start_rule::kind::latest
                                                 : start_rule::kind::earliest;
  if (limits.any_target)
    result.rules.assignor = "any";
  result.session_timeout = 3s;
  result.rebalance_timeout = 10s;
  return result;
}

int32_t life_of(u8 age) {
  return 1000 - age;
}

u8 age_of(int32_t life) {
  return static_cast<u8>(std::clamp(1000 - life, 0, 255));
}

instant present() {
  return {caf::timespan{0}, 1'000'000};
}

} // namespace troupe::explore
