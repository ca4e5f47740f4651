// Who may come in, and how.

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "actors/coordinator/group.hpp"

namespace troupe {

namespace {

constexpr size_t name_bytes_max = 255;
constexpr size_t topics_max = 1000;
constexpr caf::timespan timeout_min = 10ms;
constexpr caf::timespan session_timeout_max = 30min;

caf::error invalid(std::string text) {
  return make_error(ec::invalid_argument, std::move(text));
}

int64_t to_ms(caf::timespan x) {
  return std::chrono::duration_cast<milliseconds>(x).count();
}

caf::error check_timeout(const char* field, caf::timespan x,
                         caf::timespan longest) {
  if (x >= timeout_min && x <= longest)
    return caf::none;
  return invalid(fmt::format("{} is {} ms; it must be from {} ms to {} ms",
                             field, to_ms(x), to_ms(timeout_min),
                             to_ms(longest)));
}

caf::error check_form(const join_request& x) {
  if (x.member.is_nil())
    return invalid("member is the nil id; a member chooses a new one at each "
                   "join");
  if (x.name.empty() || x.name.size() > name_bytes_max)
    return invalid(fmt::format("name has {} bytes; it must have from 1 to {}",
                               x.name.size(), name_bytes_max));
  if (x.instance_id.size() > name_bytes_max)
    return invalid(fmt::format("instance_id has {} bytes; at most {} are "
                               "allowed",
                               x.instance_id.size(), name_bytes_max));
  if (x.topics.empty() || x.topics.size() > topics_max)
    return invalid(fmt::format("topics names {} topics; it must name from 1 to "
                               "{}",
                               x.topics.size(), topics_max));
  if (std::find(x.topics.begin(), x.topics.end(), "") != x.topics.end())
    return invalid("topics names a topic with an empty name");
  if (auto fault = check_timeout("session_timeout", x.session_timeout,
                                 session_timeout_max))
    return fault;
  return check_timeout("rebalance_timeout", x.rebalance_timeout,
                       member_timeout_max);
}

std::string to_text(const group_settings& x) {
  static constexpr const char* names[] = {"latest", "earliest", "offset",
                                          "timestamp", "ago"};
  auto index = static_cast<size_t>(x.start.what);
  std::string result = index < std::size(names) ? names[index] : "unknown";
  if (index > 1)
    result += fmt::format(" {}", x.start.value);
  return x.start_is_stored ? result : result + ", start_is_stored false";
}

bool is_same_start(const group_settings& x, const group_settings& y) {
  return x.start == y.start && x.start_is_stored == y.start_is_stored;
}

caf::error start_conflict(const std::string& group, const group_settings& has,
                          const group_settings& wanted) {
  return make_error(ec::start_conflict,
                    fmt::format("group '{}' starts at {}, this member wants "
                                "{}; use the group's rule, another group id, "
                                "or delete the group",
                                group, to_text(has), to_text(wanted)));
}

} // namespace

void group::join(join_request request, const std::optional<uuid>& replaces,
                 turn& t) {
  std::sort(request.topics.begin(), request.topics.end());
  request.topics.erase(
    std::unique(request.topics.begin(), request.topics.end()),
    request.topics.end());
  const auto& id = request.member;
  if (auto fault = check(request))
    return refuse(id, std::move(fault), t);
  auto is_repeated = [&](const join_request& x) { return x.member == id; };
  if (std::any_of(starting_.joins.begin(), starting_.joins.end(), is_repeated))
    return;
  if (table_.member(id))
    return rejoin(request, t);
  if (auto fault = check_room(replaces))
    return refuse(id, std::move(fault), t);
  if (auto fault = check_instance(request, replaces))
    return refuse(id, std::move(fault), t);
  if (auto holder = holder_of(request.instance_id))
    return take_over(*holder, request, t);
  if (!table_.header() || !table_.header()->is_started) {
    starting_.joins.push_back(std::move(request));
    if (!starting_.is_asking)
      begin_start(t);
    return;
  }
  auto cause = request.name + " joined";
  if (replaces && table_.member(*replaces)) {
    drop(*replaces, {}, t);
    cause += " again";
  }
  if (table_.members().empty())
    take_rules(request.rules, t);
  admit(request, t);
  rebalance(std::move(cause), t);
  answer(id, t);
}

caf::error group::check(const join_request& x) const {
  if (x.group != name_)
    return invalid(
      fmt::format("group is '{}', this coordinator's is '{}'", x.group, name_));
  if (auto fault = check_form(x))
    return fault;
  for (const auto& name : x.topics)
    if (auto topic = topics_.find(name); topic && topic->is_internal)
      return invalid(fmt::format("topic '{}' is internal", name));
  return check_rules(x);
}

caf::error group::check_rules(const join_request& x) const {
  const auto& rules = x.rules;
  if (!assignors_->contains(rules.assignor))
    return invalid(fmt::format("assignor '{}' is not registered; there are: {}",
                               rules.assignor,
                               fmt::join(assignors_->names(), ", ")));
  if (rules.start.value < 0)
    return invalid(fmt::format("start has the value {}; it must not be below 0",
                               rules.start.value));
  if (!std::isfinite(rules.records_per_second) || rules.records_per_second < 0)
    return invalid(fmt::format("records_per_second is {}; it must be 0 or more",
                               rules.records_per_second));
  if (rules.retention.count() < 0)
    return invalid(fmt::format("retention is {} ms; it must be 0 or more",
                               rules.retention.count()));
  const auto& header = table_.header();
  if (header && header->is_started && !is_same_start(header->rules, rules))
    return start_conflict(name_, header->rules, rules);
  if (!starting_.joins.empty()
      && !is_same_start(starting_.joins.front().rules, rules))
    return start_conflict(name_, starting_.joins.front().rules, rules);
  return caf::none;
}

caf::error group::check_room(const std::optional<uuid>& replaces) const {
  auto count = table_.members().size() + starting_.joins.size();
  if (replaces && table_.member(*replaces))
    --count;
  if (count < limits_.members_max)
    return caf::none;
  return make_error(
    ec::queue_full,
    fmt::format("group '{}' has {} members, its members_max", name_, count));
}

caf::error group::check_instance(const join_request& x,
                                 const std::optional<uuid>& replaces) const {
  auto in_use = [&](const std::string& holder) {
    return make_error(
      ec::unreleased_instance_id,
      fmt::format("instance id '{}' is in use by '{}' until its "
                  "session ends",
                  x.instance_id, holder));
  };
  if (x.instance_id.empty())
    return caf::none;
  for (const auto& y : starting_.joins)
    if (y.instance_id == x.instance_id)
      return in_use(y.name);
  if (auto holder = holder_of(x.instance_id)) {
    const auto& info = table_.member(*holder)->info;
    if (!info.is_away && holder != replaces)
      return in_use(info.name);
  }
  return caf::none;
}

std::optional<uuid> group::holder_of(const std::string& instance_id) const {
  if (!instance_id.empty())
    for (const auto& [id, member] : table_.members())
      if (member.info.instance_id == instance_id)
        return id;
  return std::nullopt;
}

void group::admit(const join_request& x, turn& t) {
  change(member_changed{x.member,
                        {x.name, x.instance_id, x.topics, x.session_timeout,
                         x.rebalance_timeout, false, x.host}},
         t);
  change(target_changed{x.member, {}}, t);
  change(current_changed{x.member, {}}, t);
  timers_.erase({timer_kind::expiry, {}});
  restart_session(x.member, t);
}

void group::rejoin(const join_request& x, turn& t) {
  auto info = table_.member(x.member)->info;
  auto is_other = info.topics != x.topics;
  info = {x.name,
          info.instance_id,
          x.topics,
          x.session_timeout,
          x.rebalance_timeout,
          false,
          x.host};
  change(member_changed{x.member, std::move(info)}, t);
  restart_session(x.member, t);
  unsure_.erase(x.member);
  // What it is to give up stays its own until it says so: this join may have
  // been sent before the answer to the first one arrived, with partitions.
  if (is_other)
    rebalance(x.name + " subscribed anew", t);
  else
    reconcile({x.member}, t);
  answer(x.member, t);
  t.pushes.emplace_back(state_view(x.member));
}

void group::take_over(const uuid& old, const join_request& x, turn& t) {
  auto work = release_revoking(old, t);
  auto before = *table_.member(old);
  timers_.erase({timer_kind::session, old});
  unsure_.erase(old);
  change(member_removed{old}, t);
  // As it was: the epoch and the partitions with those at which they were
  // given; the old one's late commits carry the old id.
  admit(x, t);
  change(target_changed{x.member, before.target}, t);
  change(current_changed{x.member, std::move(before.current)}, t);
  if (before.info.topics != x.topics) {
    rebalance(x.name + " returned and subscribed anew", t);
  } else {
    note(x.name + " returned", t);
    work.push_back(x.member);
    reconcile(std::move(work), t);
  }
  answer(x.member, t);
  t.pushes.emplace_back(state_view(x.member));
}

void group::take_rules(const group_settings& rules, turn& t) {
  auto header = header_or_new(t);
  if (!header.has_rules || !(header.rules == rules)) {
    header.has_rules = true;
    header.rules = rules;
    change(header_changed{header}, t);
  }
  pace_.set_rate(rules.records_per_second);
}

void group::answer(const uuid& member, turn& t) {
  t.joins.push_back(
    {member, {}, {life_, table_.member(member)->current.epoch}});
}

void group::refuse(const uuid& member, caf::error reason, turn& t) {
  t.joins.push_back({member, std::move(reason), {}});
}

} // namespace troupe
