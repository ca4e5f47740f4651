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

#include "actors/coordinator/coordinator.hpp"
#include "runtime/simulation/virtual_system.hpp"
#include "tests/actors/coordinator/group_bench.hpp"

/// Stand-ins for everybody a coordinator talks to. Their data is outside of
/// them, where a test reads and changes it.
namespace troupe::stage {

// -- the shard ----------------------------------------------------------------

/// What the shard has on disk, and how it behaves.
struct shard_data {
  bench::shard_table table;
  int32_t life = 0;
  int64_t log_end = 0;
  size_t writes = 0;
  /// How long a write takes.
  caf::timespan delay{0};
  /// Writes that fail from now on.
  int fails = 0;
  /// Loads that fail from now on.
  int loads_fail = 0;
  /// Nothing is answered.
  bool hangs = false;
};

/// Lets time pass for whoever asks, in the order of the questions.
inline caf::behavior disk(caf::event_based_actor* self,
                          std::shared_ptr<shard_data> data) {
  auto open = std::make_shared<std::deque<caf::response_promise>>();
  return {
    [=](sync_atom) {
      open->push_back(self->make_response_promise());
      auto answer = open->back();
      if (data->delay.count() > 0)
        self->delayed_send(self, data->delay, tick_atom_v);
      else
        self->send(self, tick_atom_v);
      return answer;
    },
    [=](tick_atom) {
      open->front().deliver(caf::ok_atom_v);
      open->pop_front();
    },
  };
}

/// Does what it is asked in the order in which it was asked, as the real one.
inline offset_store_actor::behavior_type shard(
  offset_store_actor::pointer self, std::shared_ptr<shard_data> data) {
  auto slow = self->spawn<caf::linked>(disk, data);
  return {
    [=](load_atom, const std::string&) -> caf::result<group_image> {
      auto promise = self->make_response_promise<group_image>();
      self->request(slow, caf::infinite, sync_atom_v)
        .then([=](caf::ok_atom) mutable {
          if (data->loads_fail-- > 0)
            promise.deliver(make_error(ec::storage_failed, "no disk"));
          else
            promise.deliver(
              bench::image_of(data->table, ++data->life, ++data->log_end));
        });
      return promise;
    },
    [=](write_atom, const std::string&,
        const std::vector<keyed_record>& records) -> caf::result<caf::ok_atom> {
      auto promise = self->make_response_promise<caf::ok_atom>();
      ++data->writes;
      if (data->hangs)
        return promise;
      auto fails = data->fails > 0 && data->fails-- > 0;
      self->request(slow, caf::infinite, sync_atom_v)
        .then([=](caf::ok_atom) mutable {
          if (fails) {
            promise.deliver(make_error(ec::storage_failed, "no disk"));
            return;
          }
          data->log_end += static_cast<int64_t>(records.size());
          for (const auto& x : records)
            if (x.value.is_null())
              data->table.erase(x.key);
            else
              data->table.insert_or_assign(x.key, x.value);
          promise.deliver(caf::ok_atom_v);
        });
      return promise;
    },
    [=](groups_atom) { return std::vector<std::string>{}; },
  };
}

// -- the node and its partitions ----------------------------------------------

struct node_data {
  uint64_t index = 1;
  std::map<topic_id, topic_info> topics;
  std::map<topic_partition, bench::fake_log> logs;
  std::map<topic_partition, partition_actor> partitions;
  std::vector<metadata_listener_actor> listeners;
  /// Partitions that answer nothing.
  std::set<topic_partition> hanging;
};

inline caf::error unasked() {
  return make_error(ec::not_available, "not on this stage");
}

inline partition_actor::behavior_type partition(partition_actor::pointer self,
                                                std::shared_ptr<node_data> data,
                                                topic_partition id) {
  return {
    [](append_atom, const append_request&) -> caf::result<append_result> {
      return unasked();
    },
    [](fetch_atom, const fetch_request&) -> caf::result<fetch_result> {
      return unasked();
    },
    [=](offset_atom, const offset_query& x) -> caf::result<offset_answer> {
      if (data->hanging.count(id) > 0)
        return self->make_response_promise<offset_answer>();
      return data->logs.at(id).answer({id, x, std::nullopt}).offset;
    },
    [=](epoch_atom, int32_t x) -> caf::result<epoch_end> {
      return data->logs.at(id).answer({id, {}, x}).epoch;
    },
    [](config_atom, const topic_settings&) -> caf::result<caf::ok_atom> {
      return unasked();
    },
    [](status_atom) -> caf::result<partition_status> { return unasked(); },
    [](stop_atom) -> caf::result<caf::ok_atom> { return unasked(); },
    [](tick_atom) {},
    [](upkeep_atom) {},
  };
}

inline node_actor::behavior_type node(node_actor::pointer,
                                      std::shared_ptr<node_data> data) {
  return {
    [](topics_atom) -> caf::result<std::vector<topic_info>> {
      return unasked();
    },
    [](topic_atom, const std::string&) -> caf::result<topic_info> {
      return unasked();
    },
    [=](locate_atom,
        const topic_partition& id) -> caf::result<partition_actor> {
      auto log = data->logs.find(id);
      if (log == data->logs.end() || !log->second.is_online)
        return make_error(ec::not_available, "offline");
      return data->partitions.at(id);
    },
    [](group_atom, const std::string&) -> caf::result<coordinator_actor> {
      return unasked();
    },
    [](groups_atom) -> caf::result<std::vector<std::string>> {
      return unasked();
    },
    [](create_atom, const topic_spec&) -> caf::result<topic_info> {
      return unasked();
    },
    [](grow_atom, const std::string&, int32_t) -> caf::result<topic_info> {
      return unasked();
    },
    [](delete_atom, const std::string&) -> caf::result<topic_info> {
      return unasked();
    },
    [](config_atom, const std::string&,
       const topic_settings&) -> caf::result<topic_info> { return unasked(); },
    [](identify_atom) -> caf::result<producer_identity> { return unasked(); },
    [=](watch_atom, const metadata_listener_actor& listener) {
      data->listeners.push_back(listener);
      metadata_update all{data->index, true, {}, {}};
      for (const auto& [id, topic] : data->topics)
        all.changed.push_back(topic);
      return all;
    },
    [](status_atom) -> caf::result<node_status> { return unasked(); },
    [](update_atom, const metadata_update&) {},
    [](consumers_atom) -> caf::result<std::vector<consumer_status>> {
      return unasked();
    },
    [](stop_atom) -> caf::result<caf::ok_atom> { return unasked(); },
    [](tick_atom) {},
  };
}

// -- members ------------------------------------------------------------------

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

// -- all together -------------------------------------------------------------

/// A coordinator among its stand-ins, started again when it ends.
class coordinator_stage {
public:
  explicit coordinator_stage(uint64_t seed = 0)
    : sys(seed), shard_side(std::make_shared<shard_data>()),
      node_side(std::make_shared<node_data>()),
      coordinator_now(std::make_shared<coordinator_actor>()) {
    node_handle = sys.spawn(node, node_side);
    shard_handle = sys.spawn(shard, shard_side);
    start_coordinator();
  }

