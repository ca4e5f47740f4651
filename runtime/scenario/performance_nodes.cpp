// What steps do to the nodes of a cluster.

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/scenario/performance.hpp"
#include "runtime/scenario/step_text.hpp"

namespace troupe::scenario {

caf::expected<cluster_company*> performance::cluster() {
  if (auto* result = company_->as_cluster())
    return result;
  return make_error(ec::invalid_argument, "there is a single node here");
}

caf::error performance::operator()(const name_node& x) {
  auto on = cluster();
  if (!on)
    return on.error();
  auto host = (*on)->find(x.node);
  if (!host)
    return host.error();
  if (auto failed = (*on)->give_name(x.name, x.node))
    return failed;
  line(line_kind::note, {},
       fmt::format("{} is {}", x.name, cluster_company::name_of(*host)));
  return caf::none;
}

caf::error performance::operator()(const crash_node& x) {
  auto on = cluster();
  return on ? (*on)->crash(x) : on.error();
}

caf::error performance::operator()(const stop_node& x) {
  auto on = cluster();
  return on ? (*on)->stop(x) : on.error();
}

caf::error performance::operator()(const start_node& x) {
  auto on = cluster();
  return on ? (*on)->start(x) : on.error();
}

caf::error performance::operator()(const pause_node& x) {
  auto on = cluster();
  return on ? (*on)->pause(x) : on.error();
}

caf::error performance::operator()(const cut& x) {
  auto on = cluster();
  return on ? (*on)->cut_lines(x.which) : on.error();
}

caf::error performance::operator()(const heal& x) {
  auto on = cluster();
  return on ? (*on)->heal_lines(x.which) : on.error();
}

caf::error performance::operator()(const slow& x) {
  auto on = cluster();
  return on ? (*on)->slow_lines(x) : on.error();
}

caf::error performance::restart_in_cluster(const restart_node& x) {
  auto& on = *company_->as_cluster();
  auto host = on.find(*x.node);
  if (!host)
    return host.error();
  // Who leads is another one afterwards.
  host_name same;
  same.number = *host;
  auto ended =
    x.how == restart_kind::clean
      ? on.stop(stop_node{same, x.within})
      : on.crash({same, x.how == restart_kind::kill ? node_end::kill
                                                    : node_end::power_cut});
  if (ended)
    return ended;
  pass(x.down_time);
  if (auto failed = on.start(start_node{same, x.restarts_consumers}))
    return failed;
  for (const auto& y : company_->consumers())
    if (y.is_running() && y.host == *host)
      if (auto late = wait_until_stable(y.group, x.within))
        return late;
  return caf::none;
}

namespace {

const char* name_of(govern::order x) {
  switch (x) {
    case govern::order::drain:
      return "is to hold nothing";
    case govern::order::undrain:
      return "may hold replicas again";
    case govern::order::transfer:
      return "is to lead the controllers";
    case govern::order::move:
    case govern::order::rebalance:
      break;
  }
  return "";
}

bool holds(const partition_placement& x, uint32_t node) {
  auto is_in = [node](const auto& xs) {
    return std::find(xs.begin(), xs.end(), node) != xs.end();
  };
  return is_in(x.replicas) || is_in(x.moving_to);
}

} // namespace

caf::error performance::operator()(const govern& x) {
  using kind = cluster_order::kind;
  auto found = cluster();
  if (!found)
    return found.error();
  auto& on = **found;
  if (x.what == govern::order::move)
    return move(x, on);
  cluster_order order;
  if (x.what == govern::order::rebalance) {
    order.what = kind::rebalance;
    return on.give_order(order);
  }
  auto host = on.find(x.node);
  if (!host)
    return host.error();
  if (x.what == govern::order::transfer && on.controller() == *host)
    return caf::none;
  order.node = *host;
  order.what = x.what == govern::order::drain     ? kind::drain
               : x.what == govern::order::undrain ? kind::undrain
                                                  : kind::transfer;
  on.note_order(*host, fmt::format("{} {}", cluster_company::name_of(*host),
                                   name_of(x.what)));
  if (auto failed = on.give_order(order))
    return failed;
  if (x.what == govern::order::undrain)
    return caf::none;
  if (x.what == govern::order::transfer)
    return wait_for(x.within, "the controllers' new leader",
                    [&] { return on.controller() == *host; });
  return wait_for(x.within, "the node without replicas", [&] {
    for (const auto& [id, topic] : on.metadata().topics())
      for (const auto& y : topic.placement)
        if (holds(y, *host))
          return false;
    return true;
  });
}

caf::error performance::move(const govern& x, cluster_company& on) {
  std::vector<uint32_t> nodes;
  auto add = [&](uint32_t id) {
    if (std::find(nodes.begin(), nodes.end(), id) == nodes.end())
      nodes.push_back(id);
  };
  for (const auto& name : x.nodes) {
    if (name.what == host_name::kind::others) {
      for (const auto& y : script_.nodes)
        add(y.id);
      continue;
    }
    auto host = on.find(name);
    if (!host)
      return host.error();
    add(*host);
  }
  auto topic = on.metadata().find(x.topic);
  if (topic == nullptr)
    return make_error(ec::invalid_argument, "no topic " + x.topic);
  auto id = topic->id;
  std::vector<int32_t> which;
  for (int32_t p = 0; p < topic->partitions(); ++p)
    if (!x.partition || p == *x.partition)
      which.push_back(p);
  on.note_order(nodes.front(),
                fmt::format("{} is ordered to nodes {}, to be led by node {}",
                            x.topic, fmt::join(nodes, ", "), nodes.front()));
  for (auto p : which) {
    cluster_order order;
    order.what = cluster_order::kind::move;
    order.partition = {id, p};
    order.nodes = nodes;
    if (auto failed = on.give_order(order))
      return failed;
  }
  return wait_for(x.within, "the moved replicas", [&] {
    return std::all_of(which.begin(), which.end(), [&](int32_t p) {
      auto now = on.metadata().find(partition_name{x.topic, p});
      return now && now->replicas == nodes && now->leader == nodes.front()
             && now->in_sync.size() == nodes.size();
    });
  });
}

void performance::observe_cluster(const expect& wanted, observation& seen) {
  if (wanted.missing) {
    if (auto missing = observer_.count_missing())
      seen.missing = *missing;
    else
      seen.problems.push_back("logs cannot be read: " + what(missing.error()));
  }
  for (size_t number = 0; number < posts_->size(); ++number) {
    auto [first, last] = post_names_.equal_range(wanted.posts);
    auto is_named = std::any_of(
      first, last, [&](const auto& x) { return x.second == number; });
    if (!wanted.posts.empty() && !is_named)
      continue;
    auto some = posts_->counts(number);
    seen.posts.acknowledged += some.acknowledged;
    seen.posts.failed += some.failed;
    seen.posts.waiting += some.waiting;
  }
  auto* on = company_->as_cluster();
  if (on == nullptr)
    return;
  seen.cluster = &on->metadata();
  seen.find_node = [on](const host_name& x) { return on->find(x); };
  if (wanted.replicas_agree)
    seen.disagreements = on->disagreements();
  if (wanted.controller)
    seen.controller = on->controller();
}

} // namespace troupe::scenario
