#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <caf/expected.hpp>

#include "actors/protocol/cluster_messages.hpp"
#include "actors/protocol/ids.hpp"
#include "config/settings.hpp"

/// What the log of metadata holds: one command a record. Everything that was
/// chosen when a command was given (ids, counts) is in the command, so that
/// applying it again gives the same state. The time it was given is the
/// record's timestamp.
namespace troupe {

struct create_topic {
  topic_id id;
  topic_spec spec;
  bool is_internal = false;
  /// Of each partition; none: of a single node.
  std::vector<partition_placement> placement = {};

  friend bool operator==(const create_topic&, const create_topic&) = default;
};

struct grow_topic {
  topic_id id;
  /// How many it has afterwards.
  int32_t partitions = 0;
  /// Of those that are new; none: of a single node.
  std::vector<partition_placement> placement = {};

  friend bool operator==(const grow_topic&, const grow_topic&) = default;
};

struct delete_topic {
  topic_id id;

  friend bool operator==(const delete_topic&, const delete_topic&) = default;
};

struct configure_topic {
  topic_id id;
  topic_settings settings;

  friend bool operator==(const configure_topic&,
                         const configure_topic&) = default;
};

/// Takes the ids [first, first + count) out of the stock, for ever.
struct reserve_producer_ids {
  int64_t first = 0;
  int32_t count = 0;

  friend bool operator==(const reserve_producer_ids&,
                         const reserve_producer_ids&) = default;
};

/// Puts a node in place of what was known of it.
struct register_node {
  node_info about;

  friend bool operator==(const register_node&, const register_node&) = default;
};

/// Whether a node may lead, may hold replicas, and may vote.
struct set_node_state {
  uint32_t node = 0;
  bool is_fenced = false;
  bool is_draining = false;
  bool is_standby = false;

  friend bool operator==(const set_node_state&,
                         const set_node_state&) = default;
};

struct remove_node {
  uint32_t node = 0;

  friend bool operator==(const remove_node&, const remove_node&) = default;
};

/// Puts placements in place of the ones before, of which each has the epoch one
/// below. One for a partition without placement takes it into the cluster.
struct set_partitions {
  std::vector<partition_change> changes;

  friend bool operator==(const set_partitions&,
                         const set_partitions&) = default;
};

/// The cluster is at this feature level from now on.
struct raise_level {
  uint32_t level = 0;

  friend bool operator==(const raise_level&, const raise_level&) = default;
};

using command =
  std::variant<create_topic, grow_topic, delete_topic, configure_topic,
               reserve_producer_ids, register_node, set_node_state, remove_node,
               set_partitions, raise_level>;

/// A command as bytes, at a feature level. Version 2, of the first one: the
/// version (1 byte), the place of the command in `command` (1 byte), its fields
/// in the order of their declaration: integers, durations in milliseconds and
/// enumerations big-endian in their width, truth values in 1 byte, texts with a
/// 2-byte length, lists with a 4-byte count. Version 1 had neither nodes nor
/// placements, no `min_insync_replicas` and no `replication_factor`. Each later
/// level has the next version.
std::string encode_command(command x, uint32_t level = 0);

/// Reads what `encode_command` wrote: `unsupported_version` when it is of a
/// newer level than these, `corrupt_log` when it is malformed.
caf::expected<command> decode_command(
  std::string_view text, const level_range& levels = supported_levels);

} // namespace troupe
