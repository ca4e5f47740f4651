#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <boost/json/object.hpp>
#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include "actors/protocol/interfaces.hpp"

/// What the console's page asks for, and does. Every function blocks until it
/// has the answer; errors are those of whoever was asked, `invalid_argument`
/// for a request that cannot be read.
namespace troupe::http {

/// Where to ask.
struct console_api {
  caf::actor_system& system;
  node_actor node;

  /// Records of a partition from `offset` on; none: the newest ones.
  caf::expected<boost::json::object> records(const std::string& topic,
                                             int32_t partition,
                                             std::optional<int64_t> offset,
                                             size_t count) const;

  /// {"group": "g", "topic": "", "partition": -1, "paused": true}
  caf::expected<boost::json::object> pause(const std::string& body) const;

  /// {"group": "g", "topic": "", "partition": -1, "to": start, "preview": true}
  caf::expected<boost::json::object> reset(const std::string& body) const;

  /// The first dead letters of a group in a topic.
  caf::expected<boost::json::object> dead_letters(
    const std::string& topic, const std::string& group) const;

  /// {"topic": "t", "group": "g", "last": 7}: hands the letters up to this one
  /// to their group again; without `last`: all.
  caf::expected<boost::json::object> replay(const std::string& body) const;

  static constexpr size_t records_max = 200;
  /// Of a key or value that is shown; the rest is cut off.
  static constexpr size_t text_bytes_max = 16 * 1024;
};

} // namespace troupe::http
