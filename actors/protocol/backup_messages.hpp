#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/meta/type_name.hpp>

#include "actors/protocol/ids.hpp"

/// What is said about a backup of a running node.
namespace troupe {

/// A file that was linked.
struct held_file {
  /// In the log's directory.
  std::string name;
  /// So many bytes of it count; -1: all.
  int64_t bytes = -1;
};

/// A log as it was at one moment.
struct log_snapshot {
  /// Where the log is, relative to the data directory.
  std::string directory;
  int64_t start = 0;
  int64_t end = 0;
  std::vector<held_file> files;
  /// The contents of `state` and `checkpoint`, as a clean stop at that moment
  /// would have left them.
  std::string state;
  std::string checkpoint;
};

/// What a backup holds, and where it is to be copied from.
struct backup_summary {
  uuid cluster_id;
  uint32_t node_id = 0;
  uint32_t shards = 0;
  std::string version;
  /// When the node was asked: what was acknowledged before is in it.
  int64_t begun_ms = 0;
  /// The data directory, and below it the directory with the held files, laid
  /// out like the data directory.
  std::string data_directory;
  std::string held_in;
  uint32_t topics = 0;
  /// Logs and the bytes of their segments.
  uint32_t logs = 0;
  uint64_t bytes = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, held_file& x) {
  return f(caf::meta::type_name("held_file"), x.name, x.bytes);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, log_snapshot& x) {
  return f(caf::meta::type_name("log_snapshot"), x.directory, x.start, x.end,
           x.files, x.state, x.checkpoint);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, backup_summary& x) {
  return f(caf::meta::type_name("backup_summary"), x.cluster_id, x.node_id,
           x.shards, x.version, x.begun_ms, x.data_directory, x.held_in,
           x.topics, x.logs, x.bytes);
}

} // namespace troupe