  void start_coordinator() {
    coordinator_config config;
    config.group = "sms";
    config.store = shard_handle;
    config.node = node_handle;
    config.limits = limits;
    config.epoch = sys.epoch();
    *coordinator_now = sys.spawn(coordinator, config);
  }

  /// Kills the coordinator, as a bug would.
  void kill_coordinator() {
    caf::anon_send_exit(*coordinator_now, caf::exit_reason::kill);
    sys.run();
    start_coordinator();
  }

  topic_id add_topic(const std::string& name, int32_t partitions) {
    topic_info topic;
    topic.id = {77, node_side->topics.size() + 1};
    topic.name = name;
    node_side->topics[topic.id] = topic;
    grow_topic(topic.id, partitions);
    return topic.id;
  }

  void grow_topic(const topic_id& id, int32_t partitions) {
    auto& topic = node_side->topics.at(id);
    auto first = topic.partitions();
    topic.created_index.resize(static_cast<size_t>(partitions),
                               ++node_side->index);
    for (auto n = first; n < partitions; ++n) {
      topic_partition p{id, n};
      node_side->logs[p];
      node_side->partitions[p] = sys.spawn(partition, node_side, p);
    }
    for (const auto& x : node_side->listeners)
      caf::anon_send(x, update_atom_v,
                     metadata_update{node_side->index, false, {topic}, {}});
  }

  /// Spawns a member; what it holds is in the data returned.
  std::shared_ptr<member_data> add_member(const std::string& name,
                                          const std::string& instance = "",
                                          start_rule start = {}) {
    auto data = std::make_shared<member_data>();
    data->name = name;
    data->instance = instance;
    data->start = start;
    data->coordinator = coordinator_now;
    members[name] = sys.spawn(member, data);
    return data;
  }

  void kill_member(const std::string& name) {
    caf::anon_send_exit(members.at(name), caf::exit_reason::kill);
  }

  group_description describe() {
    auto result = sys.ask<group_description>(*coordinator_now, describe_atom_v);
    REQUIRE(result);
    return *result;
  }

  std::string state() {
    auto result = sys.ask<group_description>(*coordinator_now, describe_atom_v);
    return result ? result->state : what(result.error());
  }

  std::vector<std::string> causes() {
    auto events =
      sys.ask<std::vector<timeline_event>>(*coordinator_now, timeline_atom_v);
    std::vector<std::string> result;
    for (const auto& x : *events)
      result.push_back(x.cause);
    return result;
  }

  coordination_settings limits;
  simulation::virtual_system sys;
  std::shared_ptr<shard_data> shard_side;
  std::shared_ptr<node_data> node_side;
  std::shared_ptr<coordinator_actor> coordinator_now;
  node_actor node_handle;
  offset_store_actor shard_handle;
  std::map<std::string, consumer_actor> members;
};

} // namespace troupe::stage
