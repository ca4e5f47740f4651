#pragma once

#include <string>

#include "config/config_error.hpp"
#include "config/fields.hpp"
#include "config/settings.hpp"

/// Settings from JSON and back. What can be written: config/README.md.
namespace troupe {

/// Reads a node's settings from JSON text; `file` is its name in errors. What
/// is not in the text has its default.
config_result<node_settings> read_node_settings(const std::string& text,
                                                const std::string& file);

/// The same from a file on disk.
config_result<node_settings> load_node_settings(const std::string& path);

/// Reads a topic's settings over the ones it has: what a live change says. The
/// text is an object like {"retention_time": "7d"}.
config_result<topic_settings> read_topic_settings(const std::string& text,
                                                  const std::string& file,
                                                  topic_settings base);

/// Every setting, also those that have their default; reads back as the same.
std::string to_json_text(const node_settings& x);

/// The same for the settings of a topic.
std::string to_json_text(const topic_settings& x);

/// JSON with line breaks and two spaces a level.
std::string pretty(const boost::json::value& x);

/// All settings of a node, as config/README.md shows them.
std::vector<field_row> settings_table();

} // namespace troupe
