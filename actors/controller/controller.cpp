#include "actors/controller/controller.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_addr.hpp>
#include <fmt/format.h>

#include "actors/controller/replay.hpp"
#include "actors/protocol/record_batch.hpp"

namespace troupe {

namespace {

/// Producer ids reserved by one command.
constexpr int32_t ids_block = 1'000;

/// Commands that wait for a sync, and producers for an id.
constexpr size_t waiting_max = 10'000;

/// Listeners: the node, and one for each group.
constexpr size_t listeners_max = 1'000'000;

/// How long the flusher may take.
constexpr auto sync_timeout = 60s;

caf::error make_durable(storage::log& log) {
  auto rest = log.to_sync();
  for (const auto& file : rest.files)
    if (auto error = file->sync())
      return error;
  log.synced(rest.up_to);
  return caf::none;
}

caf::error shutting_down() {
  return make_error(ec::shutting_down, "the controller stops");
}

caf::error no_cluster() {
  return make_error(ec::invalid_argument,
                    "this is a single node, not one of a cluster");
}

} // namespace

controller_state::controller_state(controller_actor::pointer ptr) : self(ptr) {}

controller_state::~controller_state() {
  answer_all(shutting_down());
}

caf::error controller_state::open(controller_config with) {
  config = std::move(with);
  auto opened =
    storage::log::open(config.disk, config.directory, topic_settings{},
                       now_ms(self, config.epoch));
  if (!opened)
    return std::move(opened.error());
  log = std::move(*opened);
  durable = metadata{{config.cluster_id, config.partitions_max, config.shards}};
  if (auto error = replay(*log, durable))
    return error;
  // What a killed process left in the page cache is told from here on.
  if (auto error = make_durable(*log))
    return error;
  planned = durable;
  return caf::none;
}

// -- what the clauses do -----------------------------------------------------

caf::result<topic_info> controller_state::carry_out(
  caf::expected<command> plan) {
  if (!plan)
    return std::move(plan.error());
  auto promise = self->make_response_promise<topic_promise>();
  if (auto error = append(*plan, promise))
    promise.deliver(std::move(error));
  return promise;
}

caf::result<producer_identity> controller_state::identify() {
  if (waiting_ids.size() >= waiting_max)
    return make_error(ec::queue_full,
                      fmt::format("{} producers wait for an id, the most that "
                                  "may",
                                  waiting_ids.size()));
  auto promise = self->make_response_promise<identity_promise>();
  waiting_ids.push_back(promise);
  hand_out();
  return promise;
}

caf::result<metadata_update> controller_state::watch(
  const metadata_listener_actor& listener) {
  if (std::find(listeners.begin(), listeners.end(), listener)
      == listeners.end()) {
    if (listeners.size() >= listeners_max)
      return make_error(
        ec::queue_full,
        fmt::format("{} listeners, the most that may", listeners.size()));
    self->monitor(listener);
    listeners.push_back(listener);
  }
  return durable.whole();
}

node_status controller_state::status() const {
  node_status result;
  result.cluster_id = config.cluster_id;
  result.node_id = config.node_id;
  result.metadata_index = durable.index();
  result.metadata_term = durable.term();
  result.topics = durable.topic_count();
  result.partitions = static_cast<uint32_t>(durable.partition_count());
  return result;
}

caf::result<log_snapshot, metadata_update> controller_state::snapshot(
  const std::string& to) {
  auto result = log->snapshot(to);
  if (!result)
    return std::move(result.error());
  // What is in the log, synced or not.
  return {std::move(*result), planned.whole()};
}

caf::result<caf::ok_atom> controller_state::stop() {
  if (is_stopping)
    return shutting_down();
  is_stopping = true;
  stop_promise =
    self->make_response_promise<caf::typed_response_promise<caf::ok_atom>>();
  auto promise = stop_promise;
  close_when_idle();
  return promise;
}

// -- how a command becomes durable -------------------------------------------

caf::error controller_state::append(const command& what,
                                    topic_promise promise) {
  if (is_stopping)
    return shutting_down();
  if (unsynced.size() >= waiting_max)
    return make_error(ec::queue_full,
                      fmt::format("{} commands wait for the disk, the most "
                                  "that may",
                                  unsynced.size()));
  auto now = now_ms(self, config.epoch);
  // Nobody else reads it: whatever this program can say may be in it.
  auto text = encode_command(what, supported_levels.newest);
  auto batch = make_batch({record{{}, bytes{std::move(text)}, {}, now}});
  auto offset = log->append(batch, now);
  if (!offset) {
    if (code_of(offset.error()) != ec::storage_full)
      fail(offset.error());
    return std::move(offset.error());
  }
  auto term = batch.header.leader_epoch;
  auto change = planned.apply(what, term);
  if (!change || planned.index() != static_cast<uint64_t>(*offset) + 1) {
    auto error = make_error(ec::corrupt_log,
                            fmt::format("metadata log, offset {}: its command "
                                        "does not follow from the ones before",
                                        *offset));
    fail(error);
    return error;
  }
  unsynced.push_back({what, term, std::move(promise)});
  sync();
  return caf::none;
}

void controller_state::sync() {
  if (is_syncing || unsynced.empty())
    return;
  is_syncing = true;
  auto job = log->to_sync();
  self
    ->request(config.flusher, sync_timeout, sync_atom_v,
              sync_job{std::move(job.files), std::move(job.written)})
    .then([this](int64_t up_to) { on_synced(up_to); },
          [this](const caf::error& reason) {
            log->sync_failed();
            fail(make_error(ec::storage_failed,
                            fmt::format("metadata log: {}", what(reason))));
          });
}

void controller_state::on_synced(int64_t up_to) {
  is_syncing = false;
  log->synced(up_to);
  while (!unsynced.empty() && durable.index() < static_cast<uint64_t>(up_to)) {
    auto next = std::move(unsynced.front());
    unsynced.pop_front();
    complete(next);
  }
  sync();
  close_when_idle();
}

void controller_state::complete(unsynced_command& x) {
  auto change = durable.apply(x.what, x.term);
  // `planned` took the same commands: this one fits.
  if (!change)
    return fail(change.error());
  const auto& update = change->update;
  if (!update.changed.empty() || !update.removed.empty())
    for (const auto& listener : listeners)
      self->send(listener, update_atom_v, update);
  if (const auto* ids = std::get_if<reserve_producer_ids>(&x.what)) {
    is_reserving = false;
    next_id = ids->first;
    ids_end = ids->first + ids->count;
    hand_out();
  } else {
    x.promise.deliver(std::move(change->topic));
  }
}

// -- producer ids ------------------------------------------------------------

caf::error controller_state::reserve() {
  if (is_reserving)
    return caf::none;
  is_reserving = true;
  return append(planned.plan_reserve(ids_block), {});
}

void controller_state::hand_out() {
  while (!waiting_ids.empty() && next_id < ids_end) {
    waiting_ids.front().deliver(producer_identity{next_id++, 0});
    waiting_ids.pop_front();
  }
  if (waiting_ids.empty())
    return;
  if (auto error = reserve()) {
    is_reserving = false;
    for (auto& promise : std::exchange(waiting_ids, {}))
      promise.deliver(error);
  }
}

// -- the end -----------------------------------------------------------------

void controller_state::close_when_idle() {
  if (!is_stopping || is_syncing || !unsynced.empty())
    return;
  if (auto error = log->close())
    return fail(error);
  stop_promise.deliver(caf::ok_atom_v);
  self->quit();
}

void controller_state::on_down(const caf::actor_addr& who) {
  std::erase_if(listeners, [&](const auto& x) { return x.address() == who; });
}

void controller_state::on_exit(caf::error reason) {
  answer_all(shutting_down());
  if (auto error = log->close())
    reason = std::move(error);
  self->quit(std::move(reason));
}

void controller_state::fail(const caf::error& reason) {
  answer_all(reason);
  self->quit(reason);
}

void controller_state::answer_all(const caf::error& reason) {
  for (auto& x : std::exchange(unsynced, {}))
    if (x.promise.pending())
      x.promise.deliver(reason);
  for (auto& x : std::exchange(waiting_ids, {}))
    x.deliver(reason);
  if (stop_promise.pending())
    stop_promise.deliver(reason);
}

// -- the actor ---------------------------------------------------------------

controller_actor::behavior_type controller(
  controller_actor::stateful_pointer<controller_state> self,
  controller_config config) {
  self->set_down_handler(
    [self](const caf::down_msg& x) { self->state.on_down(x.source); });
  self->set_exit_handler(
    [self](caf::exit_msg& x) { self->state.on_exit(std::move(x.reason)); });
  if (auto error = self->state.open(std::move(config)))
    self->quit(std::move(error));
  return {
    [self](create_atom, const topic_spec& spec, bool is_internal) {
      auto& state = self->state;
      return state.carry_out(state.planned.plan_create(spec, is_internal));
    },
    [self](grow_atom, const std::string& topic, int32_t partitions) {
      auto& state = self->state;
      return state.carry_out(state.planned.plan_grow(topic, partitions));
    },
    [self](delete_atom, const std::string& topic) {
      auto& state = self->state;
      return state.carry_out(state.planned.plan_delete(topic));
    },
    [self](config_atom, const std::string& topic,
           const topic_settings& settings) {
      auto& state = self->state;
      return state.carry_out(state.planned.plan_configure(topic, settings));
    },
    [self](identify_atom) { return self->state.identify(); },
    [self](watch_atom, const metadata_listener_actor& listener) {
      return self->state.watch(listener);
    },
    [](beat_atom, const node_beat&) -> caf::result<node_lease> {
      return no_cluster();
    },
    [](change_atom, const partition_change&)
      -> caf::result<partition_placement> { return no_cluster(); },
    [](order_atom, const cluster_order&) -> caf::result<caf::ok_atom> {
      return no_cluster();
    },
    [](nodes_atom) -> caf::result<cluster_status> { return no_cluster(); },
    [](metrics_atom) -> caf::result<controller_metrics> {
      return no_cluster();
    },
    [](controller_atom, const node_disk&, const caf::strong_actor_ptr&) {},
    [](raft_atom, uint32_t, const std::string&) {},
    [](tick_atom) {},
    [self](status_atom) { return self->state.status(); },
    [self](snapshot_atom, const std::string& to) {
      return self->state.snapshot(to);
    },
    [self](stop_atom) { return self->state.stop(); },
  };
}

} // namespace troupe
