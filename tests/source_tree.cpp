#include "tests/source_tree.hpp"

namespace troupe {

std::string source_path(const std::string& below) {
  return below.empty() ? TROUPE_SOURCE_DIR : TROUPE_SOURCE_DIR "/" + below;
}

} // namespace troupe
