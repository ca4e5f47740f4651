#include "runtime/simulation/remote_actor.hpp"

#include <utility>

#include <caf/message.hpp>

namespace troupe::simulation {

remote_actor::remote_actor(caf::actor_config& config, sender send)
  : caf::actor_proxy(config), send_(std::move(send)) {}

void remote_actor::enqueue(caf::mailbox_element_ptr what,
                           caf::execution_unit* context) {
  if (send_)
    send_(node(), id(), *what);
  else if (what->mid.is_request() && what->sender)
    what->sender->enqueue(
      nullptr, what->mid.response_id(),
      caf::make_message(make_error(caf::exit_reason::remote_link_unreachable)),
      context);
}

void remote_actor::kill_proxy(caf::execution_unit* context, caf::error reason) {
  send_ = nullptr;
  cleanup(std::move(reason), context);
}

} // namespace troupe::simulation
