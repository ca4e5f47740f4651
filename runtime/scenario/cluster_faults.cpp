// What happens to the processes of a cluster and the lines between them.
#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/scenario/cluster_company.hpp"
#include "runtime/scenario/step_text.hpp"
#include "runtime/simulation/cluster/virtual_cluster.hpp"

namespace troupe::scenario {

namespace {

using simulation::virtual_cluster;

std::string names_of(const std::vector<uint32_t>& hosts) {
  std::vector<std::string> names;
  for (auto x : hosts)
    names.push_back(cluster_company::name_of(x));
  if (names.size() <= 1)
    return names.empty() ? "nobody" : names.front();
  auto last = names.back();
  names.pop_back();
  return fmt::format("{} and {}", fmt::join(names, ", "), last);
}

bool contains(const std::vector<uint32_t>& xs, uint32_t x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

} // namespace

void cluster_company::note_fault(fault_kind kind, std::vector<uint32_t> whom,
                                 std::string text, std::string cause) {
  faults_.push_back({stage_.now_ms(), kind, std::move(whom), std::move(text),
                     std::move(cause)});
}

caf::expected<uint32_t> cluster_company::find_running(const host_name& x) {
  auto host = find(x);
  if (host && !runs(*host))
    return make_error(ec::not_available, name_of(*host) + " does not run");
  return host;
}

caf::error cluster_company::crash(const crash_node& x) {
  auto host = find_running(x.node);
  if (!host)
    return host.error();
  auto name = name_of(*host);
  switch (x.how) {
    case node_end::kill:
      nodes_->kill(*host);
      note_fault(fault_kind::crash, {*host}, name + " is killed",
                 name + " was killed");
      break;
    case node_end::power_cut:
      nodes_->cut_power(*host);
      note_fault(fault_kind::crash, {*host}, name + " loses its power",
                 name + " lost its power");
      break;
    case node_end::lost_disk:
      nodes_->lose_disk(*host);
      note_fault(fault_kind::crash, {*host},
                 name + " is killed, and its disk is lost",
                 name + " and its disk were lost");
      break;
  }
  forget_clients(*host);
  return caf::none;
}

caf::error cluster_company::stop(const stop_node& x) {
  auto host = find_running(x.node);
  if (!host)
    return host.error();
  auto name = name_of(*host);
  note_fault(fault_kind::stop, {*host}, name + " is stopped in order",
             name + " was told to stop");
  std::vector<std::string> here;
  for (const auto& y : consumers())
    if (y.is_running() && y.host == *host)
      here.push_back(y.name);
  if (auto failed = stop(here, x.within))
    return failed;
  // They come back with it.
  ended_with_host_.insert(here.begin(), here.end());
  auto failed = nodes_->stop_within(*host, x.within);
  forget_clients(*host);
  if (failed)
    return make_error(ec::timed_out,
                      fmt::format("{} did not stop within {}: "
                                  "{}",
                                  name, describe(x.within), what(failed)));
  return caf::none;
}

caf::error cluster_company::start(const start_node& x) {
  auto host = find(x.node);
  if (!host)
    return host.error();
  auto name = name_of(*host);
  if (runs(*host))
    return make_error(ec::invalid_argument, name + " runs already");
  // One that has ended by itself makes room first.
  if (nodes_->net.runs(*host))
    nodes_->kill(*host);
  std::map<std::string, const player_consumer*> last;
  for (const auto& y : consumers())
    if (y.host == *host)
      last[y.name] = &y;
  std::vector<std::pair<std::string, uint32_t>> again;
  for (const auto& [key, y] : last)
    if (ended_with_host_.count(key) > 0)
      again.emplace_back(y->group, y->number);
  start_process(*host, false);
  note_fault(fault_kind::start, {*host}, name + " is started",
             name + " was started");
  for (const auto& [group, number] : again) {
    ended_with_host_.erase(fmt::format("{}-{}", group, number));
    if (x.restarts_consumers)
      if (auto failed =
            start_numbered(*script_.find_group(group), number, *host))
        return failed;
  }
  return caf::none;
}

caf::error cluster_company::pause(const pause_node& x) {
  auto host = find_running(x.node);
  if (!host)
    return host.error();
  auto is_paused = nodes_->net.is_paused(*host);
  auto name = name_of(*host);
  if (is_paused == x.is_paused)
    return make_error(
      ec::invalid_argument,
      name + (is_paused ? " stands still already" : " does not stand still"));
  if (x.is_paused)
    nodes_->net.pause(*host);
  else
    nodes_->net.resume(*host);
  if (x.is_paused)
    note_fault(fault_kind::pause, {*host}, name + " stands still",
               name + " stood still");
  else
    note_fault(fault_kind::resume, {*host}, name + " goes on",
               name + " went on");
  return caf::none;
}

caf::expected<std::pair<std::vector<uint32_t>, std::vector<uint32_t>>>
cluster_company::find_sides(const line_set& x) {
  std::pair<std::vector<uint32_t>, std::vector<uint32_t>> result;
  auto has_others = [](const std::vector<host_name>& side) {
    return std::any_of(side.begin(), side.end(), [](const auto& y) {
      return y.what == host_name::kind::others;
    });
  };
  auto find_side = [&](const std::vector<host_name>& names,
                       std::vector<uint32_t>& out) -> caf::error {
    for (const auto& name : names) {
      if (name.what == host_name::kind::others)
        continue;
      auto host = find(name);
      if (!host)
        return host.error();
      if (!contains(out, *host))
        out.push_back(*host);
    }
    return caf::none;
  };
  for (auto [names, side] :
       {std::pair{&x.one, &result.first}, std::pair{&x.other, &result.second}})
    if (auto failed = find_side(*names, *side))
      return failed;
  auto named = result.first;
  named.insert(named.end(), result.second.begin(), result.second.end());
  for (auto [names, side] :
       {std::pair{&x.one, &result.first}, std::pair{&x.other, &result.second}})
    if (has_others(*names))
      for (auto host : all_hosts())
        if (!contains(named, host))
          side->push_back(host);
  return result;
}

caf::error cluster_company::cut_lines(const line_set& x) {
  auto sides = find_sides(x);
  if (!sides)
    return sides.error();
  for (auto a : sides->first)
    for (auto b : sides->second)
      if (a != b) {
        nodes_->net.cut(a, b);
        if (!x.is_one_way)
          nodes_->net.cut(b, a);
      }
  auto is_one = sides->first.size() == 1;
  auto first = names_of(sides->first);
  auto text = x.is_one_way
                ? fmt::format("nothing passes from {} to {}", first,
                              names_of(sides->second))
                : fmt::format("{} {} cut off from {}", first,
                              is_one ? "is" : "are", names_of(sides->second));
  note_fault(fault_kind::cut, sides->first, text,
             fmt::format("{} {} cut off", first, is_one ? "was" : "were"));
  return caf::none;
}

namespace {

/// What a line is like when nothing is said about it.
constexpr caf::timespan latency_min = std::chrono::microseconds{50};
constexpr caf::timespan latency_max = std::chrono::microseconds{500};

} // namespace

caf::error cluster_company::heal_lines(const line_set& x) {
  auto is_all = x.one.empty() && x.other.empty();
  auto sides = find_sides(x);
  if (!sides)
    return sides.error();
  if (is_all)
    sides->first = sides->second = all_hosts();
  for (auto a : sides->first)
    for (auto b : sides->second) {
      if (a == b)
        continue;
      nodes_->net.mend(a, b);
      nodes_->net.set_latency(a, b, latency_min, latency_max);
      if (x.is_one_way)
        continue;
      nodes_->net.mend(b, a);
      nodes_->net.set_latency(b, a, latency_min, latency_max);
    }
  auto text = is_all
                ? std::string{"all lines are whole again"}
                : fmt::format("lines of {} to {} are whole again",
                              names_of(sides->first), names_of(sides->second));
  note_fault(fault_kind::heal, sides->first, text, "lines were whole again");
  return caf::none;
}

caf::error cluster_company::slow_lines(const slow& x) {
  auto sides = find_sides(x.which);
  if (!sides)
    return sides.error();
  for (auto a : sides->first)
    for (auto b : sides->second) {
      if (a == b)
        continue;
      nodes_->net.set_latency(a, b, x.latency_min, x.latency_max);
      if (!x.which.is_one_way)
        nodes_->net.set_latency(b, a, x.latency_min, x.latency_max);
    }
  auto text =
    fmt::format("what passes {} {} {} {} takes up to {}",
                x.which.is_one_way ? "from" : "between", names_of(sides->first),
                x.which.is_one_way ? "to" : "and", names_of(sides->second),
                describe(x.latency_max));
  note_fault(fault_kind::slow, sides->first, text,
             "lines of " + names_of(sides->first) + " were slow");
  return caf::none;
}

caf::error cluster_company::give_order(const cluster_order& x) {
  auto to = door();
  if (!to)
    return make_error(ec::not_available, "no node runs");
  auto done = stage_.ask<caf::ok_atom>(30s, to, order_atom_v, x);
  return done ? caf::error{} : done.error();
}

} // namespace troupe::scenario
