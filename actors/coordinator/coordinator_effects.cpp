// What a turn of the group results in: records to the shard first, and when
// they are durable the answers and pushes, in order.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/coordinator/coordinator.hpp"
#include "actors/coordinator/reply.hpp"
#include "actors/protocol/overloaded.hpp"

namespace troupe {

namespace {

/// After that long the outcome of a write counts as unknown.
constexpr caf::timespan write_timeout = 30s;

} // namespace

void coordinator_state::finish(turn t) {
  finish(std::move(t), nullptr);
}

void coordinator_state::finish(turn t, effect reply_first) {
  if (is_failed_) {
    if (reply_first)
      reply_first(stopped());
    return;
  }
  std::vector<effect> effects;
  if (reply_first)
    effects.push_back(std::move(reply_first));
  for (auto& x : t.joins) {
    auto result = x.failure ? caf::expected<join_result>{x.failure}
                            : caf::expected<join_result>{x.result};
    if (auto promises = joins_.extract(x.member))
      for (auto& promise : promises.mapped())
        effects.emplace_back(reply<join_result>(promise, result));
    if (x.failure && !group_->table().member(x.member))
      forget_handle(x.member);
  }
  for (auto& x : t.pushes)
    effects.push_back(push_effect(std::move(x)));
  std::vector<keyed_record> records;
  for (const auto& x : t.records) {
    encode(x, records);
    if (auto gone = std::get_if<member_removed>(&x))
      forget_handle(gone->id);
  }
  outbox_.add(std::move(records), std::move(effects));
  pump();
  release();
  if (!t.start_queries.empty())
    inquire(std::move(t.start_queries), election_patience,
            [this](const auto& answers) {
              turn next{now()};
              group_->finish_start(answers, next);
              finish(std::move(next));
            });
  if (!t.give_queries.empty())
    inquire(std::move(t.give_queries), no_patience,
            [this](const auto& answers) {
              turn next{now()};
              group_->give(answers, next);
              finish(std::move(next));
            });
  arm();
}

coordinator_state::effect coordinator_state::push_effect(push x) {
  auto member = std::visit([](const auto& y) { return y.member; }, x);
  auto i = handles_.find(member);
  if (i == handles_.end()) {
    group_->lost_contact(member);
    return [](const caf::error&) {};
  }
  return [this, whom = i->second, x = std::move(x)](const caf::error& fault) {
    if (fault)
      return;
    std::visit(
      overloaded{
        [&](const assignment& y) { self->send(whom, assign_atom_v, y); },
        [&](const revocation& y) { self->send(whom, revoke_atom_v, y); },
        [&](const member_state& y) { self->send(whom, state_atom_v, y); },
        [&](const fenced_notice& y) { self->send(whom, fenced_atom_v, y); },
        [&](const pause_notice& y) { self->send(whom, pause_atom_v, y); }},
      x);
  };
}

void coordinator_state::pump() {
  while (auto write = outbox_.next()) {
    auto number = write->number;
    self
      ->request(config_.store, write_timeout, write_atom_v, config_.group,
                std::move(write->records))
      .then([this, number](caf::ok_atom) { on_written(number); },
            [this, number](caf::error& fault) {
              if (code_of(fault) == ec::storage_full)
                on_no_room(number, std::move(fault));
              else
                fail(std::move(fault));
            });
  }
}

void coordinator_state::on_written(uint64_t number) {
  outbox_.done(number);
  if (!outbox_.is_stalled()) {
    no_room_ = caf::none;
    room_backoff_.reset();
  }
  release();
  plan_retry();
  pump();
}

void coordinator_state::on_no_room(uint64_t number, caf::error reason) {
  outbox_.refused(number);
  no_room_ = std::move(reason);
  plan_retry();
}

void coordinator_state::plan_retry() {
  if (!outbox_.can_take_back() || retry_at_ || is_failed_)
    return;
  auto wait = caf::timespan{room_backoff_.next()};
  retry_at_ = now().steady + wait;
  self->delayed_send(coordinator_actor{self}, wait, tick_atom_v);
}

void coordinator_state::retry_writes() {
  if (!retry_at_ || *retry_at_ > now().steady || is_failed_)
    return;
  retry_at_.reset();
  self
    ->request(config_.store, write_timeout, write_atom_v, config_.group,
              std::vector<keyed_record>{})
    .then(
      [this](caf::ok_atom) {
        outbox_.take_back();
        pump();
      },
      [this](caf::error& fault) { fail(std::move(fault)); });
}

void coordinator_state::release() {
  for (auto& leave_now : outbox_.take_ready())
    leave_now(caf::none);
}

void coordinator_state::arm() {
  auto due = group_->next_deadline();
  if (!due || (armed_ && *armed_ <= *due))
    return;
  armed_ = due;
  auto wait = std::max(*due - now().steady, caf::timespan{0});
  self->delayed_send(coordinator_actor{self}, wait, tick_atom_v);
}

void coordinator_state::fail(caf::error reason) {
  if (is_failed_)
    return;
  refuse_all();
  self->quit(std::move(reason));
}

void coordinator_state::refuse_all() {
  is_failed_ = true;
  for (auto& refuse : std::exchange(waiting_, {}))
    refuse(stopped());
  for (auto& refuse : outbox_.take_all())
    refuse(stopped());
  for (auto& asked : std::exchange(inquiries_, {}))
    if (asked->refuse)
      asked->refuse(stopped());
  for (auto& [id, promises] : std::exchange(joins_, {}))
    for (auto& promise : promises)
      if (promise.pending())
        promise.deliver(stopped());
}

caf::error coordinator_state::stopped() const {
  return make_error(
    ec::not_available,
    fmt::format("the coordinator of '{}' stopped; another one takes over",
                config_.group));
}

// -- members' actors ----------------------------------------------------------

void coordinator_state::keep_handle(const uuid& member,
                                    const consumer_actor& handle) {
  auto is_same = [&](const auto& x) { return x.second == handle; };
  if (std::none_of(handles_.begin(), handles_.end(), is_same))
    self->monitor(handle);
  handles_.insert_or_assign(member, handle);
}

void coordinator_state::forget_handle(const uuid& member) {
  auto i = handles_.find(member);
  if (i == handles_.end())
    return;
  auto handle = i->second;
  handles_.erase(i);
  auto is_same = [&](const auto& x) { return x.second == handle; };
  if (std::none_of(handles_.begin(), handles_.end(), is_same))
    self->demonitor(handle.address());
}

std::optional<uuid> coordinator_state::other_member_of(
  const consumer_actor& handle, const uuid& id) const {
  for (const auto& [member, other] : handles_)
    if (other == handle && member != id)
      return member;
  return std::nullopt;
}

} // namespace troupe
