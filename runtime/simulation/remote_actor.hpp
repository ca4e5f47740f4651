#pragma once

#include <functional>

#include <caf/actor_proxy.hpp>
#include <caf/mailbox_element.hpp>

namespace troupe::simulation {

/// Stands for an actor of another system: what it gets goes to `send`.
class remote_actor : public caf::actor_proxy {
public:
  using sender = std::function<void(const caf::node_id& node, caf::actor_id id,
                                    caf::mailbox_element& what)>;

  remote_actor(caf::actor_config& config, sender send);

  void enqueue(caf::mailbox_element_ptr what,
               caf::execution_unit* context) override;

  /// It is reached no more: who watches it is told, who asks it is answered.
  void kill_proxy(caf::execution_unit* context, caf::error reason) override;

private:
  sender send_;
};

} // namespace troupe::simulation
