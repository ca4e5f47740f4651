#pragma once

#include <string>
#include <vector>

/// The project's own sources, as text.
namespace troupe::tests {

/// One line with an `#include`.
struct include_line {
  size_t line = 0;
  /// What is between the quotes or the angle brackets.
  std::string path;
  bool is_quoted = false;
};

/// A .hpp or .cpp file.
struct source_file {
  /// From the top of the tree, with '/': "actors/storage/log.hpp".
  std::string path;
  std::vector<std::string> lines;
  std::vector<include_line> includes;
};

/// Takes a text apart.
source_file read_source(std::string path, const std::string& text);

/// All sources below the folders, in order of their paths.
std::vector<source_file> read_sources(const std::vector<std::string>& folders);

} // namespace troupe::tests
