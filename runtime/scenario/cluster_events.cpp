// Why leaders and in-sync sets of a cluster changed, and what it cost.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "runtime/scenario/cluster_story.hpp"
#include "runtime/scenario/run_printer_text.hpp"

namespace troupe::scenario {

namespace {

/// Changes for one reason that come within this time are one event.
constexpr int64_t together_ms = 2000;

bool contains(const std::vector<uint32_t>& xs, uint32_t x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

std::string node_text(uint32_t x) {
  return x == 0 ? "nobody" : fmt::format("node {}", x);
}

// -- causes ------------------------------------------------------------------

/// What was done to a node, and not undone, until then.
const fault_mark* fault_of(uint32_t node, int64_t time_ms,
                           const std::vector<fault_mark>& faults) {
  const fault_mark* result = nullptr;
  for (const auto& x : faults) {
    if (x.time_ms > time_ms)
      break;
    if (!contains(x.whom, node))
      continue;
    switch (x.kind) {
      case fault_kind::crash:
      case fault_kind::stop:
      case fault_kind::pause:
      case fault_kind::cut:
      case fault_kind::slow:
        result = &x;
        break;
      case fault_kind::start:
      case fault_kind::resume:
      case fault_kind::heal:
        // What it did may still be going on.
        if (time_ms - x.time_ms > 1000)
          result = nullptr;
        break;
      case fault_kind::order:
        break;
    }
  }
  return result;
}

const fault_mark* last_of(fault_kind what, int64_t time_ms,
                          const std::vector<fault_mark>& faults) {
  const fault_mark* result = nullptr;
  for (const auto& x : faults)
    if (x.kind == what && x.time_ms <= time_ms)
      result = &x;
  return result;
}

struct reason {
  std::string text;
  int64_t since_ms = -1;
  bool is_harm = false;
};

reason reason_of(const placement_change& x, uint32_t old,
                 const std::vector<fault_mark>& faults) {
  if (auto fault = fault_of(old, x.time_ms, faults))
    return {fault->cause, fault->time_ms, true};
  auto order = last_of(fault_kind::order, x.time_ms, faults);
  if (order && x.time_ms - order->time_ms < 10'000)
    return {order->cause, order->time_ms, false};
  if (x.after.leader != 0 && x.after.leader == x.after.replicas.front())
    return {"leaders go back to the preferred replicas", -1, false};
  return {};
}

/// When a partition had acknowledged something again.
int64_t acknowledged_after(const partition_name& where, int64_t time_ms,
                           const std::vector<posted_record>& posted) {
  int64_t result = -1;
  for (const auto& x : posted)
    if (x.topic == where.topic && x.partition == where.partition
        && x.time_ms >= time_ms && (result < 0 || x.time_ms < result))
      result = x.time_ms;
  return result;
}

// -- events ------------------------------------------------------------------

std::vector<cluster_event> elections(const cluster_book& metadata,
                                     const std::vector<fault_mark>& faults,
                                     const std::vector<posted_record>& posted) {
  std::vector<cluster_event> result;
  std::map<partition_name, uint32_t> last;
  for (const auto& x : metadata.changes()) {
    auto old = x.before.leader != 0 ? x.before.leader : last[x.where];
    last[x.where] = x.after.leader != 0 ? x.after.leader : old;
    if (x.after.leader == x.before.leader)
      continue;
    auto [cause, since_ms, is_harm] = reason_of(x, old, faults);
    auto is_same = [&](const cluster_event& y) {
      return y.cause == cause && x.time_ms - y.time_ms < together_ms;
    };
    auto i = std::find_if(result.begin(), result.end(), is_same);
    if (i == result.end()) {
      result.push_back({});
      i = std::prev(result.end());
      i->time_ms = x.time_ms;
      i->cause = cause;
      i->after_ms = since_ms < 0 ? -1 : x.time_ms - since_ms;
    }
    i->moves.push_back(
      fmt::format("{}: {} \u2192 {}, leader epoch {}", to_string(x.where),
                  node_text(x.before.leader), node_text(x.after.leader),
                  x.after.leader_epoch));
    if (auto at = acknowledged_after(x.where, x.time_ms, posted);
        is_harm && at >= 0)
      i->writable_after_ms = std::max(i->writable_after_ms, at - since_ms);
  }
  for (auto& x : result)
    x.what =
      x.moves.size() == 1
        ? "a partition has another leader"
        : fmt::format("{} partitions have other leaders", x.moves.size());
  return result;
}

/// When a node began to lack something, and had all again.
std::vector<cluster_event> sync_events(const script& play,
                                       const cluster_book& metadata,
                                       const std::vector<fault_mark>& faults) {
  std::vector<cluster_event> result;
  for (const auto& node : play.nodes) {
    std::set<partition_name> behind;
    size_t most = 0;
    int64_t since = -1;
    for (const auto& x : metadata.changes()) {
      auto is_behind = contains(x.after.replicas, node.id)
                       && !contains(x.after.in_sync, node.id);
      auto was_empty = behind.empty();
      if (is_behind)
        behind.insert(x.where);
      else
        behind.erase(x.where);
      most = std::max(most, behind.size());
      if (was_empty && is_behind) {
        since = x.time_ms;
        most = 1;
        cluster_event y;
        y.time_ms = x.time_ms;
        y.what = node_text(node.id) + " drops out of in-sync sets";
        if (auto why = fault_of(node.id, x.time_ms, faults)) {
          y.cause = why->cause;
          y.after_ms = x.time_ms - why->time_ms;
        }
        result.push_back(std::move(y));
      } else if (!was_empty && behind.empty()) {
        cluster_event y;
        y.time_ms = x.time_ms;
        y.what =
          fmt::format("{} is in sync again, after {}", node_text(node.id),
                      format_duration(x.time_ms - since));
        y.cause =
          fmt::format("it has caught up with {}",
                      format_count(static_cast<int64_t>(most), "partition"));
        result.push_back(std::move(y));
      }
    }
  }
  return result;
}

} // namespace

std::vector<cluster_event> explain(const script& play,
                                   const cluster_book& metadata,
                                   const std::vector<fault_mark>& faults,
                                   const std::vector<posted_record>& posted) {
  auto result = elections(metadata, faults, posted);
  auto synced = sync_events(play, metadata, faults);
  result.insert(result.end(), synced.begin(), synced.end());
  std::stable_sort(
    result.begin(), result.end(),
    [](const auto& x, const auto& y) { return x.time_ms < y.time_ms; });
  return result;
}

} // namespace troupe::scenario
