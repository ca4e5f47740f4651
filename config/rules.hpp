#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "config/json_reader.hpp"
#include "config/settings.hpp"

/// Small values that have a JSON shape of their own, here and on the command
/// line.
namespace troupe {

/// "latest" | "earliest" | {"offset": n} | {"timestamp": t} | {"ago": "2h"}.
std::optional<start_rule> read_start_rule(const json_reader& at);
boost::json::value to_json(const start_rule& x);

/// "each" | "before" | {"every": n} | {"interval": "1s"}.
std::optional<commit_policy> read_commit_policy(const json_reader& at);
boost::json::value to_json(const commit_policy& x);

/// "all" | "leader" | "none", or as Kafka writes them: "all", 1, 0, -1.
std::optional<acks> read_acks(const json_reader& at);
boost::json::value to_json(acks x);

/// "none" | "gzip" | "snappy" | "lz4" | "zstd", all but the first and third
/// also with a level: "zstd:9".
std::optional<compression> read_compression(const json_reader& at);
boost::json::value to_json(const compression& x);

/// The same on the command line; nothing when it is none of these.
std::optional<compression> parse_compression(std::string_view text);

/// What is expected of it, for errors.
inline constexpr const char* compression_shape =
  "\"none\", \"gzip\", \"snappy\", \"lz4\" or \"zstd\", with a level if need "
  "be: "
  "\"gzip:1\" to 9, \"lz4:1\" to 12, \"zstd:1\" to 19";

/// What is wrong with a topic's name; empty: nothing.
std::string check_topic_name(const std::string& x);

/// What is wrong with a group's name; empty: nothing.
std::string check_group_name(const std::string& x);

/// True for 127.0.0.0/8, ::1 and localhost.
bool is_loopback(const std::string& address);

} // namespace troupe
