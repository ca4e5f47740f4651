#pragma once

#include <array>
#include <memory>
#include <string>

#include "runtime/cli/client.hpp"
#include "tests/bench/bench.hpp"
#include "tests/end_to_end/process.hpp"

namespace troupe::bench {

/// Three nodes of a cluster on this machine, each a process as users have it,
/// and a client of theirs in this one.
class cluster_there {
public:
  /// `consumers` as in a node's configuration, of each node.
  cluster_there(std::string directory, std::string consumers);

  /// Node 1 to 3.
  void start(uint32_t node);

  /// kill -9, until it is gone.
  void kill(uint32_t node);

  cli::client& client() {
    return *client_;
  }

  /// Every partition has a leader and all its replicas in sync, of three nodes
  /// that live.
  void wait_until_healthy();

  cluster_status status();

  topic_info create(const std::string& topic, int32_t partitions,
                    uint32_t replicas);

  /// Of all three.
  double cpu_seconds() const;
  uint64_t resident_bytes() const;

private:
  bool is_healthy();

  std::string directory_;
  std::string consumers_;
  std::array<uint16_t, 3> ports_;
  std::array<std::unique_ptr<testing::process>, 3> nodes_;
  std::unique_ptr<cli::client> client_;
  int started_ = 0;
};

} // namespace troupe::bench
