#pragma once

#include <array>
#include <memory>
#include <set>
#include <string>

#include "tests/end_to_end/machine.hpp"

namespace troupe::testing {

/// Where three nodes and their clients run: on the loopback interface, unless
/// they have networks of their own.
struct cluster_site {
  /// host:port of each node; empty: a free port of the loopback interface.
  std::array<std::string, 4> addresses;
  /// Network namespaces of the nodes and of the clients; -1: of this process.
  std::array<int, 4> networks{-1, -1, -1, -1};
  int client_network = -1;
};

/// Three nodes of a cluster, processes on this machine, a fourth one that may
/// join them, and clients of theirs.
class three_nodes {
public:
  /// `pki`: a directory as './dev certs' makes it; empty: without TLS.
  explicit three_nodes(std::string pki = {}, cluster_site site = {});

  /// Node 1 to 4, of another version of the program, too; `claimed`: it takes
  /// itself for that one.
  void start(uint32_t node, const std::string& program = TROUPE_PROGRAM,
             uint32_t claimed = 0);
  void start_all();

  void send(uint32_t node, int signal) {
    nodes_[node - 1]->send(signal);
  }

  /// kill -9, until it is gone.
  void kill(uint32_t node);

  std::string log_of(uint32_t node) const {
    return nodes_[node - 1]->err();
  }

  process& at(uint32_t node) {
    return *nodes_[node - 1];
  }

  /// A client of whichever node answers, that shows the certificate `as`.
  outcome run(args command, const std::string& input = {},
              const std::string& as = "admin");
  /// A command that needs no node.
  outcome run_offline(const args& command);
  std::string ok(const args& command, const std::string& input = {});

  /// One that goes on beside the test.
  std::unique_ptr<process> begin(args command, const std::string& input = {});

  bool is_healthy(size_t nodes = 3);

  /// Of all nodes, as --connect takes them.
  std::string addresses() const;

  /// Where everything goes, and where a node's data is.
  std::string directory() const {
    return dir_.path();
  }
  std::string data_of(uint32_t node) const {
    return dir_.path(fmt::format("data_{}", node));
  }

  /// Lets the directory stay, for whoever looks into what went wrong.
  void keep() {
    dir_.keep();
  }

  /// Its records, whatever their order.
  std::multiset<std::string> all_of(const std::string& topic);

private:
  args client(args command, const std::string& as) const;

  std::string pki_;
  cluster_site site_;
  scratch_directory dir_;
  std::array<std::unique_ptr<process>, 4> nodes_;
  bool is_founded_ = false;
  int started_ = 0;
};

} // namespace troupe::testing
