// How a group comes to life, and what time does to it.

#include "actors/coordinator/group.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace troupe {

namespace {

/// A partition that the record gives away although it is owned: a stored group
/// that breaks invariant I1 is refused, whoever wrote it.
std::optional<topic_partition> owned_twice(const group_table& table,
                                           const group_record& x) {
  auto change = std::get_if<current_changed>(&x);
  if (!change)
    return {};
  for (const auto& [id, held] : change->current.assigned)
    if (table.owner_of(id) || change->current.revoking.count(id) > 0)
      return id;
  for (const auto& [id, held] : change->current.revoking)
    if (table.owner_of(id))
      return id;
  return {};
}

} // namespace

group::group(std::string name, const coordination_settings& limits,
             assignor_registry_ptr assignors)
  : name_(std::move(name)), limits_(limits), assignors_(std::move(assignors)) {}

caf::error group::load(const group_image& image) {
  for (const auto& x : image.records) {
    auto record = decode(x);
    if (!record)
      return std::move(record.error());
    if (auto twice = owned_twice(table_, *record))
      return make_error(ec::corrupt_log,
                        fmt::format("group record '{}': partition {} would "
                                    "have two owners",
                                    x.key, to_string(*twice)));
    table_.apply(*record);
  }
  if (!table_.header() && !table_.members().empty())
    return make_error(
      ec::corrupt_log,
      fmt::format("group '{}' has members, but no header", name_));
  // Above every epoch that a group of this name had: each epoch was at least
  // one record in the shard's log.
  epoch_floor_ = image.log_end;
  life_ = image.coordinator_epoch;
  if (const auto& header = table_.header())
    pace_.set_rate(header->rules.records_per_second);
  timeline_.load(table_);
  return caf::none;
}

void group::begin(const metadata_update& topics, turn& t,
                  caf::timespan overlap) {
  topics_.apply(topics);
  hosts_.apply(topics);
  std::set<topic_id> gone;
  for (const auto& [id, x] : table_.positions())
    if (!topics_.find(id.topic))
      gone.insert(id.topic);
  for (const auto& id : gone)
    drop_topic(id, t);
  if (table_.members().empty()) {
    arm_expiry(t);
    return;
  }
  std::vector<topic_partition> dealt;
  for (const auto& [id, member] : table_.members()) {
    timers_.set({timer_kind::session, id},
                t.now.steady + member.info.session_timeout + overlap);
    if (!member.current.revoking.empty())
      timers_.set({timer_kind::rebalance, id},
                  t.now.steady + member.info.rebalance_timeout);
    unsure_.insert(id);
    dealt.insert(dealt.end(), member.target.begin(), member.target.end());
  }
  std::sort(dealt.begin(), dealt.end());
  auto lost = drop_members_of(hosts_.lost(), t);
  if (!lost.empty())
    rebalance(fmt::format("{}", fmt::join(lost, "; ")), t);
  else if (dealt != subscribed())
    rebalance("topics changed while the coordinator was away", t);
  else
    reconcile(all_members(), t);
}

void group::tick(turn& t) {
  std::vector<std::string> causes;
  auto fence = [&](const uuid& id, std::string_view reason) {
    auto member = table_.member(id);
    // Both of its timers may be due.
    if (!member)
      return;
    causes.push_back(fmt::format("{} {}", member->info.name, reason));
    drop(id, std::string{reason}, t);
  };
  for (const auto& due : timers_.take(t.now.steady)) {
    switch (due.kind) {
      case timer_kind::session:
        fence(due.member, living(due.member)
                            ? "sent no heartbeat within its session timeout"
                            : "did not return within its session timeout");
        break;
      case timer_kind::rebalance:
        fence(due.member,
              "did not give up its partitions within its rebalance timeout");
        break;
      case timer_kind::retry: {
        std::deque<uuid> waiting;
        for (const auto& id : std::exchange(offline_, {}))
          if (auto target = table_.target_of(id))
            waiting.push_back(*target);
        reconcile(std::move(waiting), t);
        break;
      }
      case timer_kind::expiry:
        expire(t);
        break;
    }
  }
  if (!causes.empty())
    rebalance(fmt::format("{}", fmt::join(causes, "; ")), t);
}

void group::change(group_record x, turn& t) {
  table_.apply(x);
  t.records.push_back(std::move(x));
}

group_header group::header_or_new(turn& t) const {
  if (const auto& header = table_.header())
    return *header;
  group_header result;
  result.epoch = epoch_floor_;
  result.empty_since_ms = t.now.ms;
  return result;
}

void group::note(timeline_event event, turn& t) {
  timeline_.opened(event);
  change(event_changed{std::move(event)}, t);
  while (table_.events().size() > limits_.timeline_events_max)
    change(event_removed{table_.events().begin()->first}, t);
}

void group::note(std::string cause, turn& t) {
  timeline_event event;
  const auto& events = table_.events();
  event.number = events.empty() ? 1 : events.rbegin()->first + 1;
  event.time_ms = t.now.ms;
  event.epoch = table_.header()->epoch;
  event.cause = std::move(cause);
  note(std::move(event), t);
}

void group::restart_session(const uuid& id, const turn& t) {
  timers_.set({timer_kind::session, id},
              t.now.steady + table_.member(id)->info.session_timeout);
}

// -- expiry -------------------------------------------------------------------

int64_t group::expires_ms() const {
  auto last = table_.header()->empty_since_ms;
  for (const auto& [id, x] : table_.positions())
    last = std::max(last, x.committed_ms);
  // A stored time can be any number.
  constexpr auto never = std::numeric_limits<int64_t>::max();
  auto from = std::max<int64_t>(last, 0);
  auto retention =
    std::max<int64_t>(table_.header()->rules.retention.count(), 0);
  return from > never - retention ? never : from + retention;
}

milliseconds group::expiry_wait(const turn& t) const {
  // Looked at again then: a calendar may be set meanwhile.
  constexpr milliseconds look_again = 24h;
  return std::clamp(milliseconds{expires_ms() - std::max<int64_t>(t.now.ms, 0)},
                    milliseconds{0}, look_again);
}

void group::arm_expiry(turn& t) {
  const auto& header = table_.header();
  if (!header || header->rules.retention.count() == 0
      || !table_.members().empty()
      || (table_.positions().empty() && !header->is_started))
    return;
  timers_.set({timer_kind::expiry, {}}, t.now.steady + expiry_wait(t));
}

void group::expire(turn& t) {
  const auto& header = table_.header();
  if (!header || !table_.members().empty() || !starting_.joins.empty())
    return;
  if (auto left = expiry_wait(t); left > 0ms) {
    // Committed from outside meanwhile, or the calendar was set back.
    timers_.set({timer_kind::expiry, {}},
                t.now.steady + std::max(left, limits_.expiry_interval));
    return;
  }
  auto retention = header->rules.retention;
  auto positions = table_.positions();
  for (const auto& [id, x] : positions)
    change(position_removed{id}, t);
  auto anew = *header;
  anew.has_rules = false;
  anew.rules = {};
  anew.is_started = false;
  change(header_changed{anew}, t);
  timeline_.clear();
  ready_.clear();
  note(fmt::format("positions expired after {} ms without members",
                   retention.count()),
       t);
}

} // namespace troupe
