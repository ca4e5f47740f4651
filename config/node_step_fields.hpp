#pragma once

#include <optional>
#include <vector>

#include "config/fields.hpp"
#include "config/scenario.hpp"

/// The steps about a cluster's nodes described field by field.
namespace troupe::scenario {

void describe(field_visitor& v, node_spec& x);
void describe(field_visitor& v, name_node& x);
void describe(field_visitor& v, crash_node& x);
void describe(field_visitor& v, stop_node& x);
void describe(field_visitor& v, start_node& x);
void describe(field_visitor& v, pause_node& x);
void describe(field_visitor& v, cut& x);
void describe(field_visitor& v, heal& x);
void describe(field_visitor& v, slow& x);
void describe(field_visitor& v, govern& x);

void check(const json_reader& at, const cut& x);
void check(const json_reader& at, const heal& x);
void check(const json_reader& at, const slow& x);
void check(const json_reader& at, const govern& x);

/// The nodes of a scenario: how many, or a list of objects.
void nodes_field(field_visitor& v, std::vector<node_spec>& x);

/// What a step or an expectation says of a process.
void host_field(field_visitor& v, const char* key, host_name& x,
                const char* meaning);
void host_field(field_visitor& v, const char* key, std::optional<host_name>& x,
                const char* meaning);
/// One of them, or a list.
void hosts_field(field_visitor& v, const char* key, std::vector<host_name>& x,
                 const char* meaning, bool is_required = false);

std::optional<host_name> read_host(const json_reader& at);

/// What an `expect` can say of a cluster and of posts.
void describe_cluster(field_visitor& v, expect& x);

/// 5, or {"min": 1, "max": 9}.
void bounds_field(field_visitor& v, const char* key, std::optional<bounds>& x,
                  const char* meaning);

} // namespace troupe::scenario
