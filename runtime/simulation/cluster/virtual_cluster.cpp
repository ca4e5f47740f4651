#include "runtime/simulation/cluster/virtual_cluster.hpp"

#include <algorithm>
#include <stdexcept>

#include <caf/send.hpp>
#include <fmt/format.h>

#include "runtime/node_link.hpp"
#include "runtime/simulation/slow_flusher.hpp"

namespace troupe::simulation {

namespace {

/// How long a node may take to say how it is.
constexpr caf::timespan look_bound = std::chrono::seconds{5};

} // namespace

std::string virtual_cluster::address_of(uint32_t node) {
  return fmt::format("node-{}:4160", node);
}

virtual_cluster::virtual_cluster(uint64_t seed) : net(seed) {
  settings.coordination.shards = 5;
  settings.cluster.is_on = true;
  settings.cluster.replica_lag_max = std::chrono::seconds{3};
  for (uint32_t id = 1; id <= 3; ++id)
    settings.cluster.nodes.push_back(address_of(id));
}

virtual_cluster::~virtual_cluster() {
  for (auto& [id, x] : hosts_)
    if (net.runs(id))
      end(id);
}

virtual_cluster::host& virtual_cluster::begin(uint32_t id) {
  auto& x = hosts_[id];
  ++x.lives;
  net.start(id);
  return x;
}

cast_config virtual_cluster::config_of(uint32_t node) {
  auto& x = hosts_[node];
  cast_config config;
  config.settings = settings;
  config.settings.node_id = node;
  config.settings.cluster.address = address_of(node);
  if (auto rack = racks.find(node); rack != racks.end())
    config.settings.cluster.rack = rack->second;
  config.disk = x.disk;
  config.cluster_id = {1, 2};
  config.incarnation = {node, x.lives};
  config.directory_id = x.directory_id;
  config.seed = derive_uuid({3, node}, x.lives);
  config.handlers = handlers;
  if (auto i = levels.find(node); i != levels.end())
    config.levels = i->second;
  config.epoch = net.epoch();
  if (auto i = clock_errors.find(node); i != clock_errors.end())
    config.epoch.value += i->second;
  config.log = logger{log_format::text, log_level::debug,
                      [this, node, &x](const std::string& line) {
                        if (on_log)
                          on_log(node, line);
                        else
                          x.log_lines.push_back(line);
                      }};
  config.spawn_flusher = [this, disk = x.disk](caf::actor_system& system) {
    return spawn_slow_flusher(system, [=, this](const sync_job& y) {
      auto time = sync_time;
      for (const auto& file : y.files)
        time += disk->extra_sync_time(file->path());
      return time;
    });
  };
  config.connector = net.connector_of(node);
  return config;
}

void virtual_cluster::start(uint32_t node, bool founds) {
  auto& x = begin(node);
  if (x.directory_id.is_nil())
    x.directory_id = {node, 1};
  auto config = config_of(node);
  config.founds = founds;
  auto& sys = net.at(node);
  x.players = std::make_unique<cast>(sys.system(), config);
  x.handle = sys.spawn(troupe::node, std::move(config));
  x.is_gone = false;
  caf::actor_cast<caf::abstract_actor*>(x.handle)->attach_functor(
    [&x, life = x.lives] { x.is_gone = life == x.lives; });
  net.publish(node, address_of(node),
              caf::actor_cast<caf::strong_actor_ptr>(x.handle));
}

void virtual_cluster::start_worker(uint32_t worker) {
  auto& x = begin(worker);
  auto config = config_of(worker);
  // It is no node.
  config.incarnation = {};
  auto reach = config.connector;
  auto& sys = net.at(worker);
  x.players = std::make_unique<cast>(sys.system(), std::move(config));
  x.handle = sys.spawn(node_link, reach, settings.cluster.nodes, node_actor{},
                       log_reporter{});
}

void virtual_cluster::end(uint32_t node) {
  auto& x = hosts_[node];
  x.disk->kill();
  // The dying change nothing any more.
  x.disk->stop_after(0);
  x.handle = node_actor{};
  x.players.reset();
  net.end(node);
}

void virtual_cluster::kill(uint32_t node) {
  end(node);
  hosts_[node].disk->kill();
}

void virtual_cluster::cut_power(uint32_t node) {
  end(node);
  hosts_[node].disk->crash(net.random());
}

void virtual_cluster::lose_disk(uint32_t node) {
  kill(node);
  auto& x = hosts_[node];
  x.disk = std::make_shared<memory_files>();
  x.directory_id = {node, x.directory_id.low + 1};
}

caf::error virtual_cluster::stop_within(uint32_t node, caf::timespan bound) {
  auto stopped = ask_within<caf::ok_atom>(bound, at(node), stop_atom_v);
  kill(node);
  return stopped ? caf::error{} : stopped.error();
}

void virtual_cluster::stop(uint32_t node) {
  if (auto failed = stop_within(node, std::chrono::minutes{1}))
    throw std::runtime_error(what(failed));
}

producer_actor virtual_cluster::producer(uint32_t node, producer_settings x) {
  return net.at(node).adopt(hosts_[node].players->spawn_producer(x, at(node)));
}

consumer_actor virtual_cluster::consumer(uint32_t node,
                                         const consumer_settings& x) {
  auto result = hosts_[node].players->spawn_consumer(
    x, fmt::format("{}-{}", x.group, node), at(node));
  if (!result)
    throw std::runtime_error(what(result.error()));
  return net.at(node).adopt(*result);
}

topic_info virtual_cluster::topic(uint32_t node, const std::string& name) {
  auto result = ask<topic_info>(at(node), topic_atom_v, name);
  return result ? *result : topic_info{};
}

bool virtual_cluster::is_healthy(size_t replicas) {
  auto voters = static_cast<ptrdiff_t>(
    std::min<size_t>(settings.cluster.voters, settings.cluster.nodes.size()));
  for (const auto& [id, x] : hosts_) {
    if (!x.handle || id >= first_worker)
      continue;
    auto seen = ask_within<cluster_status>(look_bound, x.handle, nodes_atom_v);
    if (!seen || seen->leader == 0
        || std::count_if(seen->members.begin(), seen->members.end(),
                         [](const auto& y) { return y.role == "voter"; })
             != voters)
      return false;
    auto all =
      ask_within<std::vector<topic_info>>(look_bound, x.handle, topics_atom_v);
    if (!all || all->size() < settings.topics.size() + 1)
      return false;
    for (const auto& topic : *all)
      for (const auto& placement : topic.placement)
        if (placement.leader == 0 || placement.in_sync.size() < replicas
            || !placement.moving_to.empty())
          return false;
  }
  return true;
}

bool virtual_cluster::until(const std::function<bool()>& done,
                            caf::timespan bound) {
  auto step = std::chrono::milliseconds{100};
  for (caf::timespan passed{0}; passed < bound; passed += step) {
    if (done())
      return true;
    net.advance(step);
  }
  return done();
}

std::string virtual_cluster::picture() {
  std::string result;
  for (auto& [id, x] : hosts_) {
    if (!x.handle) {
      result += fmt::format("node {} does not run\n", id);
    } else if (auto seen = ask_within<cluster_status>(std::chrono::seconds{1},
                                                      x.handle, nodes_atom_v)) {
      result += fmt::format("node {}: leader {}, term {}, index {};", id,
                            seen->leader, seen->term, seen->metadata_index);
      for (const auto& node : seen->nodes)
        result +=
          fmt::format(" {}{} {}", node.id, node.is_fenced ? " fenced" : "",
                      to_string(node.directory_id));
      result += "\n  members:";
      for (const auto& member : seen->members)
        result +=
          fmt::format(" {} {} {}", member.node, member.role, member.address);
      result += "\n";
      if (auto all = ask_within<std::vector<topic_info>>(
            std::chrono::seconds{1}, x.handle, topics_atom_v))
        for (const auto& topic : *all)
          for (const auto& y : topic.placement)
            result +=
              fmt::format("  {}: leader {} of {}, in sync {}\n", topic.name,
                          y.leader, y.leader_epoch, fmt::join(y.in_sync, " "));
    }
    auto first = x.log_lines.size() > 40 ? x.log_lines.size() - 40 : 0;
    for (auto i = first; i < x.log_lines.size(); ++i)
      result += "    " + x.log_lines[i] + "\n";
  }
  return result;
}

} // namespace troupe::simulation
