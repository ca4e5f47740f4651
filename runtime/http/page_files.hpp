#pragma once

#include <string_view>
#include <vector>

namespace troupe::http {

/// A file of `page/`, as it was when the program was built.
struct page_file {
  std::string_view path;
  std::string_view media_type;
  std::string_view content;
};

const std::vector<page_file>& page_files();

} // namespace troupe::http
