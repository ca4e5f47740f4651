#include "actors/partition/replication.hpp"

#include <algorithm>

namespace troupe {

namespace {

bool contains(const std::vector<uint32_t>& xs, uint32_t x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

} // namespace

replication::replication(uint32_t self, const replica_role& role, int64_t end,
                         int64_t synced_end, int64_t high_watermark,
                         caf::timespan now)
  : self_(self), end_(end), synced_end_(synced_end), epoch_begin_(end),
    high_watermark_(std::min(high_watermark, synced_end)) {
  follow(role, now);
}

void replication::follow(const replica_role& role, caf::timespan now) {
  placement_ = role.placement;
  min_in_sync_ = std::min(role.min_insync_replicas,
                          static_cast<uint32_t>(placement_.replicas.size()));
  proposed_.clear();
  is_asking_ = is_uncertain_ = false;
  std::erase_if(replicas_,
                [this](const auto& x) { return !is_replica(x.first); });
  for (auto node : placement_.replicas)
    if (node != self_) {
      auto [i, is_new] = replicas_.try_emplace(node);
      if (is_new)
        i->second.caught_up = i->second.asked = now;
    }
  advance();
}

bool replication::is_replica(uint32_t node) const {
  return contains(placement_.replicas, node);
}

bool replication::is_in_sync(uint32_t node) const {
  return contains(placement_.in_sync, node);
}

bool replication::counts(uint32_t node) const {
  return is_in_sync(node) || contains(proposed_, node);
}

void replication::grown(int64_t end, int64_t synced_end) {
  end_ = end;
  synced_end_ = synced_end;
  advance();
}

void replication::fetched(uint32_t node, const uuid& directory_id, int64_t end,
                          int64_t synced_end, caf::timespan now) {
  auto i = replicas_.find(node);
  if (i == replicas_.end())
    return;
  auto& x = i->second;
  x.directory_id = directory_id;
  x.end = end;
  x.synced_end = std::min(synced_end, end);
  // It has all that there was when it asked before: it keeps up, even if more
  // came meanwhile.
  if (end >= end_)
    x.caught_up = now;
  else if (end >= x.leader_end)
    x.caught_up = std::max(x.caught_up, x.asked);
  x.leader_end = end_;
  x.asked = now;
  advance();
}

void replication::advance() {
  auto all = synced_end_;
  for (const auto& [node, x] : replicas_)
    if (counts(node))
      all = std::min(all, x.synced_end);
  high_watermark_ = std::max(high_watermark_, all);
}

int64_t replication::sync_wanted(uint32_t node) const {
  return is_in_sync(node) ? 0 : wanted_to_join();
}

int64_t replication::wanted_to_join() const {
  return std::max(high_watermark_, epoch_begin_);
}

std::optional<partition_placement> replication::propose(caf::timespan now,
                                                        caf::timespan lag_max) {
  if (is_asking_)
    return std::nullopt;
  auto result = placement_;
  result.in_sync = {};
  for (auto node : placement_.replicas) {
    auto stays = node == self_;
    if (auto i = replicas_.find(node); i != replicas_.end()) {
      const auto& x = i->second;
      stays = now - x.caught_up <= lag_max
              && (is_in_sync(node) || x.synced_end >= wanted_to_join());
    }
    if (stays)
      result.in_sync.push_back(node);
  }
  auto same = result.in_sync.size() == placement_.in_sync.size()
              && std::all_of(result.in_sync.begin(), result.in_sync.end(),
                             [this](uint32_t x) { return is_in_sync(x); });
  if (same && !is_uncertain_)
    return std::nullopt;
  ++result.epoch;
  is_asking_ = true;
  for (auto node : result.in_sync)
    if (!contains(proposed_, node))
      proposed_.push_back(node);
  return result;
}

void replication::refused(bool is_certain) {
  is_asking_ = false;
  if (!is_certain)
    is_uncertain_ = true;
  if (is_uncertain_)
    return;
  proposed_.clear();
  advance();
}

std::vector<node_disk> replication::disks() const {
  std::vector<node_disk> result;
  for (const auto& [node, x] : replicas_)
    result.push_back({node, x.directory_id});
  return result;
}

std::vector<replica_status> replication::status(caf::timespan now) const {
  std::vector<replica_status> result;
  for (const auto& [node, x] : replicas_)
    result.push_back({node, is_in_sync(node), x.end, x.synced_end,
                      x.end >= end_ ? caf::timespan{0} : now - x.caught_up});
  return result;
}

} // namespace troupe
