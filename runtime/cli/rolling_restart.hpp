#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "runtime/cli/cluster_overview.hpp"

namespace troupe::cli {

/// Restarts nodes one after the other so that the cluster serves all the time:
/// the next one only once all are up and in sync again, and the one that leads
/// the controllers last. Decides; somebody else looks and gives the orders.
class rolling_restart {
public:
  /// None: all that the cluster has.
  explicit rolling_restart(std::vector<uint32_t> nodes);

  struct step {
    enum class kind : uint8_t {
      /// Look again later.
      wait,
      /// Tell `node` to restart, and `ordered` if it will.
      restart,
      done,
    };
    kind what = kind::wait;
    uint32_t node = 0;
    /// What is waited for.
    std::string why;
    /// The process that is to restart.
    uuid incarnation = {};
  };

  step next(const overview& now);

  /// The node was told to restart.
  void ordered(uint32_t node);

  const std::vector<uint32_t>& restarted() const noexcept {
    return restarted_;
  }

  /// Those that were not, in the order in which they are asked for; the one
  /// whose restart is not over is among them.
  std::vector<uint32_t> left() const;

private:
  step wait(std::string why);

  bool is_all_;
  std::set<uint32_t> left_;
  /// Whose restart is not over; 0: none.
  uint32_t current_ = 0;
  /// Of its process, before.
  uuid incarnation_;
  std::vector<uint32_t> restarted_;
  /// Looks in a row that found all well: a node that was just restarted may
  /// tell of the past.
  uint32_t well_ = 0;
};

} // namespace troupe::cli
