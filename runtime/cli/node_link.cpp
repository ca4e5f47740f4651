#include "runtime/cli/node_link.hpp"

#include <set>

#include <caf/actor_cast.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/middleman_actor.hpp>

namespace troupe::cli {

namespace {

using pointer = node_actor::stateful_pointer<node_link_state>;

/// Between two attempts to reach a node that is away.
constexpr caf::timespan retry_interval = std::chrono::milliseconds{250};

void connect(pointer self, const std::string& host, uint16_t port) {
  self
    ->request(self->system().middleman().actor_handle(), caf::infinite,
              caf::connect_atom_v, host, port)
    .then(
      [=](const caf::node_id&, const caf::strong_actor_ptr& node,
          const std::set<std::string>&) {
        if (!node) {
          self->delayed_send(self, retry_interval, tick_atom_v);
          return;
        }
        self->state.node = caf::actor_cast<node_actor>(node);
        self->monitor(self->state.node);
      },
      [=](const caf::error&) {
        self->delayed_send(self, retry_interval, tick_atom_v);
      });
}

} // namespace

node_actor::behavior_type node_link(pointer self, const node_actor& node,
                                    const std::string& host, uint16_t port) {
  self->state.node = node;
  self->monitor(node);
  self->set_down_handler([self](const caf::down_msg&) {
    self->delayed_send(self, retry_interval, tick_atom_v);
  });
  auto pass = [self](auto&&... xs) {
    return self->delegate(self->state.node, std::forward<decltype(xs)>(xs)...);
  };
  return {
    [=](topics_atom x) { return pass(x); },
    [=](topic_atom x, std::string& name) { return pass(x, std::move(name)); },
    [=](locate_atom x, const topic_partition& id) { return pass(x, id); },
    [=](group_atom x, std::string& group) { return pass(x, std::move(group)); },
    [=](groups_atom x) { return pass(x); },
    [=](create_atom x, topic_spec& spec) { return pass(x, std::move(spec)); },
    [=](grow_atom x, std::string& name, int32_t partitions) {
      return pass(x, std::move(name), partitions);
    },
    [=](delete_atom x, std::string& name) { return pass(x, std::move(name)); },
    [=](config_atom x, std::string& name, topic_settings& settings) {
      return pass(x, std::move(name), std::move(settings));
    },
    [=](identify_atom x) { return pass(x); },
    [=](watch_atom x, const metadata_listener_actor& listener) {
      return pass(x, listener);
    },
    [=](status_atom x) { return pass(x); },
    // Only a node's own controller tells it of changes.
    [](update_atom, const metadata_update&) {},
    [=](consumers_atom x) { return pass(x); },
    [=](stop_atom x) { return pass(x); },
    [=](tick_atom) { connect(self, host, port); },
  };
}

} // namespace troupe::cli
