#pragma once

#include <string>

namespace troupe {

/// Where a file of the source tree is on this machine; `below` is relative to
/// its top ("samples/day_4_recap.json").
std::string source_path(const std::string& below = {});

} // namespace troupe
