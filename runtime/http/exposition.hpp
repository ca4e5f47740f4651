#pragma once

#include <string>

#include "runtime/http/survey.hpp"

namespace troupe::http {

/// The survey as Prometheus scrapes it: its text format 0.0.4. Names, units and
/// types follow https://prometheus.io/docs/practices/naming/; README.md lists
/// them.
std::string exposition_of(const survey& x);

/// Its media type.
inline constexpr const char* exposition_type =
  "text/plain; version=0.0.4; charset=utf-8";

} // namespace troupe::http
