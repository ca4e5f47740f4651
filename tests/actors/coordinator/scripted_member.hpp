#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/protocol/interfaces.hpp"

/// A member that follows the protocol and does no work.
namespace troupe::stage {

/// A scripted member: what it holds and what it was told.
struct member_data {
  std::string name;
  std::string instance;
  start_rule start;
  /// Who coordinates now; shared by all members.
  std::shared_ptr<coordinator_actor> coordinator;
  uint64_t joins = 0;
  uuid id;
  int64_t epoch = 0;
  int32_t life = 0;
  bool is_member = false;
  /// Sends no heartbeats and answers nothing.
  bool is_mute = false;
  caf::timespan drain{0};
  std::map<topic_partition, assigned_partition> owned;
  std::set<topic_partition> draining;
  std::optional<caf::error> refusal;
  /// All revocations and pauses it was told of.
  std::vector<topic_partition> revoked;
  std::vector<pause_notice> pauses;
  std::vector<member_state> states;
  std::vector<std::string> fenced;
};

struct member_state_of {
  static inline constexpr const char* name = "scripted member";
  explicit member_state_of(consumer_actor::pointer ptr) : self(ptr) {}

  void join() {
    if (data->id.is_nil())
      data->id =
        derive_uuid({1, std::hash<std::string>{}(data->name)}, ++data->joins);
    join_request x;
    x.group = "sms";
    x.member = data->id;
    x.name = data->name;
    x.instance_id = data->instance;
    x.topics = {"messages"};
    x.rules.start = data->start;
    x.session_timeout = 3s;
    x.rebalance_timeout = 60s;
    self
      ->request(*data->coordinator, caf::timespan{5s}, join_atom_v, x,
                consumer_actor{self})
      .then(
        [this, id = data->id](const join_result& y) {
          if (id != data->id)
            return;
          data->is_member = true;
          data->epoch = std::max(data->epoch, y.member_epoch);
          data->life = std::max(data->life, y.coordinator_epoch);
        },
        [this](const caf::error& fault) { data->refusal = fault; });
  }

  void beat() {
    self->delayed_send(consumer_actor{self}, 1s, beat_atom_v);
    if (data->is_mute)
      return;
    if (!data->is_member)
      return join();
    heartbeat x{data->id, data->epoch, {}, {}};
    for (const auto& [p, y] : data->owned)
      x.owned.push_back({p, y.offset});
    for (const auto& p : data->draining)
      x.draining.push_back({p, -1});
    self->request(*data->coordinator, caf::timespan{3s}, beat_atom_v, x)
      .then([](const heartbeat_result&) {},
            [this](const caf::error& fault) {
              if (code_of(fault) == ec::unknown_member)
                be_out();
            });
  }

  void be_out() {
    data->id = {};
    data->epoch = 0;
    data->is_member = false;
    data->owned.clear();
    data->draining.clear();
    if (!data->is_mute)
      join();
  }

  template <class Push>
  bool believes(const Push& x) {
    if (x.member != data->id || x.coordinator_epoch < data->life)
      return false;
    data->life = x.coordinator_epoch;
    data->is_member = true;
    return true;
  }

  void give_back(int64_t revocation_id,
                 const std::vector<topic_partition>& ids) {
    for (const auto& p : ids) {
      data->owned.erase(p);
      data->draining.insert(p);
    }
    if (data->is_mute)
      return;
    if (data->drain.count() > 0) {
      pending.push_back({data->id, revocation_id, {}});
      for (const auto& p : ids)
        pending.back().released.push_back({p, -1});
      self->delayed_send(consumer_actor{self}, data->drain, tick_atom_v);
      return;
    }
    revoked_notice x{data->id, revocation_id, {}};
    for (const auto& p : ids)
      x.released.push_back({p, -1});
    release(x);
  }

  void release(const revoked_notice& x) {
    for (const auto& p : x.released)
      data->draining.erase(p.id);
    self->request(*data->coordinator, caf::timespan{3s}, revoked_atom_v, x)
      .then([](caf::ok_atom) {}, [](const caf::error&) {});
  }

  consumer_actor::pointer self;
  std::shared_ptr<member_data> data;
  std::deque<revoked_notice> pending;
};

inline consumer_actor::behavior_type member(
  consumer_actor::stateful_pointer<member_state_of> self,
  std::shared_ptr<member_data> data) {
  auto& state = self->state;
  state.data = data;
  state.join();
  self->delayed_send(consumer_actor{self}, 1s, beat_atom_v);
  return {
    [&state, data](assign_atom, const assignment& x) {
      if (!state.believes(x))
        return;
      data->epoch = x.member_epoch;
      for (const auto& y : x.added)
        data->owned.emplace(y.id, y);
    },
    [&state, data](revoke_atom, const revocation& x) {
      if (!state.believes(x))
        return;
      data->revoked.insert(data->revoked.end(), x.partitions.begin(),
                           x.partitions.end());
      state.give_back(x.revocation_id, x.partitions);
    },
    [&state, data](state_atom, const member_state& x) {
      if (!state.believes(x))
        return;
      data->states.push_back(x);
      data->epoch = x.member_epoch;
      std::map<topic_partition, assigned_partition> all;
      for (const auto& y : x.assigned)
        all.emplace(y.id, y);
      data->owned = std::move(all);
      data->draining.clear();
      if (!x.revoking.empty())
        state.give_back(x.revocation_id, x.revoking);
    },
    [&state, data](fenced_atom, const fenced_notice& x) {
      if (!state.believes(x))
        return;
      data->fenced.push_back(x.reason);
      state.be_out();
    },
    [&state, data](pause_atom, const pause_notice& x) {
      if (state.believes(x))
        data->pauses.push_back(x);
    },
    [](status_atom) { return consumer_status{}; },
    [&state, self, data](stop_atom, bool keeps) -> caf::result<caf::ok_atom> {
      auto promise = self->make_response_promise<caf::ok_atom>();
      self
        ->request(*data->coordinator, caf::timespan{3s}, leave_atom_v,
                  leave_request{data->id, keeps, {}})
        .then([self, promise](caf::ok_atom) mutable {
          promise.deliver(caf::ok_atom_v);
          self->quit();
        });
      return promise;
    },
    [&state](tick_atom) {
      state.release(state.pending.front());
      state.pending.pop_front();
    },
    [&state](beat_atom) { state.beat(); },
  };
}

} // namespace troupe::stage
