#include "runtime/scenario/cluster_story.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "actors/protocol/shard_of.hpp"
#include "runtime/cast.hpp"
#include "runtime/scenario/run_printer_text.hpp"
#include "runtime/simulation/cluster/virtual_cluster.hpp"

namespace troupe::scenario {

namespace {

constexpr auto first_worker = simulation::virtual_cluster::first_worker;

bool contains(const std::vector<uint32_t>& xs, uint32_t x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

std::string node_text(uint32_t x) {
  return x == 0 ? "nobody" : fmt::format("node {}", x);
}

void change(std::vector<track_span>& spans, int64_t time_ms,
            const std::string& what) {
  if (!spans.empty() && spans.back().to_ms < 0) {
    if (spans.back().what == what)
      return;
    spans.back().to_ms = time_ms;
  }
  if (!what.empty())
    spans.push_back({what, time_ms, -1});
}

// -- lanes -------------------------------------------------------------------

struct node_condition {
  bool is_down = false;
  bool is_paused = false;
  bool is_cut_off = false;

  const char* text() const {
    return is_down      ? "down"
           : is_paused  ? "stands still"
           : is_cut_off ? "cut off"
                        : "runs";
  }
};

void apply(node_condition& x, fault_kind what) {
  switch (what) {
    case fault_kind::crash:
    case fault_kind::stop:
      x.is_down = true;
      x.is_paused = false;
      break;
    case fault_kind::start:
      x.is_down = false;
      break;
    case fault_kind::pause:
      x.is_paused = true;
      break;
    case fault_kind::resume:
      x.is_paused = false;
      break;
    case fault_kind::cut:
      x.is_cut_off = true;
      break;
    case fault_kind::heal:
      x.is_cut_off = false;
      break;
    case fault_kind::slow:
    case fault_kind::order:
      break;
  }
}

cluster_lane lane_of_process(uint32_t id, const std::string& name,
                             const std::vector<fault_mark>& faults,
                             int64_t begin_ms) {
  cluster_lane result{name, {}};
  node_condition now;
  change(result.spans, begin_ms, now.text());
  for (const auto& x : faults)
    if (contains(x.whom, id)) {
      apply(now, x.kind);
      change(result.spans, x.time_ms, now.text());
    }
  return result;
}

/// Without the time in which the leader could not lead, whatever the others
/// believed.
std::vector<track_span> while_running(const std::vector<track_span>& spans,
                                      const std::vector<cluster_lane>& nodes) {
  std::vector<track_span> result;
  for (const auto& span : spans) {
    auto node = std::find_if(nodes.begin(), nodes.end(), [&](const auto& x) {
      return x.name == "node " + span.what;
    });
    if (node == nodes.end())
      continue;
    for (const auto& x : node->spans) {
      if (x.what == "down" || x.what == "stands still")
        continue;
      auto part = span;
      part.from_ms = std::max(span.from_ms, x.from_ms);
      if (x.to_ms >= 0)
        part.to_ms = span.to_ms < 0 ? x.to_ms : std::min(span.to_ms, x.to_ms);
      if (part.to_ms >= 0 && part.to_ms <= part.from_ms)
        continue;
      if (!result.empty() && result.back().what == part.what
          && result.back().to_ms == part.from_ms)
        result.back().to_ms = part.to_ms;
      else
        result.push_back(part);
    }
  }
  return result;
}

cluster_lane lane_of_partition(const std::string& name,
                               const partition_name& where,
                               const cluster_book& metadata, int64_t begin_ms) {
  cluster_lane result{name, {}};
  auto text = [](uint32_t leader) {
    return leader == 0 ? std::string{} : std::to_string(leader);
  };
  auto is_first = true;
  for (const auto& x : metadata.changes()) {
    if (x.where != where)
      continue;
    if (is_first)
      change(result.spans, begin_ms, text(x.before.leader));
    is_first = false;
    change(result.spans, x.time_ms, text(x.after.leader));
  }
  if (is_first)
    change(result.spans, begin_ms, text(metadata.leader_of(where)));
  return result;
}

} // namespace

cluster_track tell_cluster(const script& play, const cluster_book& metadata,
                           const std::vector<fault_mark>& faults,
                           const std::vector<track_span>& controllers,
                           const std::vector<posted_record>& posted) {
  cluster_track result;
  result.faults = faults;
  // Longer ago than anything.
  constexpr int64_t begin_ms = 0;
  for (const auto& x : play.nodes)
    result.nodes.push_back(
      lane_of_process(x.id, node_text(x.id), faults, begin_ms));
  for (uint32_t k = 0; k < play.workers; ++k) {
    auto host = first_worker + k;
    auto happened = [&](const auto& x) {
      return x.kind != fault_kind::heal && contains(x.whom, host);
    };
    if (std::any_of(faults.begin(), faults.end(), happened))
      result.nodes.push_back(lane_of_process(
        host, fmt::format("worker-{}", k + 1), faults, begin_ms));
  }
  result.leaders.push_back({"controllers", controllers});
  for (const auto& [id, topic] : metadata.topics())
    if (!topic.is_internal)
      for (int32_t p = 0; p < topic.partitions(); ++p) {
        partition_name name{topic.name, p};
        result.leaders.push_back(
          lane_of_partition(to_string(name), name, metadata, begin_ms));
      }
  auto shards = play.settings.coordination.shards;
  for (const auto& group : play.groups)
    result.leaders.push_back(lane_of_partition(
      "group " + group.name,
      {offsets_topic, static_cast<int32_t>(shard_of(group.name, shards))},
      metadata, begin_ms));
  for (auto& lane : result.leaders)
    lane.spans = while_running(lane.spans, result.nodes);
  result.events = explain(play, metadata, faults, posted);
  return result;
}

void add_cluster_lines(run_record& run) {
  for (const auto& x : run.cluster.faults)
    run.lines.push_back({x.time_ms, line_kind::fault, {}, x.text});
  for (const auto& x : run.cluster.events) {
    auto text = x.what;
    if (x.after_ms >= 0)
      text +=
        fmt::format(", {} after {}", format_duration(x.after_ms), x.cause);
    else if (!x.cause.empty())
      text += ": " + x.cause;
    run.lines.push_back({x.time_ms, line_kind::election, {}, text});
  }
}

} // namespace troupe::scenario
