#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/proxy_registry.hpp>

#include "actors/protocol/metrics_messages.hpp"
#include "runtime/link/counters.hpp"
#include "runtime/link/hello.hpp"
#include "runtime/link/outlet.hpp"
#include "runtime/link/tls_session.hpp"
#include "runtime/logger.hpp"

namespace troupe::link {

/// Says what happens on links: refusals, losses.
using reporter = log_reporter;

/// What a process says of itself to others, and demands of them.
struct hub_config {
  party kind = party::client;
  uint32_t node_id = 0;
  /// Empty: links are not encrypted, and go to this machine only.
  tls_settings tls;
  /// Not even then.
  bool insecure = false;
  limits bounds;
  /// Why a message of a peer of this role is not taken; empty: all are.
  std::function<caf::error(peer_role role, const caf::message& what)> check;
  /// Called by any thread; may be empty.
  reporter report;
};

/// All links of a process. They share one set of proxies: an actor is one proxy
/// here, whichever way its handle came. An actor of a process that there is a
/// link to is reached over that; one of another process through whoever sent
/// its handle.
class hub : public std::enable_shared_from_this<hub>,
            private caf::proxy_registry::backend {
public:
  /// Error: `invalid_argument`, when the files of TLS are not in order.
  static caf::expected<std::shared_ptr<hub>> make(caf::actor_system& system,
                                                  hub_config config);

  ~hub() override;

  /// Ends all links, and the listener. Before the actor system ends.
  void close();

  bool is_closed() const noexcept {
    return is_closed_;
  }

  const hub_config& config() const noexcept {
    return config_;
  }

  caf::actor_system& system() noexcept {
    return system_;
  }

  /// Empty: links are not encrypted.
  const std::shared_ptr<tls_context>& tls() const noexcept {
    return tls_;
  }

  const std::shared_ptr<pending_requests>& pending() const noexcept {
    return pending_;
  }

  /// The cluster that it is of, once it knows.
  void set_cluster_id(const uuid& x);

  /// What others find first.
  void set_door(const caf::strong_actor_ptr& x);

  hello introduction() const;

  /// By any thread.
  link_metrics metrics() const;

  /// What links count.
  counters& count() noexcept {
    return counters_;
  }

  /// Why a peer is not taken; empty: it is. `role` counts with TLS only.
  std::string refusal(const hello& peer, peer_role role) const;

  void report(log_level level, std::string_view event,
              const std::vector<log_field>& facts) const;

  /// A connection from `address` was not taken. Who tries again and again is
  /// named once in a while, with how often it did.
  void report_refusal(log_level level, const std::string& address,
                      const std::string& why);

  // -- who is there (any thread) ---------------------------------------------

  /// Ends it with the others. False: too late.
  bool adopt(const caf::actor& broker);
  void release(const caf::actor_addr& broker);

  /// Room for one more that has not said who it is.
  bool admit_stranger();
  void stranger_known();

  uint64_t next_number() {
    return ++last_number_;
  }

  size_t proxies_of(const caf::node_id& process) const {
    return proxies_.count_proxies(process);
  }

  // -- for the thread of the links -------------------------------------------

  void opened(const std::shared_ptr<outlet>& way);

  /// Its proxies are down, who waits for answers over it has errors.
  void lost(const std::shared_ptr<outlet>& way);

  /// A message that came over `way`. Error: it cannot be read.
  caf::error read_message(const std::shared_ptr<outlet>& way,
                          std::string_view content, envelope& x);

  /// The actor of this process, or a proxy of one of a process that there is a
  /// link to, other than `from`; else null.
  caf::strong_actor_ptr find(const actor_name& x, const outlet& from);

  /// A proxy; made, if there is none.
  caf::strong_actor_ptr proxy_for(const std::shared_ptr<outlet>& way,
                                  const actor_name& x);

  /// A new proxy in place of one that went with a lost way, when this way leads
  /// there too. Null: its actor itself has ended.
  caf::strong_actor_ptr renew(const std::shared_ptr<outlet>& way,
                              const caf::strong_actor_ptr& last);

  /// The actor behind `way` has ended.
  void ended(const outlet& way, const actor_name& x, const caf::error& reason);

private:
  hub(caf::actor_system& system, hub_config config);

  caf::strong_actor_ptr make_proxy(caf::node_id process,
                                   caf::actor_id id) override;

  void set_last_hop(caf::node_id*) override {
    // `current_` is that.
  }

  std::shared_ptr<outlet> way_to(const caf::node_id& process) const;

  caf::actor_system& system_;
  hub_config config_;
  std::shared_ptr<tls_context> tls_;
  std::shared_ptr<pending_requests> pending_;
  caf::proxy_registry proxies_;
  /// Whose message is being read.
  std::shared_ptr<outlet> current_;
  /// Changed by the thread of the links only, and read by others under the
  /// lock.
  std::vector<std::shared_ptr<outlet>> ways_;
  std::atomic<uint64_t> last_number_ = 0;
  std::atomic<bool> is_closed_ = false;
  counters counters_;
  mutable std::mutex mutex_;
  uuid cluster_id_;
  caf::actor_id door_ = 0;
  std::map<caf::actor_addr, caf::actor> brokers_;
  size_t strangers_ = 0;

  struct turned_away {
    caf::actor_clock::time_point said;
    uint64_t unsaid = 0;
  };
  /// By host and reason.
  std::map<std::string, turned_away> turned_away_;
};

} // namespace troupe::link
