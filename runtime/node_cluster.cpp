// A node as one of a cluster: says that it lives, reaches the others, knows who
// does what there.

#include <algorithm>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include "actors/protocol/pass_on.hpp"
#include "actors/protocol/retry.hpp"
#include "actors/protocol/shard_of.hpp"
#include "runtime/node.hpp"
#include "runtime/version.hpp"

namespace troupe {

namespace {

constexpr caf::timespan command_timeout = 30s;
/// How long another node may take to say who does something there.
constexpr caf::timespan host_bound = 5s;
/// So many leases a node that the cluster does not take asks again, before it
/// ends: in who was this node before it lost its disk they believe for one.
constexpr int leases_refused = 5;
/// Leases that are kept in mind until the metadata comes, too.
constexpr size_t leases_ahead_max = 64;
constexpr milliseconds first_retry = 50ms;
constexpr milliseconds last_retry = 1s;

} // namespace

bool node_state::is_clustered() const {
  return cast_->config().settings.cluster.is_on;
}

// -- being alive -------------------------------------------------------------

void node_state::begin_cluster_life() {
  for (const auto& address : cast_->config().settings.cluster.nodes)
    if (address != cast_->config().settings.cluster.address)
      peers_[address].address = address;
  beat();
}

void node_state::beat() {
  const auto& config = cast_->config();
  const auto& cluster = config.settings.cluster;
  node_beat x;
  x.about.id = config.settings.node_id;
  x.about.address = cluster.address;
  x.about.rack = cluster.rack;
  x.about.incarnation = config.incarnation;
  x.about.directory_id = config.directory_id;
  x.about.version = version;
  x.about.levels = config.levels;
  x.metadata_index = metadata_index_;
  x.is_leaving = is_leaving_;
  auto asked = self->clock().now();
  self->request(controller_, caf::timespan{cluster.lease}, beat_atom_v, x)
    .then([this, asked](const node_lease& lease) { on_lease(lease, asked); },
          [this](const caf::error& why) {
            if (code_of(why) == ec::unsupported_version)
              return give_up(why);
            // The last one that stops has nobody to hand over to.
            if (left_ && is_alone())
              return std::exchange(left_, nullptr)();
            if (code_of(why) == ec::wrong_cluster)
              on_refused(why);
            else
              refused_since_.reset();
          });
  connect_peers();
  beat_due_ = asked + cluster.beat_interval;
  self->scheduled_send(node_actor{self}, beat_due_, tick_atom_v);
}

void node_state::on_lease(const node_lease& x,
                          caf::actor_clock::time_point asked) {
  controller_problem_.clear();
  refused_since_.reset();
  if (!known_index_)
    known_index_ = x.metadata_index;
  catch_up();
  if (is_leaving_) {
    if (x.leads == 0 && left_)
      std::exchange(left_, nullptr)();
    return;
  }
  if (x.length <= caf::timespan{0})
    return;
  lease_until_ = (asked + x.length).time_since_epoch();
  if (leases_ahead_.size() == leases_ahead_max)
    leases_ahead_.pop_front();
  leases_ahead_.push_back(
    {x.metadata_index, (asked + x.fresh).time_since_epoch()});
  extend_lease();
  if (!std::exchange(has_lease_, true))
    begin_serving();
  create_missing_topics_of_cluster();
}

void node_state::extend_lease() {
  // What is led here may have been given to others by a command that did not
  // get here yet, while the leases do: without it, nothing is fresh.
  while (!leases_ahead_.empty()
         && leases_ahead_.front().metadata_index <= metadata_index_) {
    fresh_until_ = std::max(fresh_until_, leases_ahead_.front().fresh_until);
    leases_ahead_.pop_front();
  }
  if (!is_leaving_)
    cast_->lease().extend(lease_until_, fresh_until_);
}

void node_state::on_refused(const caf::error& why) {
  auto now = self->clock().now();
  if (!refused_since_)
    refused_since_ = now;
  if (now - *refused_since_
      >= leases_refused * cast_->config().settings.cluster.lease)
    return give_up(why);
  // For people: whoever waits is answered by others.
  if (controller_problem_ == what(why))
    return;
  controller_problem_ = what(why);
  log(log_level::warning, "the cluster does not take this node yet",
      {{"why", controller_problem_}});
}

bool node_state::is_alone() const {
  return std::none_of(peers_.begin(), peers_.end(),
                      [](const auto& x) { return x.second.door; });
}

void node_state::leave_cluster() {
  auto go_on = [this] {
    // What is led here all the same ends with this node.
    cast_->lease().end();
    stop_groups();
  };
  if (std::exchange(is_leaving_, true))
    return;
  // Nobody hears one that is not of the cluster.
  if (end_reason_)
    return go_on();
  left_ = go_on;
  cast_->lease().end_fresh();
  auto bound =
    std::min<milliseconds>(5s, cast_->config().settings.stop_timeout);
  leave_due_ = self->clock().now() + bound;
  beat();
}

// -- other nodes -------------------------------------------------------------

void node_state::connect_peers() {
  auto now = self->clock().now();
  for (auto& [address, peer] : peers_)
    if (!peer.door && !peer.is_connecting && peer.retry_at <= now)
      connect(address);
}

void node_state::connect(const std::string& address) {
  const auto& connector = cast_->config().connector;
  if (!connector)
    return;
  peers_[address].is_connecting = true;
  auto again = [this, address](const std::string&) {
    auto i = peers_.find(address);
    if (i == peers_.end())
      return;
    i->second.is_connecting = false;
    auto pause = backoff_after(++i->second.failures, first_retry, last_retry);
    i->second.retry_at = self->clock().now() + pause;
  };
  self->request(connector, 15s, caf::connect_atom_v, address)
    .then(
      [this, address](const caf::strong_actor_ptr& x) {
        meet(address, caf::actor_cast<node_actor>(x));
      },
      [again](const caf::error& why) { again(what(why)); });
}

void node_state::meet(const std::string& address, node_actor door) {
  auto failed = [this, address](const caf::error& why) {
    auto& peer = peers_[address];
    peer.is_connecting = false;
    auto pause = backoff_after(++peer.failures, first_retry, last_retry);
    peer.retry_at = self->clock().now() + pause;
    log(log_level::debug, "node not met",
        {{"address", address}, {"why", what(why)}});
  };
  self->monitor(door);
  self->request(door, 5s, controller_atom_v)
    .then(
      [=, this](const controller_actor& other) {
        self->request(other, 5s, status_atom_v)
          .then(
            [=, this](const node_status& about) {
              const auto& config = cast_->config();
              if (about.cluster_id != config.cluster_id)
                return failed(make_error(ec::wrong_cluster,
                                         "it is of cluster "
                                           + to_string(about.cluster_id)));
              auto& peer = peers_[address];
              peer.is_connecting = false;
              peer.failures = 0;
              if (about.node_id == config.settings.node_id) {
                // This node itself, by another name, or its double.
                peer.retry_at = self->clock().now() + last_retry;
                return;
              }
              peer.door = door;
              peer.who = {about.node_id, about.directory_id};
              self->send(controller_, controller_atom_v, peer.who,
                         caf::actor_cast<caf::strong_actor_ptr>(other));
              log(log_level::info, "node reached",
                  {{"node", std::to_string(about.node_id)},
                   {"address", address}});
            },
            failed);
      },
      failed);
}

node_actor node_state::door_of(uint32_t node) const {
  auto known = nodes_.find(node);
  if (known == nodes_.end())
    return {};
  node_disk wanted{node, known->second.directory_id};
  for (const auto& [address, peer] : peers_)
    if (peer.door && peer.who == wanted)
      return peer.door;
  return {};
}

// -- who is where ------------------------------------------------------------

uint32_t node_state::leader_of(const topic_partition& id) const {
  auto i = topics_.find(id.topic);
  if (i == topics_.end() || id.partition < 0
      || std::cmp_greater_equal(id.partition, i->second.placement.size()))
    return 0;
  return i->second.placement[static_cast<size_t>(id.partition)].leader;
}

caf::expected<partition_actor> node_state::host(
  const topic_partition& id) const {
  if (is_clustered() && topics_.count(id.topic) > 0
      && leader_of(id) != cast_->config().settings.node_id)
    return leader_of(id) == 0
             ? make_error(ec::not_available,
                          fmt::format("{} is offline: no replica that is in "
                                      "sync lives",
                                      describe(id)))
             : make_error(ec::not_leader,
                          fmt::format("{} is not led here", describe(id)));
  return locate(id);
}

caf::expected<coordinator_actor> node_state::host(const std::string& group) {
  if (!is_clustered())
    return coordinator_of(group);
  auto shard = shard_of(group, cast_->config().settings.coordination.shards);
  if (shards_.count(shard) == 0)
    return make_error(
      ec::not_leader,
      fmt::format("shard {} of {} is not led here", shard, offsets_topic));
  return coordinator_of(group);
}

bool node_state::is_elsewhere(const topic_partition& id) const {
  auto leader = is_clustered() ? leader_of(id) : 0;
  return leader != 0 && leader != cast_->config().settings.node_id;
}

bool node_state::is_elsewhere(const std::string& group) const {
  auto topic = topic_ids_.find(offsets_topic);
  if (topic == topic_ids_.end())
    return false;
  auto shard = shard_of(group, cast_->config().settings.coordination.shards);
  return is_elsewhere({topic->second, static_cast<int32_t>(shard)});
}

caf::result<partition_actor> node_state::locate_anywhere(
  const topic_partition& id) {
  auto leader = leader_of(id);
  if (auto door = door_of(leader))
    return pass_on<partition_actor>(self, door, host_bound, host_atom_v, id);
  return make_error(ec::not_available,
                    fmt::format("node {}, which leads {}, is not reached",
                                leader, describe(id)));
}

caf::result<coordinator_actor> node_state::coordinator_anywhere(
  const std::string& group) {
  auto shard = shard_of(group, cast_->config().settings.coordination.shards);
  auto leader =
    leader_of({topic_ids_.at(offsets_topic), static_cast<int32_t>(shard)});
  if (auto door = door_of(leader))
    return pass_on<coordinator_actor>(self, door, host_bound, host_atom_v,
                                      group);
  return make_error(ec::not_available,
                    fmt::format("node {}, which leads shard {} of {} with "
                                "group {}, is not reached",
                                leader, shard, offsets_topic, group));
}

// -- following the metadata --------------------------------------------------

void node_state::create_missing_topics_of_cluster() {
  if (is_creating_ || is_stopping_)
    return;
  auto missing = missing_topics();
  if (missing.empty())
    return;
  is_creating_ = true;
  auto left = std::make_shared<size_t>(missing.size());
  auto one_less = [this, left] {
    // Those that failed are tried again with the next lease.
    if (--*left == 0)
      is_creating_ = false;
  };
  for (auto& [spec, is_internal] : missing)
    self
      ->request(controller_, command_timeout, create_atom_v, spec, is_internal)
      .then([one_less](const topic_info&) { one_less(); },
            [=, this, topic = spec.name](const caf::error& why) {
              // Another node made it, or will.
              if (!is_retriable(why) && code_of(why) != ec::topic_exists)
                log(log_level::error, "topic not created",
                    {{"topic", topic}, {"why", what(why)}});
              one_less();
            });
}

} // namespace troupe
