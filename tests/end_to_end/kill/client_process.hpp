#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/end_to_end/kill/journal.hpp"
#include "tests/end_to_end/process.hpp"

namespace troupe::testing {

/// Where clients run, and what they talk to.
struct client_place {
  std::string directory;
  std::string program;
  /// host:port of nodes, with commas between.
  std::string addresses;
  /// A directory as './dev certs' makes it; empty: without TLS.
  std::string pki;
  /// A network namespace; -1: that of this process.
  int network = -1;
};

/// A process of clients (kill/client/main.cpp), with what it tells.
struct client_process {
  client_process(const client_place& where, const std::string& its_name,
                 const std::string& its_role, uint64_t seed);

  /// It can be asked to stop: it has begun its journal.
  bool is_up() const;

  std::string name;
  std::string role;
  journal_reader told;
  process running;
};

using client_ptr = std::unique_ptr<client_process>;

/// Whether `troupe group describe --json` tells of partitions, and none of them
/// has a lag.
bool has_no_lag(const std::string& described);

} // namespace troupe::testing
