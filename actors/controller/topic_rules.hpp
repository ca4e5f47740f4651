#pragma once

#include <cstddef>
#include <string_view>

#include <caf/error.hpp>

#include "config/settings.hpp"

/// What a topic may be called and set to.
namespace troupe {

/// Longest name of a topic: with a dash and a partition it stays a file name.
inline constexpr size_t topic_name_bytes_max = 249;

/// `invalid_argument` unless `name` has 1 to 249 letters, digits, '.', '_' or
/// '-', is not '.' or '..', and begins with '__' only when it is internal.
caf::error check_topic_name(std::string_view name, bool is_internal);

/// `invalid_argument`, with field, value and bound, for the first setting that
/// no log can work with.
caf::error check_topic_settings(const topic_settings& x);

} // namespace troupe
