#include "actors/quorum_controller/quorum_controller.hpp"

#include <utility>

#include "actors/controller/replay.hpp"
#include "actors/protocol/pass_on.hpp"

namespace troupe {

namespace {

/// A leader that stops waits so long for another one.
constexpr caf::timespan handover_max = std::chrono::seconds{1};

caf::error not_of_a_cluster() {
  return make_error(ec::invalid_argument,
                    "a node of a cluster is not backed up by itself: its "
                    "replicas are the copies");
}

} // namespace

quorum_controller_state::quorum_controller_state(controller_actor::pointer ptr)
  : self(ptr) {}

quorum_controller_state::~quorum_controller_state() {
  auto why = make_error(ec::shutting_down, "the controller has ended");
  answer_all(why);
  if (stop_promise.pending())
    stop_promise.deliver(std::move(why));
}

// -- starting and stopping ---------------------------------------------------

caf::error quorum_controller_state::open(quorum_controller_config x) {
  config = std::move(x);
  metadata_rules rules{config.cluster_id, config.partitions_max, config.shards,
                       config.cluster.replication_factor, config.levels};
  durable = metadata{rules};
  auto open_store = [this]() -> caf::error {
    auto opened = consensus::server_store::open(config.disk, config.directory,
                                                now_ms(self, config.epoch));
    if (!opened)
      return std::move(opened.error());
    store = std::move(*opened);
    return caf::none;
  };
  if (auto error = open_store())
    return error;
  if (store->is_new() && config.founds) {
    if (auto error = found(*store))
      return error;
    if (auto error = open_store())
      return error;
  }
  // A cluster has begun with what is there.
  if (!store->is_new())
    if (auto error = config.disk->remove(config.single_node_directory))
      return error;
  const auto& stored = store->stored();
  written = consensus::entry_log{stored.first_index, stored.entries};
  snapshot_index = stored.base ? stored.base->index : 0;
  server = std::make_unique<consensus::server>(consensus::server_config{
    .id = config.node_id,
    .address = address(),
    .election_timeout = config.cluster.election_timeout,
    .heartbeat = config.cluster.election_heartbeat,
    .seed = config.seed,
  });
  carry_out(server->start(raft_now(), stored));
  return caf::none;
}

caf::error quorum_controller_state::found(consensus::server_store& to) {
  metadata state{durable.rules()};
  if (config.disk->exists(config.single_node_directory)) {
    auto log = storage::log::open(config.disk, config.single_node_directory,
                                  topic_settings{}, now_ms(self, config.epoch));
    if (!log)
      return std::move(log.error());
    if (auto error = replay(**log, state))
      return error;
  }
  if (auto error = to.save({1, 0}))
    return error;
  consensus::snapshot base;
  // Of the first entry libraft 0.22.1 would not see that it is in the snapshot.
  base.index = 2;
  base.term = 1;
  base.members = {{config.node_id, address(), consensus::member_role::voter}};
  base.members_index = 1;
  base.state = state.encode();
  return to.replace(base, base.index + 1, {}, now_ms(self, config.epoch));
}

caf::result<caf::ok_atom> quorum_controller_state::stop() {
  if (stop_due)
    return make_error(ec::shutting_down, "the controller stops");
  stop_due = now() + handover_max;
  stop_promise = self->make_response_promise<order_promise>();
  auto promise = stop_promise;
  // Who hands leadership over is not waited for until it is missed.
  if (leads() && !peers.empty())
    if (auto out = server->transfer(raft_now(), 0))
      carry_out(std::move(out));
  stop_if_due();
  set_timer();
  return promise;
}

void quorum_controller_state::stop_if_due() {
  if (!stop_due || has_failed)
    return;
  auto waits = server->role() == consensus::server_role::leader
               && server->is_transferring() && now() < *stop_due;
  if (waits)
    return;
  has_failed = true;
  stop_promise.deliver(caf::ok_atom_v);
  self->quit();
}

void quorum_controller_state::fail(const caf::error& reason) {
  if (std::exchange(has_failed, true))
    return;
  answer_all(reason);
  self->quit(reason);
}

void quorum_controller_state::on_down(const caf::down_msg& x) {
  std::erase_if(listeners,
                [&](const auto& y) { return y.address() == x.source; });
  for (auto i = peers.begin(); i != peers.end(); ++i)
    if (i->second.address() == x.source) {
      auto node = durable.nodes().find(i->first.node);
      if (node != durable.nodes().end()
          && node->second.directory_id == i->first.directory_id)
        alive.lost(node->first, now());
      peers.erase(i);
      set_timer();
      return;
    }
}

// -- the actor ---------------------------------------------------------------

namespace {

/// How long the leader may take. A lease is worth little later.
constexpr caf::timespan beat_bound = std::chrono::seconds{1};
constexpr caf::timespan leader_bound = std::chrono::seconds{10};

/// Has the leader answer. One that belongs to no quorum knows none.
template <class Result, class... Ts>
caf::result<Result> pass_to_leader(quorum_controller_state& state,
                                   const Ts&... xs) {
  auto to = state.leader();
  if (!to)
    return std::move(to.error());
  return pass_on<Result>(state.self, *to, leader_bound, xs...);
}

} // namespace

controller_actor::behavior_type quorum_controller(
  controller_actor::stateful_pointer<quorum_controller_state> self,
  quorum_controller_config config) {
  self->set_down_handler(
    [self](const caf::down_msg& x) { self->state.on_down(x); });
  // Who does not understand a letter is as one that it did not reach: another
  // node's program, or one that takes itself for a node, ends nobody here.
  self->set_error_handler([](const caf::error&) {});
  auto& s = self->state;
  if (auto error = s.open(std::move(config))) {
    s.fail(error);
    return controller_actor::behavior_type::make_empty_behavior();
  }
  return {
    [&s](create_atom x, const topic_spec& spec,
         bool is_internal) -> caf::result<topic_info> {
      if (s.leads())
        return s.place(s.planned.plan_create(spec, is_internal));
      return pass_to_leader<topic_info>(s, x, spec, is_internal);
    },
    [&s](grow_atom x, const std::string& topic,
         int32_t partitions) -> caf::result<topic_info> {
      if (s.leads())
        return s.place(s.planned.plan_grow(topic, partitions));
      return pass_to_leader<topic_info>(s, x, topic, partitions);
    },
    [&s](delete_atom x, const std::string& topic) -> caf::result<topic_info> {
      if (s.leads())
        return s.carry_out(s.planned.plan_delete(topic));
      return pass_to_leader<topic_info>(s, x, topic);
    },
    [&s](config_atom x, const std::string& topic,
         const topic_settings& settings) -> caf::result<topic_info> {
      if (s.leads())
        return s.carry_out(s.planned.plan_configure(topic, settings));
      return pass_to_leader<topic_info>(s, x, topic, settings);
    },
    [&s](identify_atom x) -> caf::result<producer_identity> {
      if (s.leads())
        return s.identify();
      return pass_to_leader<producer_identity>(s, x);
    },
    [&s](watch_atom, const metadata_listener_actor& listener) {
      return s.watch(listener);
    },
    [&s](beat_atom x, node_beat& beat) -> caf::result<node_lease> {
      if (s.leads()) {
        auto lease = s.beat(beat);
        if (!lease)
          return std::move(lease.error());
        return *lease;
      }
      if (auto to = s.leader())
        return pass_on<node_lease>(s.self, *to, beat_bound, x, beat);
      // Who belongs to no quorum is not told who leads; nor is one whose
      // belonging to it was agreed on by a leader that was deposed before.
      if (std::exchange(beat.is_passed_on, true))
        return make_error(ec::not_leader, "no controller leads, as far as this "
                                          "one knows");
      auto other = s.anybody();
      if (!other)
        return std::move(other.error());
      return pass_on<node_lease>(s.self, *other, beat_bound, x, beat);
    },
    [&s](change_atom x,
         const partition_change& change) -> caf::result<partition_placement> {
      if (s.leads())
        return s.change(change);
      return pass_to_leader<partition_placement>(s, x, change);
    },
    [&s](order_atom x,
         const cluster_order& order) -> caf::result<caf::ok_atom> {
      if (s.leads())
        return s.order(order);
      return pass_to_leader<caf::ok_atom>(s, x, order);
    },
    [&s](nodes_atom x) -> caf::result<cluster_status> {
      if (s.leads() || !s.leader())
        return s.look();
      return pass_to_leader<cluster_status>(s, x);
    },
    [&s](controller_atom, const node_disk& who,
         const caf::strong_actor_ptr& x) { s.meet(who, x); },
    [&s](raft_atom, uint32_t node, const std::string& letter) {
      s.receive(node, letter);
    },
    [&s](tick_atom) { s.on_tick(); },
    [&s](status_atom) { return s.status(); },
    [&s](metrics_atom) { return s.metrics(); },
    [](snapshot_atom,
       const std::string&) -> caf::result<log_snapshot, metadata_update> {
      return not_of_a_cluster();
    },
    [&s](stop_atom) { return s.stop(); },
  };
}

} // namespace troupe
