#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "runtime/json_view.hpp"
#include "runtime/scenario/run_printer.hpp"

namespace troupe::scenario {

namespace {

namespace json = boost::json;

template <class Range, class F>
json::array array_of(const Range& xs, F to_value) {
  json::array result;
  result.reserve(xs.size());
  for (const auto& x : xs)
    result.emplace_back(to_value(x));
  return result;
}

const char* name_of(line_kind x) {
  switch (x) {
    case line_kind::step:
      return "step";
    case line_kind::read:
      return "read";
    case line_kind::commit:
      return "commit";
    case line_kind::rebalance:
      return "rebalance";
    case line_kind::fault:
      return "fault";
    case line_kind::election:
      return "election";
    case line_kind::note:
      return "note";
    case line_kind::problem:
      return "problem";
  }
  return "unknown";
}

json::object line_json(const run_line& x) {
  return {{"time_ms", x.time_ms},
          {"kind", name_of(x.kind)},
          {"group", null_if_empty(x.group)},
          {"text", text_to_json(x.text)}};
}

json::object topic_json(const topic_track& x) {
  json::array partitions;
  for (size_t i = 0; i < x.high_watermark.size(); ++i)
    partitions.push_back(json::object{
      {"partition", i},
      {"log_start", i < x.log_start.size() ? null_below_zero(x.log_start[i])
                                           : json::value(nullptr)},
      {"high_watermark", null_below_zero(x.high_watermark[i])}});
  return {{"topic", text_to_json(x.topic)},
          {"partitions", std::move(partitions)}};
}

json::object span_json(const ownership_span& x) {
  return {{"topic", text_to_json(x.topic)},
          {"partition", x.partition},
          {"owner", text_to_json(x.owner)},
          {"from_ms", x.from_ms},
          {"to_ms", null_below_zero(x.to_ms)}};
}

json::object sample_json(const group_sample& x) {
  return {{"time_ms", x.time_ms}, {"lag", x.lag}, {"handled", x.handled}};
}

json::object consumer_json(const consumer_summary& x) {
  return {{"name", text_to_json(x.name)},
          {"handled", x.handled},
          {"rate", x.rate},
          {"owned", array_of(x.owned, text_to_json)}};
}

json::object group_json(const group_track& x) {
  return {{"group", text_to_json(x.group)},
          {"positions", troupe::to_json(x.positions)},
          {"consumers", array_of(x.consumers, consumer_json)},
          {"lost", x.lost},
          {"delivered_twice", x.delivered_twice},
          {"delivered_twice_committed", x.delivered_twice_committed},
          {"rebalances", troupe::to_json(x.events)},
          {"owners", array_of(x.owners, span_json)},
          {"samples", array_of(x.samples, sample_json)}};
}

json::object track_span_json(const track_span& x) {
  return {{"what", text_to_json(x.what)},
          {"from_ms", x.from_ms},
          {"to_ms", null_below_zero(x.to_ms)}};
}

json::object lane_json(const cluster_lane& x) {
  return {{"name", text_to_json(x.name)},
          {"spans", array_of(x.spans, track_span_json)}};
}

json::object fault_json(const fault_mark& x) {
  return {{"time_ms", x.time_ms},
          {"whom", array_of(x.whom, [](uint32_t y) { return y; })},
          {"what", text_to_json(x.text)}};
}

json::object event_json(const cluster_event& x) {
  return {{"time_ms", x.time_ms},
          {"what", text_to_json(x.what)},
          {"cause", null_if_empty(x.cause)},
          {"after_ms", null_below_zero(x.after_ms)},
          {"moves", array_of(x.moves, text_to_json)},
          {"writable_after_ms", null_below_zero(x.writable_after_ms)}};
}

/// Null: a single node.
json::value cluster_json(const cluster_track& x) {
  if (x.nodes.empty())
    return nullptr;
  return json::object{{"nodes", array_of(x.nodes, lane_json)},
                      {"leaders", array_of(x.leaders, lane_json)},
                      {"faults", array_of(x.faults, fault_json)},
                      {"events", array_of(x.events, event_json)}};
}

json::object expectation_json(const expectation_result& x) {
  return {{"path", text_to_json(x.path)},
          {"what", text_to_json(x.what)},
          {"is_met", x.is_met},
          {"difference", array_of(x.difference, text_to_json)}};
}

json::object run_json(const run_record& x) {
  return {{"title", text_to_json(x.title)},
          {"description", text_to_json(x.description)},
          {"file", text_to_json(x.file)},
          {"seed", x.seed},
          {"is_virtual_time", x.is_virtual_time},
          {"is_passed", x.is_passed()},
          {"begin_ms", x.begin_ms},
          {"end_ms", x.end_ms},
          {"wall_ms", x.wall_ms},
          {"expectations", array_of(x.expectations, expectation_json)},
          {"topics", array_of(x.topics, topic_json)},
          {"groups", array_of(x.groups, group_json)},
          {"cluster", cluster_json(x.cluster)},
          {"lines", array_of(x.lines, line_json)}};
}

} // namespace

std::string to_json(const run_record& run) {
  return json::serialize(run_json(run));
}

std::string to_json(const std::vector<run_record>& runs) {
  return json::serialize(array_of(runs, run_json));
}

} // namespace troupe::scenario
