#pragma once

#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "actors/protocol/interfaces.hpp"

/// What actors answer, as JSON for scripts. Offsets that are null are null; ids
/// are hexadecimal; times are milliseconds since the epoch.
namespace troupe {

boost::json::value to_json(const topic_info& x);
boost::json::value to_json(const partition_status& x);
boost::json::value to_json(const group_description& x);
boost::json::value to_json(const group_position& x);
boost::json::value to_json(const timeline_event& x);
boost::json::value to_json(const reset_entry& x);
boost::json::value to_json(const node_status& x);
boost::json::value to_json(const consumer_status& x);
boost::json::value to_json(const node_metrics& x);
boost::json::value to_json(const replication_metrics& x);
boost::json::value to_json(const link_metrics& x);

/// A number, or null when it is below 0.
boost::json::value null_below_zero(int64_t x);

/// Text as JSON can carry it: what is not UTF-8 is replaced.
boost::json::string text_to_json(std::string_view x);

/// The same of a record's key or value: null is null.
boost::json::value text_or_null(const bytes& x);

/// The same, or null when it is empty.
boost::json::value null_if_empty(std::string_view x);

/// An array of what they are.
template <class T>
boost::json::value to_json(const std::vector<T>& xs) {
  boost::json::array result;
  for (const auto& x : xs)
    result.push_back(to_json(x));
  return result;
}

} // namespace troupe
