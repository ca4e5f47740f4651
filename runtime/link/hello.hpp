#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "actors/protocol/ids.hpp"

namespace troupe::link {

/// What a process says it is.
enum class party : uint8_t {
  /// Has partitions, takes part in the cluster.
  node = 1,
  /// Asks nodes: the command line, producers, workers.
  client,
};

const char* to_string(party x);

/// The protocol between processes. It grows with what changes the meaning of
/// frames or messages; both sides must have the same.
constexpr uint16_t link_version = 1;

/// The first thing that each side says:
///
///     "TRPE", version: 2 bytes (these stay in all versions)
///     kind: 1, node id: 4, cluster id: 16, id of the door: 8,
///     CAF's name of the process: 1 (its length) + text
struct hello {
  party kind = party::client;
  /// Of a node; else 0.
  uint32_t node_id = 0;
  /// Nil: it does not know, or does not care.
  uuid cluster_id;
  /// The actor that it publishes; 0: none.
  uint64_t door = 0;
  /// As `caf::to_string(node_id)` has it; at most 255 bytes.
  std::string process;

  friend bool operator==(const hello&, const hello&) = default;
};

std::string encode(const hello& x);

/// The hello, or why it is none, in words.
std::variant<hello, std::string> decode_hello(std::string_view content);

} // namespace troupe::link
