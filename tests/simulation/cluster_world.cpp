#include "tests/simulation/cluster_world.hpp"

#include <algorithm>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include "runtime/simulation/log_walk.hpp"

namespace troupe::testing {

namespace {

constexpr auto client_host = virtual_cluster::first_worker;

/// How long a node may take to stop.
constexpr int64_t stop_bound_ms = 60'000;

/// How long until somebody starts a node again that ended by itself.
constexpr int64_t restart_ms = 1'000;

} // namespace

cluster_world::cluster_world(uint64_t seed, bool is_traced)
  : client_world(seed, is_traced), nodes(seed) {
  nodes.handlers.add_factory(
    "simulated", [this](const auto& options) { return make_handler(options); });
  nodes.on_log = [this](uint32_t node, const std::string& line) {
    if (this->is_traced())
      note(fmt::format("{}: {}", node, line));
  };
}

cluster_world::~cluster_world() {
  if (!net_)
    return;
  end_clients();
  while (nodes.net.step())
    continue;
  forget_clients();
}

bool cluster_world::fire_timer(
  std::optional<caf::actor_clock::time_point> end) {
  return nodes.net.fire(end.value_or(now() + std::chrono::hours{1}));
}

// -- nodes -------------------------------------------------------------------

void cluster_world::begin(uint32_t count) {
  size_ = count;
  nodes.settings = settings;
  nodes.settings.cluster.is_on = true;
  nodes.settings.cluster.nodes.clear();
  for (uint32_t id = 1; id <= count; ++id)
    nodes.settings.cluster.nodes.push_back(fmt::format("node-{}:4160", id));
  for (uint32_t id = 1; id <= count; ++id)
    nodes.start(id, id == 1);
  nodes.start_worker();
  auto& system = client_system();
  net_ = std::make_unique<network>(system, make_listener());
  net_->connect(group_door());
  auto config = nodes.config_of(client_host);
  config.seed = derive_uuid({3, 4}, 1);
  config.incarnation = {};
  clients_cast_ = std::make_unique<cast>(system, std::move(config));
}

void cluster_world::later(int64_t in_ms, std::function<void()> what) {
  plans_.emplace(now_ms() + in_ms, std::move(what));
}

void cluster_world::end_node(uint32_t node, ending how, int64_t down_ms) {
  static constexpr const char* names[] = {"kills", "power cuts", "disks lost"};
  auto* name = names[static_cast<size_t>(how)];
  ++counts.done[name];
  note(fmt::format("node {}: {}", node, name));
  stopping_.erase(node);
  switch (how) {
    case ending::killed:
      nodes.kill(node);
      break;
    case ending::power_cut:
      nodes.cut_power(node);
      break;
    case ending::disk_lost:
      nodes.lose_disk(node);
      break;
  }
  later(down_ms, [this, node] {
    if (runs(node))
      return;
    note(fmt::format("node {} starts", node));
    nodes.start(node);
  });
}

void cluster_world::stop_node(uint32_t node, int64_t down_ms) {
  note(fmt::format("node {} is to stop", node));
  ++counts.done["stops"];
  auto until = now_ms() + stop_bound_ms;
  stopping_[node] = until;
  nodes.net.at(node).system().spawn(
    [=, this, to = nodes.at(node)](caf::event_based_actor* self) {
      self->request(to, caf::infinite, stop_atom_v)
        .then(
          [=, this](caf::ok_atom) {
            // Not from within: it ends the process that this is a part of.
            auto i = stopping_.find(node);
            if (i != stopping_.end() && i->second == until)
              later(0, [=, this] {
                if (stopping_.count(node) > 0)
                  end_node(node, ending::killed, down_ms);
              });
          },
          [](const caf::error&) {
            // The bound is what ends it then.
          });
    });
}

void cluster_world::pause_node(uint32_t node, int64_t for_ms) {
  if (nodes.net.is_paused(node))
    return;
  ++counts.done["pauses"];
  note(fmt::format("node {} pauses for {} ms", node, for_ms));
  nodes.net.pause(node);
  later(for_ms, [this, node] {
    if (nodes.net.is_paused(node)) {
      note(fmt::format("node {} goes on", node));
      nodes.net.resume(node);
    }
  });
}

void cluster_world::cut(uint32_t from, uint32_t to, int64_t for_ms) {
  ++counts.done["lines cut"];
  note(fmt::format("nothing passes from {} to {} for {} ms", from, to, for_ms));
  nodes.net.cut(from, to);
  later(for_ms, [this, from, to] { nodes.net.mend(from, to); });
}

void cluster_world::slow_down(uint32_t a, uint32_t b, caf::timespan most,
                              int64_t for_ms) {
  ++counts.done["lines slow"];
  note(fmt::format("between {} and {} it takes up to {} ms", a, b,
                   most.count() / 1'000'000));
  auto set = [this, a, b](caf::timespan x) {
    nodes.net.set_latency(a, b, std::chrono::microseconds{50}, x);
    nodes.net.set_latency(b, a, std::chrono::microseconds{50}, x);
  };
  set(most);
  later(for_ms, [set] { set(std::chrono::microseconds{500}); });
}

void cluster_world::order(const cluster_order& x) {
  ++counts.done["orders"];
  note(fmt::format("order {} of node {}", static_cast<int>(x.what), x.node));
  helpers_.push_back(
    client_system()
      .spawn([=, to = group_door()](caf::event_based_actor* self) {
        self->request(to, caf::infinite, order_atom_v, x)
          .then([](caf::ok_atom) {},
                [](const caf::error&) {
                  // It may be impossible now.
                });
      })
      .address());
}

void cluster_world::keep_nodes() {
  while (!plans_.empty() && plans_.begin()->first <= now_ms()) {
    auto what = std::move(plans_.begin()->second);
    plans_.erase(plans_.begin());
    what();
  }
  for (uint32_t id = 1; id <= size_; ++id) {
    if (nodes.is_gone(id) && runs(id)) {
      ++counts.done["nodes gave up"];
      end_node(id, ending::killed, restart_ms);
    }
    if (auto i = stopping_.find(id);
        i != stopping_.end() && i->second <= now_ms()) {
      if (is_calm)
        fail(fmt::format("liveness: node {} does not stop", id));
      end_node(id, ending::killed, restart_ms);
    }
  }
}

// -- the end -----------------------------------------------------------------

void cluster_world::calm_down() {
  note("from now on nothing fails");
  is_calm = true;
  nodes.net.mend_all();
  for (uint32_t id = 1; id <= size_; ++id) {
    nodes.disk(id).end_faults();
    if (nodes.net.is_paused(id))
      nodes.net.resume(id);
    for (uint32_t other = 1; other <= size_; ++other)
      nodes.net.set_latency(id, other, std::chrono::microseconds{50},
                            std::chrono::microseconds{500});
    cluster_order undrain;
    undrain.what = cluster_order::kind::undrain;
    undrain.node = id;
    order(undrain);
  }
  for (auto& [name, group] : groups) {
    pause(name, false);
    for (int i = 0; group.is_resetting && i < 600; ++i) {
      pass(std::chrono::milliseconds{100});
      keep_nodes();
      // Its answer was lost.
      group.is_resetting = group.is_resetting && i < 300;
    }
    auto all = consumers_of(name);
    if (std::none_of(all.begin(), all.end(),
                     [](const auto* x) { return !x->is_stopping; }))
      start_consumer(name);
  }
}

bool cluster_world::is_well(std::string& why) {
  for (uint32_t id = 1; id <= size_; ++id)
    if (!runs(id)) {
      why = fmt::format("node {} does not run", id);
      return false;
    }
  auto seen = ask<cluster_status>(group_door(), nodes_atom_v);
  if (!seen || seen->leader == 0) {
    why = seen ? "the controllers have no leader" : what(seen.error());
    return false;
  }
  for (const auto& x : seen->nodes)
    if (x.is_fenced || x.is_draining) {
      why =
        fmt::format("node {} is {}", x.id, x.is_fenced ? "fenced" : "draining");
      // The order may have been lost.
      if (x.is_draining)
        order({cluster_order::kind::undrain, x.id, {}, {}});
      return false;
    }
  // While fewer vote, the loss of one may be that of all that was agreed on.
  auto voters = std::count_if(seen->members.begin(), seen->members.end(),
                              [](auto& x) { return x.role == "voter"; });
  if (seen->nodes.size() < size_ || voters < 3) {
    why = fmt::format("{} of {} nodes are known, {} vote", seen->nodes.size(),
                      size_, voters);
    return false;
  }
  auto all = ask<std::vector<topic_info>>(group_door(), topics_atom_v);
  if (!all) {
    why = what(all.error());
    return false;
  }
  for (const auto& topic : *all)
    for (size_t p = 0; p < topic.placement.size(); ++p) {
      const auto& x = topic.placement[p];
      if (x.leader != 0 && x.in_sync.size() == x.replicas.size()
          && x.moving_to.empty() && x.replicas.size() >= 2)
        continue;
      why = fmt::format("{}-{}: leader {}, {} of {} in sync{}", topic.name, p,
                        x.leader, x.in_sync.size(), x.replicas.size(),
                        x.moving_to.empty() ? "" : ", moving");
      return false;
    }
  return true;
}

namespace {

/// The records of a replica, by offset.
std::map<int64_t, std::string> records_of(storage::files& disk,
                                          const std::string& directory) {
  std::map<int64_t, std::string> result;
  for (const auto& batch : simulation::read_batches(disk, directory))
    if (auto records = read_records(batch))
      for (const auto& x : *records)
        result.emplace(x.offset, fmt::format("{}={}", x.content.key.view(),
                                             x.content.value.view()));
  return result;
}

/// What a log with a record a key comes to.
std::map<std::string, std::string> last_of(
  const std::map<int64_t, std::string>& records) {
  std::map<std::string, std::string> result;
  for (const auto& [offset, text] : records) {
    auto equals = text.find('=');
    result[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return result;
}

} // namespace

void cluster_world::judge_disks() {
  auto all = ask<std::vector<topic_info>>(group_door(), topics_atom_v);
  if (!all)
    return fail("I6: " + what(all.error()));
  tell(checker::node_ended{checker::node_end::clean});
  for (const auto& topic : *all)
    for (size_t p = 0; p < topic.placement.size(); ++p) {
      auto directory = fmt::format("{}/{}", topic_directory(topic), p);
      const auto& x = topic.placement[p];
      auto leaders = records_of(nodes.disk(x.leader), directory);
      for (auto node : x.replicas) {
        auto theirs = records_of(nodes.disk(node), directory);
        auto agree = topic.settings.cleanup == cleanup_policy::compact
                       ? last_of(theirs) == last_of(leaders)
                       : theirs == leaders;
        ++counts.replays;
        if (!agree)
          fail(fmt::format("I6: {}-{}: nodes {} and {} hold other records "
                           "({} and {})",
                           topic.name, p, x.leader, node, leaders.size(),
                           theirs.size()));
      }
      if (topic.is_internal)
        continue;
      checker::log_found found{{topic.name, static_cast<int32_t>(p)}, 0, 0, {}};
      for (const auto& batch :
           simulation::read_batches(nodes.disk(x.leader), directory)) {
        found.end = batch.header.last_offset() + 1;
        if (auto records = read_records(batch))
          for (const auto& y : *records)
            found.records.emplace_back(y.offset, y.content.value.str());
      }
      if (topics.count(topic.name))
        tell(found);
    }
}

} // namespace troupe::testing
