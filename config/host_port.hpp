#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// Where a node is reached.
struct host_port {
  /// A name or an address; an IPv6 address without its brackets.
  std::string host;
  uint16_t port = 0;

  friend bool operator==(const host_port&, const host_port&) = default;
};

/// Reads 'example.org:4160', '10.0.0.1:4160' or '[fd00::1]:4160'; nothing when
/// it is none of these. Whether there is such a host is not asked.
std::optional<host_port> parse_host_port(std::string_view text);

} // namespace troupe
