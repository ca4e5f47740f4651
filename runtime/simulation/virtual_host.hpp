#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <caf/actor_registry.hpp>
#include <caf/make_actor.hpp>
#include <caf/proxy_registry.hpp>

#include "runtime/simulation/remote_actor.hpp"
#include "runtime/simulation/virtual_network.hpp"

namespace troupe::simulation {

/// A process, and what it knows of others.
struct virtual_network::host : caf::proxy_registry::backend {
  host(virtual_network* owner, host_id number, uint64_t seed)
    : net(owner), id(number),
      sys(std::make_unique<virtual_system>(seed, true)) {
    proxies.emplace(sys->system(), *this);
  }

  ~host() override {
    is_ending = true;
    doors.clear();
    // Others know these: nothing else would end them.
    auto& system = sys->system();
    for (caf::actor_id x = 1; x <= system.latest_actor_id(); ++x)
      if (auto known = caf::actor_cast<caf::actor>(system.registry().get(x)))
        caf::anon_send_exit(known, caf::exit_reason::kill);
    sys->end_actors();
    proxies->clear();
    sys->end_actors();
    sys.reset();
  }

  host(const host&) = delete;
  host& operator=(const host&) = delete;

  const caf::node_id& node() const {
    return sys->system().node();
  }

  caf::strong_actor_ptr make_proxy(caf::node_id nid,
                                   caf::actor_id aid) override {
    caf::actor_config config;
    auto* other = is_ending ? nullptr : net->find(nid);
    auto result = caf::make_actor<remote_actor, caf::strong_actor_ptr>(
      aid, nid, &sys->system(), config,
      [this](const caf::node_id& whose, caf::actor_id whom,
             caf::mailbox_element& what) {
        if (!is_ending)
          net->send(*this, whose, whom, what);
      });
    if (other == nullptr) {
      static_cast<remote_actor*>(caf::actor_cast<caf::abstract_actor*>(result))
        ->kill_proxy(nullptr, caf::exit_reason::remote_link_unreachable);
    } else {
      letter x;
      x.kind = letter_kind::watch;
      x.to = aid;
      net->post(*this, *other, std::move(x));
    }
    return result;
  }

  void set_last_hop(caf::node_id*) override {
    // Everything comes straight from where it was sent.
  }

  virtual_network* net;
  host_id id;
  std::unique_ptr<virtual_system> sys;
  std::optional<caf::proxy_registry> proxies;
  std::map<std::string, caf::strong_actor_ptr> doors;
  /// Requests to others without an answer, by who asked and as what.
  std::map<std::pair<caf::actor_id, uint64_t>, host_id> pending;
  bool is_paused = false;
  bool is_ending = false;
};

} // namespace troupe::simulation
