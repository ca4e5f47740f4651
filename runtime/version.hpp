#pragma once

namespace troupe {

/// The version of this program; the build says the same.
inline constexpr const char* version = "0.1.0";

} // namespace troupe
