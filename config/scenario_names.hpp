#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "config/settings.hpp"

/// How scenarios name partitions and processes.
namespace troupe::scenario {

/// How long a step may take unless it says otherwise; then the run fails.
inline constexpr milliseconds default_within = 60s;

/// A partition as scenarios write it: 'messages-0'.
struct partition_name {
  std::string topic;
  int32_t partition = 0;

  friend auto operator<=>(const partition_name&,
                          const partition_name&) = default;
};

/// 'messages-0'
std::string to_string(const partition_name& x);

/// The reverse: what follows the last '-' is the partition.
std::optional<partition_name> parse_partition_name(const std::string& text);

/// A process of a cluster. Who is meant is found when the step is played.
struct host_name {
  enum class kind : uint8_t {
    /// By its id: 1, or 'node-1'.
    node,
    /// 'worker-1': a process with clients and no partitions.
    worker,
    /// 'leader of messages-0'
    leader,
    /// 'coordinator of SMSGroup': the node that it lives on.
    coordinator,
    /// 'controller': the node that leads the controllers.
    controller,
    /// 'others': all that the step does not name otherwise.
    others,
    /// As a `name_node` step has called it.
    given,
  };

  kind what = kind::node;
  /// Of a node or a worker.
  uint32_t number = 0;
  /// Who is led.
  partition_name partition;
  /// A group, or a name that was given.
  std::string text;

  friend bool operator==(const host_name&, const host_name&) = default;
};

/// As scenarios write it.
std::string to_string(const host_name& x);

/// The reverse; nothing: it is none (a text that could be a given name is one).
std::optional<host_name> parse_host_name(const std::string& text);

} // namespace troupe::scenario
