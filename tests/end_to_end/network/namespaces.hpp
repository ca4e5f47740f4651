#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace troupe::testing {

/// A machine of the test's own network: nodes 1 to 3, and one of all clients.
using host = uint32_t;
inline constexpr host client_host = 4;
inline constexpr host host_count = 4;

/// Four hosts, a network namespace each, on one switch, a fifth. They have no
/// names and nobody else's network is touched: with the last descriptor and
/// process the kernel takes all of it away, however the test ends. To look into
/// one: nsenter --net=/proc/PID/ns/net, PID being of a process in it.
class namespaces {
public:
  /// Why this machine can have none, for people; empty: it can. `directory`:
  /// where the output of commands goes.
  static std::string obstacle(const std::string& directory);

  /// Throws when a command fails.
  explicit namespaces(std::string directory);

  ~namespaces();

  namespaces(const namespaces&) = delete;
  namespaces& operator=(const namespaces&) = delete;

  /// Their descriptors.
  int of(host x) const {
    return networks_[x - 1];
  }
  int of_switch() const {
    return networks_[host_count];
  }

  /// Its IP address.
  static std::string address_of(host x);

  /// That of the proxy that may stand in the line of two hosts, on the switch.
  static std::string proxy_of(host x, host y);

  /// Nothing that `from` sends reaches `to`: no reset, no answer.
  void cut(host from, host to);
  void mend(host from, host to);
  void heal();

  /// From now on new connections between two hosts to this port go through the
  /// proxy of their line.
  void divert(host x, host y, uint16_t port);

private:
  /// Filters as `cuts_` has them, one command a host.
  void filter();

  std::string directory_;
  std::array<int, host_count + 1> networks_;
  std::set<std::pair<host, host>> cuts_;
};

} // namespace troupe::testing
