#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "tests/dice.hpp"
#include "tests/end_to_end/network/namespaces.hpp"

namespace troupe::testing {

/// What is done to nodes, clients and lines.
enum class fault_kind {
  kill,
  pause,
  isolate,
  isolate_in,
  isolate_out,
  cut_line,
  cut_one_way,
  slow,
  hold,
  reset,
  kill_producer,
  kill_consumer,
};

inline constexpr fault_kind fault_kinds[] = {
  fault_kind::kill,        fault_kind::pause,         fault_kind::isolate,
  fault_kind::isolate_in,  fault_kind::isolate_out,   fault_kind::cut_line,
  fault_kind::cut_one_way, fault_kind::slow,          fault_kind::hold,
  fault_kind::reset,       fault_kind::kill_producer, fault_kind::kill_consumer,
};

/// 'kill -9', 'cut off both ways'.
std::string to_string(fault_kind x);

/// One of them, drawn.
struct fault {
  fault_kind kind = fault_kind::kill;
  /// A node; for lines its other end, maybe the clients'.
  host node = 1;
  host other = 2;
  /// Isolated also from the clients.
  bool from_clients = false;
  std::chrono::milliseconds length{0};
  /// By which a line delays all bytes.
  std::chrono::milliseconds delay{0};
};

/// 'node 2: kill -9 for 1.2 s'.
std::string to_string(const fault& x);

/// A line of two hosts, the smaller one first.
using line = std::pair<host, host>;

/// 'node 2 - clients'.
std::string to_string(const line& x);

/// `lines`: those that can be slow, stall and break; at least one.
fault draw_fault(dice& random, const std::vector<line>& lines);

} // namespace troupe::testing
