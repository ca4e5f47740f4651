#include "runtime/node_link.hpp"

#include <utility>

#include <caf/actor_cast.hpp>

namespace troupe {

namespace {

using pointer = node_actor::stateful_pointer<node_link_state>;

/// Between two attempts to reach a node that is away.
constexpr caf::timespan retry_interval = std::chrono::milliseconds{250};

constexpr caf::timespan connect_timeout = std::chrono::seconds{10};

void take(pointer self, node_actor node) {
  self->state.node = std::move(node);
  self->monitor(self->state.node);
}

void say(pointer self, log_level level, std::string_view event,
         const std::vector<log_field>& facts) {
  if (self->state.report)
    self->state.report(level, event, facts);
}

void connect(pointer self) {
  auto& state = self->state;
  auto address = state.addresses[state.next];
  state.next = (state.next + 1) % state.addresses.size();
  // Others are tried at once, all of them after a while again.
  auto pause = state.next == 0 ? retry_interval : caf::timespan{0};
  self->request(state.reach, connect_timeout, caf::connect_atom_v, address)
    .then(
      [=](const caf::strong_actor_ptr& node) {
        self->state.refusals.clear();
        say(self, log_level::info, "node reached", {{"address", address}});
        take(self, caf::actor_cast<node_actor>(node));
      },
      [=](const caf::error& why) {
        // The same again and again is said once.
        auto& last = self->state.refusals[address];
        if (std::exchange(last, what(why)) != what(why))
          say(self, log_level::warning, "node not reached",
              {{"address", address}, {"why", what(why)}});
        self->delayed_send(self, pause, tick_atom_v);
      });
}

void lose_node(pointer self, const std::string& why) {
  self->state.node = nullptr;
  say(
    self, log_level::warning, "node lost",
    {{"why", why}, {"unanswered", std::to_string(self->state.waiting.size())}});
  for (auto& [serial, promise] : std::exchange(self->state.waiting, {}))
    promise.deliver(make_error(ec::not_available, why));
  self->delayed_send(self, retry_interval, tick_atom_v);
}

/// Passes a request on. CAF tells nobody who asks through a lost connection, or
/// one that is about to be, that no answer will come: so the link remembers who
/// waits, and asks nobody while there is no node.
template <class Result, class... Ts>
caf::typed_response_promise<Result> pass(pointer self, Ts&&... xs) {
  auto promise = self->make_response_promise<Result>();
  if (!self->state.node) {
    promise.deliver(make_error(ec::not_available, "the node is away"));
    return promise;
  }
  auto serial = ++self->state.passed;
  self->state.waiting.emplace(serial, promise);
  self->request(self->state.node, caf::infinite, std::forward<Ts>(xs)...)
    .then(
      [=](Result& x) mutable {
        if (self->state.waiting.erase(serial) > 0)
          promise.deliver(std::move(x));
      },
      [=](caf::error& x) mutable {
        if (self->state.waiting.count(serial) == 0)
          return;
        if (code_of(x) == ec::shutting_down) {
          // Others go on: they are asked from now on.
          self->demonitor(self->state.node.address());
          return lose_node(self, what(x));
        }
        self->state.waiting.erase(serial);
        promise.deliver(std::move(x));
      });
  return promise;
}

} // namespace

node_actor::behavior_type node_link(pointer self, const connector_actor& reach,
                                    const std::vector<std::string>& addresses,
                                    const node_actor& node,
                                    const log_reporter& report) {
  self->state.reach = reach;
  self->state.addresses = addresses;
  self->state.report = report;
  self->set_down_handler([self](const caf::down_msg&) {
    lose_node(self, "the connection to the node was lost before it answered");
  });
  if (node)
    take(self, node);
  else
    connect(self);
  using topics = std::vector<topic_info>;
  using consumers = std::vector<consumer_status>;
  using names = std::vector<std::string>;
  return {
    [=](topics_atom x) { return pass<topics>(self, x); },
    [=](topic_atom x, std::string& name) {
      return pass<topic_info>(self, x, std::move(name));
    },
    [=](locate_atom x, const topic_partition& id) {
      return pass<partition_actor>(self, x, id);
    },
    [=](group_atom x, std::string& group) {
      return pass<coordinator_actor>(self, x, std::move(group));
    },
    [=](host_atom x, const topic_partition& id) {
      return pass<partition_actor>(self, x, id);
    },
    [=](host_atom x, std::string& group) {
      return pass<coordinator_actor>(self, x, std::move(group));
    },
    [=](controller_atom x) { return pass<controller_actor>(self, x); },
    [=](groups_atom x) { return pass<names>(self, x); },
    [=](create_atom x, topic_spec& spec) {
      return pass<topic_info>(self, x, std::move(spec));
    },
    [=](grow_atom x, std::string& name, int32_t partitions) {
      return pass<topic_info>(self, x, std::move(name), partitions);
    },
    [=](delete_atom x, std::string& name) {
      return pass<topic_info>(self, x, std::move(name));
    },
    [=](config_atom x, std::string& name, topic_settings& settings) {
      return pass<topic_info>(self, x, std::move(name), std::move(settings));
    },
    [=](identify_atom x) { return pass<producer_identity>(self, x); },
    [=](watch_atom x, const metadata_listener_actor& listener) {
      return pass<metadata_update>(self, x, listener);
    },
    [=](status_atom x) { return pass<node_status>(self, x); },
    [=](metrics_atom x) { return pass<node_metrics>(self, x); },
    [=](change_atom x, const partition_change& change) {
      return pass<partition_placement>(self, x, change);
    },
    [=](order_atom x, const cluster_order& order) {
      return pass<caf::ok_atom>(self, x, order);
    },
    [=](nodes_atom x) { return pass<cluster_status>(self, x); },
    // Only a node's own controller tells it of changes.
    [](update_atom, const metadata_update&) {},
    [=](backup_atom x) { return pass<backup_actor>(self, x); },
    [=](consumers_atom x) { return pass<consumers>(self, x); },
    [=](stop_atom x) { return pass<caf::ok_atom>(self, x); },
    [=](restart_atom x, const uuid& incarnation) {
      return pass<caf::ok_atom>(self, x, incarnation);
    },
    [=](tick_atom) { connect(self); },
  };
}

} // namespace troupe
