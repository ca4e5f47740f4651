#pragma once

#include <string>
#include <vector>

#include "tests/include_rules/sources.hpp"

/// Who may include what. The table is in rules.cpp.
namespace troupe::tests {

/// The rule that holds for a file, by name; empty: none, which is a fault.
std::string rule_of(const source_file& file);

/// What is wrong with the includes of `file`: a line each, with file, line,
/// include and rule.
std::vector<std::string> include_faults(const source_file& file);

/// What is wrong with the shape of `file`: length, width, marks of unfinished
/// work, things that only `runtime/` may use.
std::vector<std::string> shape_faults(const source_file& file);

} // namespace troupe::tests
