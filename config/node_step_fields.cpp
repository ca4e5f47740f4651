#include "config/node_step_fields.hpp"

#include <fmt/format.h>

namespace troupe::scenario {

namespace {

constexpr milliseconds day = std::chrono::hours{24};
constexpr int64_t ids_max = 99;

boost::json::value nothing() {
  return nullptr;
}

std::vector<host_name> read_hosts(const json_reader& at) {
  std::vector<host_name> result;
  if (!at.is_array()) {
    if (auto one = read_host(at))
      result.push_back(std::move(*one));
    return result;
  }
  auto elements = at.elements();
  if (elements->empty())
    at.fail_expected("at least one process");
  for (const auto& element : *elements)
    if (auto one = read_host(element))
      result.push_back(std::move(*one));
  return result;
}

void read_nodes(const json_reader& at, std::vector<node_spec>& x) {
  x.clear();
  if (!at.is_array()) {
    auto count = at.integer(1, nodes_max).value_or(0);
    for (uint32_t id = 1; id <= count; ++id)
      x.push_back({id, {}});
    return;
  }
  auto elements = at.elements();
  if (elements->empty() || elements->size() > nodes_max)
    at.fail_expected(fmt::format("1 to {} nodes", nodes_max));
  for (const auto& element : *elements) {
    node_spec one;
    read_fields(element, "a node", [&](field_visitor& v) { describe(v, one); });
    x.push_back(std::move(one));
  }
}

void within_field(field_visitor& v, milliseconds& x) {
  v.duration("within", x, 0ms, day,
             "How long it may take; then the scenario fails.");
}

void lines_fields(field_visitor& v, line_set& x) {
  hosts_field(v, "between", x.one,
              "Lines between each of these and each of `and`, both ways...");
  hosts_field(v, "and", x.other, "... the other end.");
  auto one_way = [&x](std::vector<host_name>& side) {
    return [&x, &side](const json_reader& at) {
      side = read_hosts(at);
      x.is_one_way = true;
    };
  };
  v.custom("from", "process or list", {one_way(x.one), nothing},
           "... or only what goes from each of these to each of `to`...");
  v.custom("to", "process or list", {one_way(x.other), nothing},
           "... the other end.");
}

bool has(const json_reader& at, const char* key) {
  return at.is_object() && at.value().get_object().contains(key);
}

void check_lines(const json_reader& at, bool may_be_all) {
  auto both = has(at, "between") || has(at, "and");
  auto one = has(at, "from") || has(at, "to");
  if (both && one)
    at.fail("expected either 'between' and 'and' or 'from' and 'to', found "
            "both");
  else if (both && !(has(at, "between") && has(at, "and")))
    at.fail("'between' and 'and' go together, one is missing");
  else if (one && !(has(at, "from") && has(at, "to")))
    at.fail("'from' and 'to' go together, one is missing");
  else if (!both && !one && !may_be_all)
    at.fail("'between' and 'and' are missing (or, for one direction, 'from' "
            "and 'to')");
}

} // namespace

// -- processes ---------------------------------------------------------------

std::optional<host_name> read_host(const json_reader& at) {
  if (at.value().is_number()) {
    auto id = at.integer(1, ids_max);
    return id ? std::optional{host_name{
             host_name::kind::node, static_cast<uint32_t>(*id), {}, {}}}
              : std::nullopt;
  }
  if (at.is_text())
    if (auto result = parse_host_name(at.any_text().value_or("")))
      return result;
  at.fail_expected("a process, as 2, \"worker-1\", \"leader of messages-0\", "
                   "\"coordinator of SMSGroup\", \"controller\", \"others\" or "
                   "a name that a 'name_node' gave");
  return std::nullopt;
}

void host_field(field_visitor& v, const char* key, host_name& x,
                const char* meaning) {
  v.custom(
    key, "process",
    {[&x](const json_reader& at) { x = read_host(at).value_or(x); }, nothing},
    meaning, true);
}

void host_field(field_visitor& v, const char* key, std::optional<host_name>& x,
                const char* meaning) {
  v.custom(key, "process",
           {[&x](const json_reader& at) { x = read_host(at); }, nothing},
           meaning);
}

void hosts_field(field_visitor& v, const char* key, std::vector<host_name>& x,
                 const char* meaning, bool is_required) {
  v.custom(key, "process or list",
           {[&x](const json_reader& at) { x = read_hosts(at); }, nothing},
           meaning, is_required);
}

void nodes_field(field_visitor& v, std::vector<node_spec>& x) {
  v.custom("nodes", "whole number, or list",
           {[&x](const json_reader& at) { read_nodes(at, x); }, nothing},
           "A cluster of so many nodes (1 to 9), 1, 2, ...; or "
           "`[{\"id\": 1, \"rack\": \"a\"}, ...]`. Without it there is a "
           "single node.");
}

void describe(field_visitor& v, node_spec& x) {
  v.integer("id", x.id, 1, ids_max, "Its number.", true);
  v.any_text("rack", x.rack, "Replicas are spread over racks.");
}

// -- steps -------------------------------------------------------------------

void describe(field_visitor& v, name_node& x) {
  host_field(v, "node", x.node, "Whom: who it is now.");
  v.required_text("name", x.name, "What later steps call it.");
}

void describe(field_visitor& v, crash_node& x) {
  host_field(v, "node", x.node, "Which node or worker.");
  v.choice("how", x.how, {"kill", "power_cut", "lost_disk"},
           "`kill`: as by kill -9, what was written stays. `power_cut`: what "
           "was not synced is gone too. `lost_disk`: it comes back without "
           "anything it had.");
}

void describe(field_visitor& v, stop_node& x) {
  host_field(v, "node", x.node, "Which node.");
  within_field(v, x.within);
}

void describe(field_visitor& v, start_node& x) {
  host_field(v, "node", x.node, "Which node or worker.");
  v.flag("restart_consumers", x.restarts_consumers,
         "The consumers that ended with it are started again.");
}

void describe(field_visitor& v, pause_node& x) {
  host_field(v, "node", x.node, "Which node or worker.");
}

void describe(field_visitor& v, cut& x) {
  lines_fields(v, x.which);
}

void describe(field_visitor& v, heal& x) {
  lines_fields(v, x.which);
}

void describe(field_visitor& v, slow& x) {
  lines_fields(v, x.which);
  v.duration("latency_min", x.latency_min, 0ms, day,
             "A message takes at least this long...");
  v.duration("latency_max", x.latency_max, 0ms, day,
             "... and at most this long.");
}

void describe(field_visitor& v, govern& x) {
  using order = govern::order;
  switch (x.what) {
    case order::drain:
      host_field(v, "node", x.node, "Which node.");
      within_field(v, x.within);
      break;
    case order::undrain:
    case order::transfer:
      host_field(v, "node", x.node, "Which node.");
      break;
    case order::move:
      v.required_text("topic", x.topic, "Of which topic.");
      v.integer("partition", x.partition, 0, 100'000,
                "Only this partition of it.");
      hosts_field(v, "nodes", x.nodes,
                  "The nodes that are to hold it, the first preferred as "
                  "leader; `others`: all that are not named.",
                  true);
      within_field(v, x.within);
      break;
    case order::rebalance:
      break;
  }
}

void check(const json_reader& at, const cut&) {
  check_lines(at, false);
}

void check(const json_reader& at, const heal&) {
  check_lines(at, true);
}

void check(const json_reader& at, const slow& x) {
  check_lines(at, false);
  if (!has(at, "latency_max"))
    at.fail("'latency_max' is missing");
  else if (x.latency_min > x.latency_max)
    at.fail("'latency_min' is more than 'latency_max'");
}

void check(const json_reader&, const govern&) {
  // Each field says it all.
}

} // namespace troupe::scenario
