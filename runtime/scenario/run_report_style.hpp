#pragma once

#include <string_view>

namespace troupe::scenario {

/// The page's style sheet: light or dark as the reader's system is.
extern const std::string_view report_style;

} // namespace troupe::scenario
