#include "tests/include_rules/sources.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "tests/source_tree.hpp"

namespace troupe::tests {

namespace {

/// The include of a line, or an empty path.
include_line parse_include(const std::string& line, size_t number) {
  std::istringstream in{line};
  if (!(in >> std::ws) || in.get() != '#')
    return {};
  std::string word;
  in >> word;
  // `#include<x>` and `#include"x"` are includes, too.
  auto open = line.find_first_of("<\"");
  if (!word.starts_with("include") || open == std::string::npos)
    return {};
  auto is_quoted = line[open] == '"';
  auto close = line.find(is_quoted ? '"' : '>', open + 1);
  if (close == std::string::npos)
    return {};
  return {number, line.substr(open + 1, close - open - 1), is_quoted};
}

} // namespace

source_file read_source(std::string path, const std::string& text) {
  source_file result;
  result.path = std::move(path);
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) {
    auto include = parse_include(line, result.lines.size() + 1);
    if (!include.path.empty())
      result.includes.push_back(std::move(include));
    result.lines.push_back(std::move(line));
  }
  return result;
}

std::vector<source_file> read_sources(const std::vector<std::string>& folders) {
  namespace fs = std::filesystem;
  const fs::path root{source_path()};
  std::vector<source_file> result;
  for (const auto& folder : folders)
    for (const auto& entry : fs::recursive_directory_iterator{root / folder}) {
      auto kind = entry.path().extension();
      if (kind != ".hpp" && kind != ".cpp")
        continue;
      std::ifstream in{entry.path(), std::ios::binary};
      std::string text{std::istreambuf_iterator<char>{in}, {}};
      result.push_back(
        read_source(fs::relative(entry.path(), root).generic_string(), text));
    }
  std::sort(result.begin(), result.end(),
            [](const auto& x, const auto& y) { return x.path < y.path; });
  return result;
}

} // namespace troupe::tests
