#include "runtime/link/proxy.hpp"

#include <utility>

#include <caf/atom.hpp>
#include <caf/message.hpp>

namespace troupe::link {

proxy::proxy(caf::actor_config& config, std::shared_ptr<outlet> way)
  : caf::actor_proxy(config), way_(std::move(way)) {}

void proxy::enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) {
  if (getf(is_terminated_flag))
    return bounce(what);
  way_->send(actor_name{node(), id()}, *what);
}

bool proxy::add_backlink(caf::abstract_actor* x) {
  if (!caf::actor_proxy::add_backlink(x))
    return false;
  way_->send_later(ctrl(), caf::make_message(caf::link_atom_v,
                                             caf::strong_actor_ptr{x->ctrl()}));
  return true;
}

bool proxy::remove_backlink(caf::abstract_actor* x) {
  if (!caf::actor_proxy::remove_backlink(x))
    return false;
  way_->send_later(ctrl(), caf::make_message(caf::unlink_atom_v,
                                             caf::strong_actor_ptr{x->ctrl()}));
  return true;
}

void proxy::kill_proxy(caf::execution_unit* context, caf::error reason) {
  if (!way_->is_open())
    cleanup(std::move(reason), context);
}

void proxy::end(caf::error reason) {
  cleanup(std::move(reason), nullptr);
}

} // namespace troupe::link
