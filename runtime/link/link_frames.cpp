// What passes over a link that is open.
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_proxy.hpp>
#include <caf/system_messages.hpp>
#include <fmt/format.h>

#include "actors/protocol/encoding.hpp"
#include "runtime/link/link.hpp"

namespace troupe::link {

void link_broker::on_frame(const frame& x) {
  if (x.kind == frame_kind::hello)
    return on_hello(x.content);
  if (x.kind == frame_kind::bye)
    return end(is_open() ? log_level::info : log_level::warning,
               fmt::format("it says: {}", x.content));
  if (!is_open())
    return;
  switch (x.kind) {
    case frame_kind::message:
      return on_message(x);
    case frame_kind::credit:
      return on_credit(x.content);
    case frame_kind::ping:
      return write(make_frame(frame_kind::pong));
    case frame_kind::monitor:
      return on_monitor(x.content);
    case frame_kind::down:
      return on_down(x.content);
    default:
      // A pong has said by coming that somebody is there.
      return;
  }
}

// -- messages ----------------------------------------------------------------

void link_broker::on_message(const frame& x) {
  envelope read;
  if (auto failed = hub_->read_message(way_, x.content, read))
    return end_for_garbage(
      fmt::format("a message that cannot be read: {}", what(failed)),
      "a message that cannot be read");
  owed_ += frame_header_bytes + x.content.size();
  deliver(std::move(read));
}

void link_broker::deliver(envelope x) {
  auto receiver = hub_->find(x.receiver, *way_);
  if (!receiver)
    return link::bounce(x.sender, x.mid, caf::sec::request_receiver_down);
  // Nobody ends actors of another process.
  if (x.content.match_elements<caf::exit_msg>() || is_about_links(x, receiver))
    return;
  if (is_refused(x))
    return;
  if (x.mid.is_response())
    hub_->pending()->remove(receiver, x.mid);
  receiver->enqueue(caf::make_mailbox_element(std::move(x.sender), x.mid,
                                              std::move(x.stages),
                                              std::move(x.content)),
                    nullptr);
}

bool link_broker::is_refused(const envelope& x) {
  const auto& check = hub_->config().check;
  if (!check || x.mid.is_response())
    return false;
  auto why = check(role_, x.content);
  // An answer would go to those as a request of this process.
  if (!why && role_ != peer_role::node && !x.stages.empty())
    why = make_error(ec::not_allowed, "an answer goes to who asks");
  if (!why)
    return false;
  counters::add(hub_->count().requests_refused);
  // The same of the same peer is said once.
  auto text = what(why);
  if (refusals_.insert(text).second)
    hub_->report(log_level::warning, "request refused",
                 {{"address", address_},
                  {"name", tls_ ? tls_->common_name() : ""},
                  {"why", text}});
  link::bounce(x.sender, x.mid, why);
  return true;
}

bool link_broker::is_about_links(const envelope& x,
                                 const caf::strong_actor_ptr& receiver) {
  auto is_link =
    x.content.match_elements<caf::link_atom, caf::strong_actor_ptr>();
  if (!is_link
      && !x.content.match_elements<caf::unlink_atom, caf::strong_actor_ptr>())
    return false;
  const auto& other = x.content.get_as<caf::strong_actor_ptr>(1);
  if (!other || other->node() == system().node())
    return true;
  auto* remote = static_cast<caf::actor_proxy*>(
    caf::actor_cast<caf::abstract_actor*>(other));
  if (is_link)
    remote->add_link(receiver->get());
  else
    remote->remove_link(receiver->get());
  return true;
}

void link_broker::pay_credit() {
  if (owed_ == 0)
    return;
  std::string content;
  put_big_endian(content, std::exchange(owed_, 0));
  write(make_frame(frame_kind::credit, content));
}

void link_broker::on_credit(std::string_view content) {
  if (content.size() != sizeof(uint64_t)
      || !way_->frames().answered(get_big_endian<uint64_t>(content, 0)))
    end_for_garbage("it takes more than it was sent", "wrong credit");
}

// -- ends of actors ----------------------------------------------------------

void link_broker::on_monitor(std::string_view content) {
  actor_name x;
  if (read_monitor(system(), content, x))
    return end_for_garbage("a monitor that cannot be read",
                           "a monitor that cannot be read");
  auto found = hub_->find(x, *way_);
  if (!found)
    return write(write_down(system(), x, caf::exit_reason::unknown));
  if (watched_.insert(caf::actor_cast<caf::actor_addr>(found)).second)
    monitor(caf::actor_cast<caf::actor>(found));
}

void link_broker::on_local_end(const caf::down_msg& x) {
  watched_.erase(x.source);
  // Behind what it said before.
  if (is_open())
    way_->frames().put_control(
      write_down(system(), {x.source.node(), x.source.id()}, x.reason));
}

void link_broker::on_down(std::string_view content) {
  actor_name x;
  caf::error reason;
  if (read_down(system(), content, x, reason))
    return end_for_garbage("a down that cannot be read",
                           "a down that cannot be read");
  hub_->ended(*way_, x, reason);
}

} // namespace troupe::link
