#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/fields.hpp"
#include "config/scenario.hpp"

/// The scenario format described field by field: its JSON keys, bounds,
/// meaning.
namespace troupe::scenario {

/// All but the steps.
void describe(field_visitor& v, script& x);
void describe(field_visitor& v, group_spec& x);

/// A verb that a step can have.
struct verb {
  std::string name;
  std::string meaning;
  /// Reads the step's value; nothing if it is not good (then that was noted).
  std::function<std::optional<action>(const json_reader&)> read;
  /// The fields of the step, for the manual; empty: it has none.
  std::vector<field_row> rows;
};

/// All verbs, in the order of the manual.
const std::vector<verb>& all_verbs();

/// All there is to write in a scenario, as Markdown: the reference part of
/// samples/README.md.
std::string manual();

} // namespace troupe::scenario
