#pragma once

#include <string_view>
#include <vector>

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/message.hpp>
#include <caf/message_id.hpp>
#include <caf/node_id.hpp>
#include <caf/proxy_registry.hpp>

#include "runtime/link/frame.hpp"

namespace troupe::link {

/// An actor as processes name it to each other.
struct actor_name {
  caf::node_id process;
  caf::actor_id id = 0;
};

/// A message on its way to an actor of another process. Its bytes are what
/// CAF's binary serializer makes of the fields, in this order.
struct envelope {
  actor_name receiver;
  caf::message_id mid;
  caf::strong_actor_ptr sender;
  std::vector<caf::strong_actor_ptr> stages;
  caf::message content;
};

/// A `message` frame. Local actors that it names can be reached by others from
/// then on.
caf::expected<buffer> write(caf::actor_system& system, const envelope& x);

/// Actors of other processes become proxies of the registry. An error: the
/// bytes are not what `write` makes.
caf::error read(caf::actor_system& system, caf::proxy_registry& proxies,
                std::string_view content, envelope& x);

/// A `monitor` frame.
buffer write_monitor(caf::actor_system& system, const actor_name& x);
caf::error read_monitor(caf::actor_system& system, std::string_view content,
                        actor_name& x);

/// A `down` frame.
buffer write_down(caf::actor_system& system, const actor_name& x,
                  const caf::error& reason);
caf::error read_down(caf::actor_system& system, std::string_view content,
                     actor_name& x, caf::error& reason);

} // namespace troupe::link
