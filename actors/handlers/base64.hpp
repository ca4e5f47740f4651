#pragma once

#include <string>
#include <string_view>

namespace troupe {

/// Base 64 (RFC 4648, 4), in one line.
std::string to_base64(std::string_view x);

} // namespace troupe
