#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "tests/include_rules/rules.hpp"

namespace troupe::tests {

namespace {

constexpr size_t lines_max = 400;
constexpr size_t columns_max = 80;

/// Characters of a line: bytes that do not continue one in UTF-8.
size_t columns(const std::string& line) {
  return static_cast<size_t>(std::count_if(
    line.begin(), line.end(), [](char c) { return (c & '\xC0') != '\x80'; }));
}

/// A word that has no place in a source, and why.
struct mark {
  std::string_view text;
  const char* why;
  /// Only actors and config/ must do without it.
  bool is_fine_elsewhere;
};

constexpr mark marks[] = {
  {"TODO", "is unfinished", false},
  {"FIXME", "is unfinished", false},
  {"system_clock", "reads the wall clock", true},
  {"steady_clock", "reads a clock that is not the actors'", true},
  {"random_device", "cannot be repeated", true},
  {"sleep_for", "blocks", true},
  {"sleep_until", "blocks", true},
};

bool is_elsewhere(const source_file& x) {
  return !x.path.starts_with("actors/") && !x.path.starts_with("config/");
}

} // namespace

std::vector<std::string> shape_faults(const source_file& file) {
  std::vector<std::string> result;
  const auto& path = file.path;
  if (file.lines.size() > lines_max)
    result.push_back(fmt::format("{}: has {} lines, {} are the most", path,
                                 file.lines.size(), lines_max));
  if (path.ends_with(".hpp")
      && (file.lines.empty() || file.lines.front() != "#pragma once"))
    result.push_back(
      fmt::format("{}:1: does not begin with #pragma once", path));
  for (size_t i = 0; i < file.lines.size(); ++i) {
    const auto& line = file.lines[i];
    if (columns(line) > columns_max)
      result.push_back(fmt::format("{}:{}: has {} columns, {} are the most",
                                   path, i + 1, columns(line), columns_max));
    // The words have to be written down somewhere.
    if (path.starts_with("tests/include_rules/"))
      continue;
    for (const auto& x : marks)
      if (line.find(x.text) != std::string::npos
          && !(x.is_fine_elsewhere && is_elsewhere(file)))
        result.push_back(
          fmt::format("{}:{}: '{}' {}", path, i + 1, x.text, x.why));
  }
  return result;
}

} // namespace troupe::tests
