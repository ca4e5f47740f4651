#include "runtime/scenario/cluster_company.hpp"

#include <algorithm>
#include <utility>

#include <caf/send.hpp>
#include <fmt/format.h>

#include "actors/protocol/shard_of.hpp"
#include "runtime/quorum.hpp"
#include "runtime/simulation/cluster/virtual_cluster.hpp"

namespace troupe::scenario {

namespace {

using simulation::virtual_cluster;

/// How long the cluster may take to begin, and a look at one of its nodes.
constexpr caf::timespan begin_bound = 2min;
constexpr caf::timespan look_bound = 1s;

/// How long somebody who is asked for its view may take: it is in the same
/// process.
constexpr caf::timespan glance_bound = 20ms;

/// A cluster votes with an odd number of nodes.
uint32_t voters_of(const script& play) {
  auto count = static_cast<uint32_t>(play.nodes.size());
  auto most = count % 2 == 0 ? count - 1 : count;
  return std::min(play.settings.cluster.voters, most);
}

/// Tells the book of each change that its node knows.
metadata_listener_actor::behavior_type watcher(
  metadata_listener_actor::pointer self, const node_actor& node,
  const std::shared_ptr<cluster_book>& book, epoch_offset epoch) {
  auto apply = [=](const metadata_update& x) {
    book->apply(x, now_ms(self, epoch));
  };
  self
    ->request(node, caf::infinite, watch_atom_v, metadata_listener_actor{self})
    .then(apply, [](const caf::error&) {
      // The node ends before it serves; its next life is watched anew.
    });
  return {[=](update_atom, const metadata_update& x) { apply(x); }};
}

} // namespace

cluster_company::cluster_company(stage& on, const script& play,
                                 std::shared_ptr<ledger> book,
                                 std::shared_ptr<post_book> posts)
  : company(on, play, std::move(book), std::move(posts)) {
  if (auto* room = dynamic_cast<machine_room*>(&on))
    nodes_ = &room->nodes();
}

cluster_company::~cluster_company() {
  // Handlers of what still runs write into what ends with this.
  if (nodes_ != nullptr)
    for (auto host : all_hosts())
      if (nodes_->net.runs(host))
        nodes_->kill(host);
}

// -- beginning ---------------------------------------------------------------

caf::error cluster_company::begin() {
  if (!has_quorum())
    return make_error(ec::invalid_argument, quorum_is_missing);
  if (nodes_ == nullptr)
    return make_error(ec::invalid_argument,
                      "a scenario with 'nodes' can be played in virtual time "
                      "only");
  auto& settings = nodes_->settings;
  settings = script_.settings;
  settings.topics.clear();
  settings.consumers.clear();
  settings.cluster.is_on = true;
  settings.cluster.voters = voters_of(script_);
  settings.cluster.nodes.clear();
  for (const auto& x : script_.nodes) {
    settings.cluster.nodes.push_back(virtual_cluster::address_of(x.id));
    if (!x.rack.empty())
      nodes_->racks[x.id] = x.rack;
  }
  add_handlers(nodes_->handlers);
  for (const auto& x : script_.nodes)
    start_process(x.id, x.id == script_.nodes.front().id);
  for (uint32_t k = 0; k < script_.workers; ++k)
    start_process(virtual_cluster::first_worker + k, false);
  // Groups' records have a topic of their own.
  size_t count = 1;
  auto ready = [this, &count] {
    return metadata_->topics().size() == count && is_in_sync() && is_balanced()
           && all_know_topics();
  };
  if (!nodes_->until(ready, begin_bound))
    return make_error(ec::timed_out, "the nodes do not become a cluster");
  if (auto failed = create_topics())
    return failed;
  count += script_.topics.size();
  if (!nodes_->until(ready, begin_bound))
    return make_error(ec::timed_out, "the topics do not get their replicas");
  metadata_->forget_changes();
  return caf::none;
}

caf::error cluster_company::create_topics() {
  for (const auto& topic : script_.topics)
    if (auto made =
          stage_.ask<topic_info>(begin_bound, door(), create_atom_v, topic);
        !made)
      return made.error();
  return caf::none;
}

void cluster_company::start_process(uint32_t host, bool founds) {
  if (host >= virtual_cluster::first_worker) {
    nodes_->start_worker(host);
    return;
  }
  nodes_->start(host, founds);
  nodes_->net.at(host).spawn(watcher, nodes_->at(host), metadata_,
                             stage_.epoch());
}

std::vector<uint32_t> cluster_company::all_hosts() const {
  std::vector<uint32_t> result;
  for (const auto& x : script_.nodes)
    result.push_back(x.id);
  for (uint32_t k = 0; k < script_.workers; ++k)
    result.push_back(virtual_cluster::first_worker + k);
  return result;
}

bool cluster_company::runs(uint32_t host) const {
  return nodes_ != nullptr && nodes_->runs(host) && !nodes_->is_gone(host);
}

bool cluster_company::is_in_sync() {
  if (metadata_->under_replicated() > 0 || metadata_->offline() > 0)
    return false;
  auto replicas = std::min<size_t>(script_.settings.cluster.replication_factor,
                                   script_.nodes.size());
  for (const auto& [id, topic] : metadata_->topics())
    for (const auto& x : topic.placement)
      if (x.leader != x.replicas.front()
          || x.replicas.size() < std::min<size_t>(topic.replication_factor > 0
                                                    ? topic.replication_factor
                                                    : replicas,
                                                  replicas))
        return false;
  auto leader = controller();
  if (leader == 0)
    return false;
  auto seen =
    stage_.ask<cluster_status>(look_bound, nodes_->at(leader), nodes_atom_v);
  auto voters = [](const auto& x) { return x.role == "voter"; };
  return seen && seen->nodes.size() == script_.nodes.size()
         && std::none_of(seen->nodes.begin(), seen->nodes.end(),
                         [](const auto& x) { return x.is_fenced; })
         && std::count_if(seen->members.begin(), seen->members.end(), voters)
              == voters_of(script_);
}

bool cluster_company::all_know_topics() {
  return std::all_of(
    script_.nodes.begin(), script_.nodes.end(), [this](const auto& x) {
      auto known = stage_.ask<std::vector<topic_info>>(
        look_bound, nodes_->at(x.id), topics_atom_v);
      return known && known->size() == metadata_->topics().size();
    });
}

bool cluster_company::is_balanced() const {
  for (const auto& [id, topic] : metadata_->topics())
    for (const auto& x : topic.placement)
      if (x.leader == 0 || x.leader != x.replicas.front())
        return false;
  return true;
}

// -- looking -----------------------------------------------------------------

uint64_t cluster_company::leading_term(uint32_t node) {
  if (!runs(node) || nodes_->net.is_paused(node))
    return 0;
  auto seen =
    stage_.ask<cluster_status>(glance_bound, nodes_->at(node), nodes_atom_v);
  // Others may know an earlier one.
  return seen && seen->leader == node ? seen->term : 0;
}

uint32_t cluster_company::controller() {
  last_controller_ = 0;
  uint64_t term = 0;
  for (const auto& x : script_.nodes)
    if (auto found = leading_term(x.id); found > term) {
      last_controller_ = x.id;
      term = found;
    }
  return last_controller_;
}

uint32_t cluster_company::glance_at_controller() {
  return leading_term(last_controller_) > 0 ? last_controller_ : controller();
}

node_actor cluster_company::door() {
  // One that the controllers' leader is, or reaches.
  auto leader = controller();
  for (const auto& x : script_.nodes)
    if (runs(x.id) && (leader == 0 || leader == x.id)
        && !nodes_->net.is_paused(x.id))
      return nodes_->at(x.id);
  return {};
}

caf::expected<std::vector<topic_info>> cluster_company::topics() {
  std::vector<topic_info> result;
  for (const auto& [id, topic] : metadata_->topics())
    result.push_back(topic);
  std::sort(result.begin(), result.end(),
            [](const auto& x, const auto& y) { return x.name < y.name; });
  return result;
}

caf::expected<partition_actor> cluster_company::partition(
  const topic_partition& id) {
  auto topic = metadata_->topics().find(id.topic);
  if (topic == metadata_->topics().end())
    return make_error(ec::not_available, "there is no such topic");
  partition_name name{topic->second.name, id.partition};
  auto leader = metadata_->leader_of(name);
  if (!runs(leader) || nodes_->net.is_paused(leader))
    return make_error(ec::not_available,
                      to_string(name) + " has no leader that runs");
  return stage_.ask<partition_actor>(look_bound, nodes_->at(leader),
                                     host_atom_v, id);
}

caf::expected<coordinator_actor> cluster_company::coordinator(
  const std::string& group) {
  auto node = find({host_name::kind::coordinator, 0, {}, group});
  if (!node)
    return node.error();
  if (!runs(*node) || nodes_->net.is_paused(*node))
    return make_error(
      ec::not_available,
      fmt::format("the node that coordinates {} does not run", group));
  return stage_.ask<coordinator_actor>(look_bound, nodes_->at(*node),
                                       host_atom_v, group);
}

// -- who is meant ------------------------------------------------------------

std::string cluster_company::name_of(uint32_t host) {
  return host >= virtual_cluster::first_worker
           ? fmt::format("worker-{}", host - virtual_cluster::first_worker + 1)
           : fmt::format("node {}", host);
}

caf::expected<uint32_t> cluster_company::find(const host_name& x) {
  using kind = host_name::kind;
  auto led_by = [&](const partition_name& y) -> caf::expected<uint32_t> {
    if (auto leader = metadata_->leader_of(y))
      return leader;
    return make_error(ec::not_available, to_string(y) + " has no leader now");
  };
  switch (x.what) {
    case kind::node:
      return x.number;
    case kind::worker:
      return virtual_cluster::first_worker + x.number - 1;
    case kind::leader:
      return led_by(x.partition);
    case kind::coordinator:
      return led_by(
        {offsets_topic, static_cast<int32_t>(shard_of(
                          x.text, script_.settings.coordination.shards))});
    case kind::controller:
      if (auto leader = controller())
        return leader;
      return make_error(ec::not_available, "the controllers have no leader");
    case kind::given:
      if (auto i = given_.find(x.text); i != given_.end())
        return i->second;
      break;
    case kind::others:
      break;
  }
  return make_error(ec::invalid_argument, "nobody is called " + to_string(x));
}

caf::error cluster_company::give_name(const std::string& name,
                                      const host_name& whom) {
  auto host = find(whom);
  if (!host)
    return host.error();
  given_[name] = *host;
  return caf::none;
}

caf::expected<place> cluster_company::place_of(uint32_t host) {
  if (!runs(host))
    return make_error(ec::not_available, name_of(host) + " does not run");
  auto& process = nodes_->net.at(host);
  return place{host, &process.system(), &nodes_->players(host),
               nodes_->at(host),
               [&process](const caf::actor_addr& x) { process.adopt(x); }};
}

caf::expected<uint32_t> cluster_company::host_of(
  const std::optional<host_name>& at) {
  return at ? find(*at)
            : caf::expected<uint32_t>{virtual_cluster::first_worker};
}

} // namespace troupe::scenario
