#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/end_to_end/cluster/three_nodes.hpp"
#include "tests/end_to_end/kill/client_process.hpp"
#include "tests/end_to_end/network/fault.hpp"
#include "tests/end_to_end/network/line_proxy.hpp"
#include "tests/end_to_end/network/namespaces.hpp"
#include "tests/runtime/link/certificates.hpp"

namespace troupe::testing {

/// Three nodes, each with a network of its own, and the lines between them and
/// the clients: what faults are done to.
class network_world {
public:
  /// In which lines proxies stand is drawn.
  explicit network_world(dice& random);

  three_nodes& nodes() noexcept {
    return nodes_;
  }

  /// For clients that `client_process` starts.
  client_place clients() const;

  /// Those with proxies.
  const std::vector<line>& lines() const noexcept {
    return lines_;
  }

  /// For people.
  std::string describe();

  /// Faults of nodes and lines; those of clients are none of its.
  void begin(const fault& x);
  void end(const fault& x);

  /// All lines are as good as new.
  void heal();

  /// A node has ended that nobody has killed.
  bool has_lost_a_node();

  uint64_t connections_broken() const;

private:
  void isolate(const fault& x, bool is_cut);
  void set_line(host from, host to, bool is_cut);
  line_proxy& proxy_of(const fault& x);

  scratch_directory scratch_;
  namespaces net_;
  /// Nodes on several machines do not talk without encryption.
  tests::certificates pki_;
  std::vector<line> lines_;
  std::map<line, std::unique_ptr<line_proxy>> proxies_;
  three_nodes nodes_;
  /// Nodes that were killed.
  std::set<host> down_;
};

} // namespace troupe::testing
