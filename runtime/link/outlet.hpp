#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include <caf/actor_addr.hpp>
#include <caf/actor_system.hpp>
#include <caf/mailbox_element.hpp>

#include "runtime/link/channel.hpp"
#include "runtime/link/envelope.hpp"
#include "runtime/link/pending_requests.hpp"

namespace troupe::link {

/// The way out over one link: what proxies of actors behind it hold. Its errors
/// go to who asks; see `send`.
class outlet {
public:
  /// `peer`: in words. `process`: CAF's name of it. `broker`: the link.
  outlet(caf::actor_system& system, const limits& bounds,
         std::shared_ptr<pending_requests> pending, uint64_t number,
         std::string peer, caf::node_id process, const caf::actor_addr& broker);

  /// Sends on what somebody sent to an actor of another process. A request that
  /// does not get away is answered at once: `not_available`, 'overloaded', when
  /// the window is full; `remote_link_unreachable` when the link is lost. An
  /// answer that does not fit is replaced by that error.
  void send(const actor_name& receiver, caf::mailbox_element& what);

  /// Lets the link send this, from its own thread: for callers that hold locks
  /// of actors.
  void send_later(const caf::strong_actor_ptr& proxy, caf::message what) const;

  channel& frames() noexcept {
    return channel_;
  }

  bool is_open() const {
    return channel_.is_open();
  }

  uint64_t number() const noexcept {
    return number_;
  }

  const caf::node_id& process() const noexcept {
    return process_;
  }

  const std::string& peer() const noexcept {
    return peer_;
  }

  /// Processes behind the other side that something was sent to. Only for the
  /// thread of the links.
  std::set<caf::node_id> relayed;

private:
  void send(envelope x);
  void send_request(const envelope& x, buffer frame);
  void send_answer(envelope x, buffer frame);
  caf::error overloaded() const;

  caf::actor_system& system_;
  std::shared_ptr<pending_requests> pending_;
  uint64_t number_;
  std::string peer_;
  caf::node_id process_;
  caf::actor_addr broker_;
  channel channel_;
};

} // namespace troupe::link
