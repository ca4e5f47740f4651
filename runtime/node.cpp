#include "runtime/node.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/protocol/pass_on.hpp"
#include "actors/protocol/shard_of.hpp"
#include "runtime/backup_keeper.hpp"
#include "runtime/gather.hpp"
#include "runtime/version.hpp"

namespace troupe {

namespace {

/// Requests that may wait while the node starts.
constexpr size_t waiting_max = 10'000;

/// How long one role may take to say how it is doing.
constexpr caf::timespan status_timeout = 5s;

/// How long the controller may take for a command.
constexpr caf::timespan command_timeout = 30s;

} // namespace

node_state::node_state(node_actor::pointer ptr) : self(ptr) {}

caf::error node_state::when_serving(std::function<void()> work) {
  if (is_stopping_)
    return make_error(ec::shutting_down, "the node is stopping");
  if (is_serving_) {
    work();
    return caf::none;
  }
  if (waiting_.size() >= waiting_max)
    return make_error(
      ec::queue_full,
      fmt::format("{} requests wait for the node to start", waiting_max));
  waiting_.push_back(std::move(work));
  return caf::none;
}

caf::expected<std::vector<topic_info>> node_state::topics() const {
  std::vector<topic_info> result;
  for (const auto& [name_, id] : topic_ids_)
    result.push_back(topics_.at(id));
  return result;
}

caf::expected<topic_info> node_state::topic(const std::string& x) const {
  auto i = topic_ids_.find(x);
  if (i == topic_ids_.end())
    return make_error(
      ec::unknown_topic,
      fmt::format("no topic '{}'; 'troupe topic list' shows all", x));
  return topics_.at(i->second);
}

caf::expected<partition_actor> node_state::locate(
  const topic_partition& id) const {
  auto i = partitions_.find(id);
  if (i == partitions_.end()) {
    if (topics_.count(id.topic) == 0)
      return make_error(ec::unknown_topic,
                        "no topic of id " + to_string(id.topic));
    return make_error(ec::unknown_partition,
                      fmt::format("{}: no such partition; the topic has {}",
                                  describe(id),
                                  topics_.at(id.topic).partitions()));
  }
  if (!i->second.handle)
    return make_error(
      ec::not_available,
      fmt::format("{} is offline: {}", describe(id), i->second.problem));
  return i->second.handle;
}

caf::expected<coordinator_actor> node_state::coordinator_of(
  const std::string& group) {
  if (group.empty() || group.size() > 249)
    return make_error(ec::invalid_argument,
                      fmt::format("a group's name has 1 to 249 bytes, this one "
                                  "has {}",
                                  group.size()));
  auto i = coordinators_.find(group);
  if (i != coordinators_.end())
    return i->second;
  auto shard = shard_of(group, cast_->config().settings.coordination.shards);
  auto store = shards_.find(shard);
  if (store == shards_.end())
    return make_error(
      ec::not_available,
      fmt::format("shard {} of {} is starting", shard, offsets_topic));
  return start_coordinator(group, store->second);
}

caf::result<std::vector<std::string>> node_state::groups() {
  using names = std::vector<std::string>;
  auto promise = self->make_response_promise<names>();
  auto refused = when_serving([=, this] {
    std::vector<offset_store_actor> stores;
    for (const auto& [shard, handle] : shards_)
      stores.push_back(handle);
    auto count = stores.size() + shards_missing();
    auto deliver = [promise, count](std::vector<names> found) mutable {
      // Some of them would look like all.
      if (found.size() < count) {
        promise.deliver(
          make_error(ec::not_available,
                     fmt::format("{} of {} shards of {} here are starting",
                                 count - found.size(), count, offsets_topic)));
        return;
      }
      names all;
      for (auto& some : found)
        all.insert(all.end(), some.begin(), some.end());
      std::sort(all.begin(), all.end());
      promise.deliver(std::move(all));
    };
    gather<names>(self, stores, status_timeout, deliver, groups_atom_v);
  });
  if (refused)
    promise.deliver(std::move(refused));
  return promise;
}

caf::result<node_status> node_state::status() {
  auto promise = self->make_response_promise<node_status>();
  auto refused = when_serving([=, this] {
    self->request(controller_, status_timeout, status_atom_v)
      .then(
        [=, this](node_status& x) mutable {
          complete(x);
          promise.deliver(std::move(x));
        },
        // A node without controller still serves what it has.
        [=, this](const caf::error& why) mutable {
          node_status x;
          x.cluster_id = cast_->config().cluster_id;
          x.node_id = cast_->config().settings.node_id;
          x.directory_id = cast_->config().directory_id;
          x.metadata_index = metadata_index_;
          if (controller_problem_.empty())
            x.problems.push_back("the controller does not answer: "
                                 + what(why));
          complete(x);
          promise.deliver(std::move(x));
        });
  });
  if (refused)
    promise.deliver(std::move(refused));
  return promise;
}

void node_state::complete(node_status& x) const {
  const auto& config = cast_->config();
  x.version = version;
  x.level = level_;
  x.data_directory = config.disk->location();
  x.topics = static_cast<uint32_t>(topics_.size());
  x.partitions = static_cast<uint32_t>(partitions_.size());
  x.consumers = static_cast<uint32_t>(consumers_.size());
  x.groups = static_cast<uint32_t>(coordinators_.size());
  const auto& room = cast_->room();
  x.log_bytes = room.used_bytes();
  // Not known is the largest number.
  x.disk_free_bytes = static_cast<int64_t>(room.free_bytes());
  if (auto full = room.problem(); !full.empty())
    x.problems.push_back(std::move(full));
  x.started_ms = started_ms_;
  x.now_ms = now_ms(self, config.epoch);
  x.recovery = recovery_;
  if (!controller_problem_.empty())
    x.problems.push_back(
      fmt::format("topics cannot be changed, the controller is started again: "
                  "{}",
                  controller_problem_));
  for (const auto& [id, hosted] : partitions_)
    if (!hosted.handle) {
      ++x.partitions_offline;
      x.problems.push_back(
        fmt::format("{} is offline: {}", describe(id), hosted.problem));
    }
  for (auto& problem : consumers_.problems())
    x.problems.push_back(std::move(problem));
}

caf::result<std::vector<consumer_status>> node_state::consumers() {
  using statuses = std::vector<consumer_status>;
  auto promise = self->make_response_promise<statuses>();
  auto refused = when_serving([=, this] {
    gather<consumer_status>(
      self, consumers_.running(), status_timeout,
      [promise](statuses x) mutable { promise.deliver(std::move(x)); },
      status_atom_v);
  });
  if (refused)
    promise.deliver(std::move(refused));
  return promise;
}

metadata_update node_state::watch(metadata_listener_actor listener) {
  self->monitor(listener);
  listeners_.push_back(std::move(listener));
  metadata_update whole;
  whole.index = metadata_index_;
  whole.is_whole = true;
  for (const auto& [id, topic] : topics_)
    whole.changed.push_back(topic);
  for (const auto& [id, node] : nodes_)
    whole.nodes_changed.push_back(node);
  whole.level = level_;
  return whole;
}

void node_state::remove_held_backup() {
  if (auto failed = cast_->config().disk->remove(backup_directory))
    log(log_level::warning, "files held for a backup stay",
        {{"directory", backup_directory}, {"why", what(failed)}});
}

caf::expected<backup_actor> node_state::begin_backup() {
  if (backup_)
    return make_error(ec::not_available,
                      "a backup is made already; wait for its end (one whose "
                      "client went away ends within a minute)");
  const auto& config = cast_->config();
  backup_keeper_config x;
  x.disk = config.disk;
  x.node = node_actor{self};
  x.controller = controller_;
  x.offsets_topic = offsets_topic;
  x.about.cluster_id = config.cluster_id;
  x.about.node_id = config.settings.node_id;
  x.about.shards = config.settings.coordination.shards;
  x.about.version = version;
  x.epoch = config.epoch;
  backup_ = self->spawn(backup_keeper, std::move(x));
  self->monitor(backup_);
  log(log_level::info, "backup begins");
  return backup_;
}

template <class Result, class... Ts>
caf::result<Result> node_state::ask_controller(Ts... xs) {
  auto promise = self->make_response_promise<Result>();
  auto refused = when_serving([=, this]() mutable {
    self->request(controller_, command_timeout, std::move(xs)...)
      .then([promise](Result& x) mutable { promise.deliver(std::move(x)); },
            [=, this](caf::error& why) mutable {
              if (code_of(why) == ec::none && !controller_problem_.empty())
                why = make_error(ec::not_available,
                                 "the controller is started again: "
                                   + controller_problem_);
              promise.deliver(std::move(why));
            });
  });
  if (refused)
    promise.deliver(std::move(refused));
  return promise;
}

caf::result<caf::ok_atom> node_state::order(const cluster_order& x) {
  if (x.what != cluster_order::kind::restart)
    return ask_controller<caf::ok_atom>(order_atom_v, x);
  if (x.node == cast_->config().settings.node_id)
    return restart(x.incarnation);
  if (auto door = door_of(x.node))
    return pass_on<caf::ok_atom>(self, door, status_timeout, restart_atom_v,
                                 x.incarnation);
  return make_error(ec::not_available,
                    fmt::format("node {} is not reached", x.node));
}

namespace {

/// Answers with what `ask` finds, once the node serves.
template <class Result, class F>
caf::result<Result> once_serving(node_state& state, F ask) {
  auto promise = state.self->template make_response_promise<Result>();
  auto refused = state.when_serving([=]() mutable {
    caf::expected<Result> found = ask();
    if (found)
      promise.deliver(std::move(*found));
    else
      promise.deliver(std::move(found.error()));
  });
  if (refused)
    promise.deliver(std::move(refused));
  return promise;
}

} // namespace

node_actor::behavior_type node(node_actor::stateful_pointer<node_state> self,
                               cast_config config) {
  auto& state = self->state;
  self->set_down_handler([&state](caf::down_msg& msg) { state.on_down(msg); });
  state.start(std::move(config));
  return {
    [&state](topics_atom) {
      return once_serving<std::vector<topic_info>>(
        state, [&state] { return state.topics(); });
    },
    [&state](topic_atom, const std::string& x) {
      return once_serving<topic_info>(state,
                                      [&state, x] { return state.topic(x); });
    },
    [&state](locate_atom,
             const topic_partition& x) -> caf::result<partition_actor> {
      if (state.is_elsewhere(x))
        return state.locate_anywhere(x);
      return once_serving<partition_actor>(
        state, [&state, x] { return state.host(x); });
    },
    [&state](group_atom,
             const std::string& x) -> caf::result<coordinator_actor> {
      if (state.is_elsewhere(x))
        return state.coordinator_anywhere(x);
      return once_serving<coordinator_actor>(
        state, [&state, x] { return state.coordinator_of(x); });
    },
    [&state](host_atom, const topic_partition& x) {
      return once_serving<partition_actor>(
        state, [&state, x] { return state.host(x); });
    },
    [&state](host_atom, const std::string& x) {
      return once_serving<coordinator_actor>(
        state, [&state, x] { return state.host(x); });
    },
    // Also of a node that does not serve yet: others help it to.
    [&state](controller_atom) { return state.local_controller(); },
    [&state](groups_atom) { return state.groups(); },
    [&state](create_atom, const topic_spec& x) {
      return state.ask_controller<topic_info>(create_atom_v, x, false);
    },
    [&state](grow_atom, const std::string& x, int32_t partitions) {
      return state.ask_controller<topic_info>(grow_atom_v, x, partitions);
    },
    [&state](delete_atom, const std::string& x) {
      return state.ask_controller<topic_info>(delete_atom_v, x);
    },
    [&state](config_atom, const std::string& x, const topic_settings& y) {
      return state.ask_controller<topic_info>(config_atom_v, x, y);
    },
    [&state](identify_atom) {
      return state.ask_controller<producer_identity>(identify_atom_v);
    },
    [&state](watch_atom, const metadata_listener_actor& x) {
      return once_serving<metadata_update>(
        state, [&state, x]() -> caf::expected<metadata_update> {
          return state.watch(x);
        });
    },
    [&state](change_atom, const partition_change& x) {
      return state.ask_controller<partition_placement>(change_atom_v, x);
    },
    [&state](order_atom, const cluster_order& x) -> caf::result<caf::ok_atom> {
      return state.order(x);
    },
    [&state](nodes_atom) {
      return state.ask_controller<cluster_status>(nodes_atom_v);
    },
    [&state](update_atom, const metadata_update& x) { state.on_update(x); },
    [&state](backup_atom) {
      return once_serving<backup_actor>(
        state, [&state] { return state.begin_backup(); });
    },
    [&state](consumers_atom) { return state.consumers(); },
    [&state](status_atom) { return state.status(); },
    [&state](metrics_atom) { return state.metrics(); },
    [&state](stop_atom) { return state.stop(); },
    [&state](restart_atom, const uuid& incarnation) {
      return state.restart(incarnation);
    },
    [&state](tick_atom) { state.on_tick(); },
  };
}

} // namespace troupe
