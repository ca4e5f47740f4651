#include "runtime/link/outlet.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>
#include <fmt/format.h>

#include "actors/protocol/errors.hpp"

namespace troupe::link {

namespace {

caf::error unreachable() {
  return caf::exit_reason::remote_link_unreachable;
}

/// Wakes a link without keeping it alive.
std::function<void()> waker(const caf::actor_addr& broker) {
  return [broker] {
    if (auto x = caf::actor_cast<caf::actor>(broker))
      caf::anon_send(x, caf::flush_atom_v);
  };
}

} // namespace

outlet::outlet(caf::actor_system& system, const limits& bounds,
               std::shared_ptr<pending_requests> pending, uint64_t number,
               std::string peer, caf::node_id process,
               const caf::actor_addr& broker)
  : system_(system), pending_(std::move(pending)), number_(number),
    peer_(std::move(peer)), process_(std::move(process)), broker_(broker),
    channel_(bounds, waker(broker)) {}

caf::error outlet::overloaded() const {
  return make_error(ec::not_available,
                    fmt::format("overloaded: {} has not taken what it was sent "
                                "before, {} bytes",
                                peer_, channel_.unanswered()));
}

void outlet::send(const actor_name& receiver, caf::mailbox_element& what) {
  envelope x;
  x.receiver = receiver;
  x.mid = what.mid;
  x.sender = std::move(what.sender);
  x.stages = std::move(what.stages);
  if (!is_open())
    return bounce(x.sender, x.mid, unreachable());
  // Spares writing out what could not go.
  if (x.mid.is_request() && channel_.is_full(1))
    return bounce(x.sender, x.mid, overloaded());
  x.content = what.move_content_to_message();
  // Nobody ends actors of another process: links end by 'down' frames.
  if (!x.content.match_elements<caf::exit_msg>())
    send(std::move(x));
}

void outlet::send(envelope x) {
  auto frame = write(system_, x);
  auto failed = frame ? caf::error{} : frame.error();
  if (!failed && frame->size() > frame_bytes_max)
    failed =
      make_error(ec::invalid_argument,
                 fmt::format("a message of {} bytes cannot go to another "
                             "process; at most {}",
                             frame->size(), frame_bytes_max));
  if (failed && !x.mid.is_response())
    return bounce(x.sender, x.mid, failed);
  if (failed) {
    x.content = caf::make_message(failed);
    frame = write(system_, x);
    if (!frame)
      return;
  }
  if (x.mid.is_request())
    send_request(x, std::move(*frame));
  else
    send_answer(std::move(x), std::move(*frame));
}

void outlet::send_request(const envelope& x, buffer frame) {
  // Known before it is gone: its answer may come at once.
  if (x.sender)
    pending_->add(number_, x.sender, x.mid, x.receiver.process, x.receiver.id);
  auto result = channel_.put(std::move(frame));
  if (result == channel::verdict::taken)
    return;
  // Else the loss of the link has answered it.
  if (pending_->remove(x.sender, x.mid.response_id()))
    bounce(x.sender, x.mid,
           result == channel::verdict::full ? overloaded() : unreachable());
}

void outlet::send_answer(envelope x, buffer frame) {
  if (!x.mid.is_response()) {
    static_cast<void>(channel_.put_reserved(std::move(frame)));
    return;
  }
  if (channel_.is_full(frame.size())) {
    // The one who asked can ask again.
    x.content = caf::make_message(overloaded());
    auto shorter = write(system_, x);
    if (shorter && shorter->size() < frame.size())
      frame = std::move(*shorter);
  }
  static_cast<void>(channel_.put_reserved(std::move(frame)));
}

void outlet::send_later(const caf::strong_actor_ptr& proxy,
                        caf::message what) const {
  if (auto x = caf::actor_cast<caf::actor>(broker_))
    caf::anon_send(x, caf::forward_atom_v, proxy, std::move(what));
}

} // namespace troupe::link
