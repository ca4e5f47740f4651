#pragma once

#include <string>
#include <vector>

#include "config/config_error.hpp"
#include "config/fields.hpp"
#include "config/settings.hpp"

namespace troupe {

/// A worker: a process with consumers, and no data.
struct worker_settings {
  /// Tells its consumers apart from those of other workers; empty: by machine
  /// and process.
  std::string name;
  /// `host:port` of nodes of one cluster; the first that answers is taken.
  std::vector<std::string> connect;
  tls_settings tls;
  log_format format = log_format::text;
  log_level level = log_level::info;
  /// How long a stop may take before what is left is cut off.
  milliseconds stop_timeout = 30s;
  std::vector<consumers_spec> consumers;

  friend bool operator==(const worker_settings&,
                         const worker_settings&) = default;
};

/// Reads a worker's settings from JSON text; `file` is its name in errors. What
/// is not in the text has its default.
config_result<worker_settings> read_worker_settings(const std::string& text,
                                                    const std::string& file);

/// The same from a file on disk.
config_result<worker_settings> load_worker_settings(const std::string& path);

/// Every setting, also those that have their default; reads back as the same.
std::string to_json_text(const worker_settings& x);

/// Every setting but those of the consumers, which are as a node's.
std::vector<field_row> worker_settings_table();

} // namespace troupe
