#include "config/node_step_fields.hpp"
#include "config/step_fields.hpp"

#include <limits>

#include <fmt/format.h>

/// The fields of an `expect` step.
namespace troupe::scenario {

namespace {

constexpr auto int64_max = std::numeric_limits<int64_t>::max();

/// What a manual shows where there is nothing by default.
boost::json::value nothing() {
  return nullptr;
}

/// Calls `read(name, at)` for each member of an object like {"messages-0": 4}.
template <class Read>
void for_each_partition(const json_reader& at, Read read) {
  auto members = at.members();
  if (!members)
    return;
  for (const auto& [key, value] : *members) {
    if (auto name = parse_partition_name(key))
      read(*name, value);
    else
      value.fail(fmt::format("expected a partition, as 'messages-0', found "
                             "'{}'",
                             key));
  }
}

void read_offsets(const json_reader& at, offsets_expectation& result) {
  for_each_partition(at,
                     [&](const partition_name& name, const json_reader& value) {
                       if (value.is_null())
                         result[name] = std::nullopt;
                       else if (auto number = value.integer(-1, int64_max))
                         result[name] = *number;
                     });
}

void offsets(field_visitor& v, const char* key, offsets_expectation& x,
             const char* meaning) {
  auto read = [&x](const json_reader& at) { read_offsets(at, x); };
  v.custom(key, "offsets", {read, nothing}, meaning);
}

std::optional<std::vector<std::string>> read_texts(const json_reader& at) {
  auto elements = at.elements();
  if (!elements)
    return std::nullopt;
  std::vector<std::string> result;
  for (const auto& element : *elements)
    if (auto text = element.any_text())
      result.push_back(std::move(*text));
  return result;
}

void read_reads(const json_reader& at, expect& x) {
  x.reads.emplace();
  for_each_partition(at,
                     [&](const partition_name& name, const json_reader& value) {
                       if (auto texts = read_texts(value))
                         (*x.reads)[name] = std::move(*texts);
                     });
}

void read_owners(const json_reader& at, expect& x) {
  for_each_partition(at,
                     [&](const partition_name& name, const json_reader& value) {
                       if (value.is_null())
                         x.owners[name] = std::nullopt;
                       else if (auto text = value.text(1024))
                         x.owners[name] = std::move(*text);
                     });
}

/// 5, or {"min": 1, "max": 9}.
void read_bounds(const json_reader& at, std::optional<bounds>& result) {
  if (!at.is_object()) {
    if (auto number = at.integer(0, int64_max))
      result = bounds{*number, *number};
    return;
  }
  bounds found;
  read_fields(at, "bounds like {\"min\": 1, \"max\": 9}", [&](auto& v) {
    v.integer("min", found.min, 0, int64_max, "");
    v.integer("max", found.max, 0, int64_max, "");
  });
  if (!found.min && !found.max)
    at.fail("'min' or 'max' is missing");
  else if (found.min && found.max && *found.min > *found.max)
    at.fail(fmt::format("min {} is more than max {}", *found.min, *found.max));
  result = found;
}

/// 10, or {"value": 10, "tolerance": 0.5}.
void read_rate(const json_reader& at, std::optional<rate_expectation>& result) {
  constexpr double rate_max = 1e6;
  rate_expectation found;
  std::optional<double> tolerance;
  if (at.is_object()) {
    json_object_reader object{at, "a rate"};
    if (auto value = object.require("value"))
      found.value = value->number(0, rate_max).value_or(0);
    if (auto value = object.get("tolerance"))
      tolerance = value->number(0, rate_max);
    object.finish();
  } else if (auto number = at.number(0, rate_max)) {
    found.value = *number;
  } else {
    return;
  }
  found.tolerance = tolerance.value_or(found.value / 10);
  result = found;
}

void read_lag(const json_reader& at, expect& x) {
  if (at.is_object())
    read_offsets(at, x.lag);
  else
    x.lag_total = at.integer(0, int64_max);
}

void describe_reads(field_visitor& v, expect& x) {
  v.custom("reads", "object of lists",
           {[&x](const json_reader& at) { read_reads(at, x); }, nothing},
           "`{\"messages-0\": [\"msg11\"]}`: of each partition exactly these "
           "values, in order, and nothing of partitions that are not listed.");
  v.custom("reads_any_order", "list of texts",
           {[&x](const json_reader& at) { x.reads_any_order = read_texts(at); },
            nothing},
           "The values of all partitions, in any order.");
  bounds_field(v, "reads_count", x.reads_count, "How many values.");
}

void describe_positions(field_visitor& v, expect& x) {
  offsets(v, "committed", x.committed,
          "`{\"messages-0\": 4, \"messages-2\": null}`: the last finished "
          "offset, null: none.");
  offsets(v, "next", x.next, "The offset to go on at: committed + 1, or null.");
  offsets(v, "start", x.start,
          "Where the group begins while committed is null; null: not stored.");
  offsets(v, "end", x.end,
          "The offset that the partition's next record will get; needs no "
          "group.");
  v.custom("lag", "offsets, or a whole number",
           {[&x](const json_reader& at) { read_lag(at, x); }, nothing},
           "How many records the group is behind: in each listed partition, "
           "or in all.");
}

} // namespace

void bounds_field(field_visitor& v, const char* key, std::optional<bounds>& x,
                  const char* meaning) {
  auto read = [&x](const json_reader& at) { read_bounds(at, x); };
  v.custom(key, "whole number or `{\"min\": 1, \"max\": 9}`", {read, nothing},
           meaning);
}

void describe(field_visitor& v, expect& x) {
  v.any_text("group", x.group,
             "Whom it is about; without one: `lost`, `delivered_twice`, "
             "`delivered_twice_committed` are of all groups together, and "
             "`end` and what is said of posts and of the cluster is of no "
             "group.");
  v.duration("within", x.within, 0ms, std::chrono::hours{24},
             "Look again until it is so, at most this long; 0: look once.");
  describe_reads(v, x);
  describe_positions(v, x);
  v.custom("owners", "object of texts",
           {[&x](const json_reader& at) { read_owners(at, x); }, nothing},
           "`{\"messages-0\": \"SMSGroup-1\"}`: who owns it, null: nobody.");
  v.integer("owners_count", x.owners_count, 0, 1'000'000,
            "How many members own something.");
  v.integer("idle", x.idle, 0, 1'000'000, "How many members own nothing.");
  v.integer("lost", x.lost, 0, int64_max,
            "Acknowledged records between the group's start and its position "
            "that were never handed out, in the whole run.");
  bounds_field(v, "delivered_twice", x.delivered_twice,
               "How often a record was handed out again, in the whole run; a "
               "handler's own retries do not count.");
  v.integer("delivered_twice_committed", x.delivered_twice_committed, 0,
            int64_max,
            "How often one was that had been committed, in the whole run.");
  v.custom("rate", "number or `{\"value\": 10, \"tolerance\": 0.5}`",
           {[&x](const json_reader& at) { read_rate(at, x.rate); }, nothing},
           "Records a second that the group was handed since the last mark; "
           "the tolerance is a tenth unless it is given.");
  describe_cluster(v, x);
  v.texts("events", x.events,
          "Each is part of the cause of an event in the group's timeline, in "
          "this order.");
}

} // namespace troupe::scenario
