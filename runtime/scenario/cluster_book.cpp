#include "runtime/scenario/cluster_book.hpp"

#include <algorithm>

namespace troupe::scenario {

void cluster_book::apply(const metadata_update& x, int64_t time_ms) {
  if (x.index <= index_ && index_ > 0)
    return;
  index_ = x.index;
  if (x.is_whole)
    std::erase_if(topics_, [&](const auto& known) {
      return std::none_of(x.changed.begin(), x.changed.end(),
                          [&](const auto& y) { return y.id == known.first; });
    });
  for (const auto& topic : x.changed)
    apply_topic(topic, time_ms);
  for (const auto& id : x.removed)
    topics_.erase(id);
  for (const auto& node : x.nodes_changed) {
    auto [i, is_new] = is_fenced_.try_emplace(node.id, node.is_fenced);
    if (is_new || i->second != node.is_fenced)
      fences_.push_back({time_ms, node.id, node.is_fenced});
    i->second = node.is_fenced;
  }
}

void cluster_book::apply_topic(const topic_info& x, int64_t time_ms) {
  auto& known = topics_[x.id];
  for (size_t p = 0; p < x.placement.size(); ++p) {
    auto before =
      p < known.placement.size() ? known.placement[p] : partition_placement{};
    if (before != x.placement[p])
      changes_.push_back({time_ms,
                          {x.name, static_cast<int32_t>(p)},
                          std::move(before),
                          x.placement[p]});
  }
  known = x;
}

const topic_info* cluster_book::find(const std::string& topic) const {
  for (const auto& [id, x] : topics_)
    if (x.name == topic)
      return &x;
  return nullptr;
}

const partition_placement* cluster_book::find(const partition_name& x) const {
  auto topic = find(x.topic);
  auto p = static_cast<size_t>(x.partition);
  return topic && x.partition >= 0 && p < topic->placement.size()
           ? &topic->placement[p]
           : nullptr;
}

uint32_t cluster_book::leader_of(const partition_name& x) const {
  auto found = find(x);
  return found ? found->leader : 0;
}

int64_t cluster_book::under_replicated() const {
  int64_t result = 0;
  for (const auto& [id, topic] : topics_)
    for (const auto& x : topic.placement)
      result += x.in_sync.size() < x.replicas.size() || !x.moving_to.empty();
  return result;
}

int64_t cluster_book::offline() const {
  int64_t result = 0;
  for (const auto& [id, topic] : topics_)
    for (const auto& x : topic.placement)
      result += x.leader == 0;
  return result;
}

void cluster_book::forget_changes() {
  changes_.clear();
  fences_.clear();
}

} // namespace troupe::scenario
