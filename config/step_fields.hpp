#pragma once

#include <string>
#include <vector>

#include "config/fields.hpp"
#include "config/scenario.hpp"

/// The steps of scenarios described field by field, and what their fields have
/// to be together.
namespace troupe::scenario {

void describe(field_visitor& v, produce& x);
void describe(field_visitor& v, start& x);
void describe(field_visitor& v, stop& x);
void describe(field_visitor& v, crash& x);
void describe(field_visitor& v, pause& x);
void describe(field_visitor& v, restart_node& x);
void describe(field_visitor& v, wait_until_drained& x);
void describe(field_visitor& v, wait& x);
void describe(field_visitor& v, create_topic& x);
void describe(field_visitor& v, delete_topic& x);
void describe(field_visitor& v, grow& x);
void describe(field_visitor& v, reset& x);
void describe(field_visitor& v, expect& x);

/// Notes what is wrong with a step that was read from `at`.
void check(const json_reader& at, const produce& x);
void check(const json_reader& at, const stop& x);
void check(const json_reader& at, const crash& x);
void check(const json_reader& at, const pause& x);
void check(const json_reader& at, const reset& x);
void check(const json_reader& at, const wait& x);

/// 'clean', 'kill', 'power_cut': in the order of `restart_kind`.
const std::vector<std::string>& restart_words();

} // namespace troupe::scenario
