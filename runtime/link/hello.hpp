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

/// The versions of the frames between processes that this program speaks; each
/// side says its own ones, and the newest that both speak is spoken. What is in
/// the frames has a level of its own (actors/protocol/feature_level.hpp).
constexpr uint16_t link_version_oldest = 1;
constexpr uint16_t link_version = 1;

/// The first thing that each side says:
///
///     "TRPE", newest version: 2 bytes, oldest version: 2
///     kind: 1, node id: 4, cluster id: 16, id of the door: 8,
///     CAF's name of the process: 1 (its length) + text
///
/// All of it stays as it is in all versions; a newer one may add to its end.
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
  /// That it speaks.
  uint16_t newest = link_version;
  uint16_t oldest = link_version_oldest;

  /// The version to speak with it.
  uint16_t version() const noexcept {
    return newest < link_version ? newest : link_version;
  }

  friend bool operator==(const hello&, const hello&) = default;
};

std::string encode(const hello& x);

/// The hello, or why it is none, in words.
std::variant<hello, std::string> decode_hello(std::string_view content);

} // namespace troupe::link
