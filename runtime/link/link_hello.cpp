// How both sides of a link come to know each other.
#include <utility>

#include <caf/actor_registry.hpp>
#include <fmt/format.h>

#include "runtime/link/link.hpp"

namespace troupe::link {

void link_broker::on_established() {
  if (tls_)
    role_ = tls_->role();
  if (side_ == side::server)
    return;
  if (tls_ && role_ != peer_role::node) {
    fault_ = fault::tls;
    return end(log_level::warning,
               fmt::format("it shows a certificate with OU={}; a node has "
                           "OU=node",
                           to_string(role_)));
  }
  say_hello();
}

void link_broker::say_hello() {
  write(make_frame(frame_kind::hello, encode(hub_->introduction())));
}

void link_broker::on_hello(std::string_view content) {
  if (is_open())
    return end_for_garbage("it says hello again", "hello again");
  auto read = decode_hello(content);
  if (const auto* why = std::get_if<std::string>(&read))
    return end(log_level::warning, *why, *why);
  const auto& peer = std::get<hello>(read);
  if (auto why = hub_->refusal(peer, role_); !why.empty())
    return end(log_level::warning, why, "refused: " + why);
  if (side_ == side::client && peer.kind != party::node)
    return end(log_level::warning, "it is no node");
  open(peer);
}

void link_broker::open(const hello& peer) {
  caf::node_id process;
  if (caf::parse(peer.process, process))
    return end(log_level::warning, "it has no name", "no name of the process");
  if (process == system().node())
    return meet_itself(peer);
  decoder_.trust();
  // Without certificates it is what it says.
  if (!tls_)
    role_ = peer.kind == party::node ? peer_role::node : peer_role::admin;
  if (side_ == side::server)
    say_hello();
  if (std::exchange(is_stranger_, false))
    hub_->stranger_known();
  way_ =
    std::make_shared<outlet>(system(), hub_->config().bounds, hub_->pending(),
                             hub_->next_number(), address_, process, address());
  hub_->opened(way_);
  hub_->report(log_level::debug, "link opened",
               {{"address", address_},
                {"kind", to_string(peer.kind)},
                {"node", std::to_string(peer.node_id)},
                {"name", tls_ ? tls_->common_name() : ""},
                {"role", to_string(role_)},
                {"version", std::to_string(peer.version())}});
  if (peer.door != 0)
    door_ = hub_->proxy_for(way_, {process, peer.door});
  for (auto& x : std::exchange(waiting_for_door_, {}))
    if (door_)
      x.deliver(door_);
    else
      x.deliver(make_error(ec::not_available,
                           address_ + " is not reached: no node is there"));
}

void link_broker::meet_itself(const hello& peer) {
  is_to_itself_ = true;
  if (side_ == side::server) {
    say_hello();
    return;
  }
  door_ = system().registry().get(peer.door);
  if (!door_)
    return end(log_level::warning,
               "CAF gave the process there the same name as this one");
  // It ends when it has not opened in time.
  for (auto& x : std::exchange(waiting_for_door_, {}))
    x.deliver(door_);
}

void link_broker::not_reached(const std::string& why) {
  for (auto& x : std::exchange(waiting_for_door_, {}))
    x.deliver(no_way(why));
}

caf::error link_broker::no_way(const std::string& why) const {
  return make_error(ec::not_available,
                    fmt::format("{} is not reached: {}", address_, why));
}

} // namespace troupe::link
