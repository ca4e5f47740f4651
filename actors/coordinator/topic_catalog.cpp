#include "actors/coordinator/topic_catalog.hpp"

#include <set>

#include <fmt/format.h>

namespace troupe {

std::string to_string(const topic_change& x) {
  auto count = [](int32_t n) {
    return fmt::format("{} partition{}", n, n == 1 ? "" : "s");
  };
  if (x.before == 0)
    return fmt::format("{} was created with {}", x.name, count(x.after));
  if (x.after == 0)
    return fmt::format("{} was deleted", x.name);
  return fmt::format("{} grew from {} to {}", x.name, x.before, count(x.after));
}

std::vector<topic_change> topic_catalog::apply(const metadata_update& update) {
  std::vector<topic_change> changes;
  former_names_.clear();
  if (update.is_whole) {
    std::set<topic_id> present;
    for (const auto& topic : update.changed)
      present.insert(topic.id);
    std::vector<topic_id> gone;
    for (const auto& [id, topic] : topics_)
      if (present.count(id) == 0)
        gone.push_back(id);
    for (const auto& id : gone)
      remove(id, changes);
  }
  // First, so that a topic created again under its name finds it free.
  for (const auto& id : update.removed)
    remove(id, changes);
  for (const auto& topic : update.changed) {
    auto& known = topics_[topic.id];
    if (known.partitions() != topic.partitions())
      changes.push_back(
        {topic.id, topic.name, known.partitions(), topic.partitions()});
    known = {topic.id, topic.name, topic.created_index, topic.is_internal};
    ids_.insert_or_assign(topic.name, topic.id);
  }
  index_ = update.index;
  return changes;
}

const known_topic* topic_catalog::find(const topic_id& id) const {
  auto i = topics_.find(id);
  return i != topics_.end() ? &i->second : nullptr;
}

const known_topic* topic_catalog::find(const std::string& name) const {
  auto i = ids_.find(name);
  return i != ids_.end() ? find(i->second) : nullptr;
}

bool topic_catalog::contains(const topic_partition& id) const {
  auto topic = find(id.topic);
  return topic && id.partition >= 0 && id.partition < topic->partitions();
}

std::string topic_catalog::name_of(const topic_id& id) const {
  if (auto topic = find(id))
    return topic->name;
  auto former = former_names_.find(id);
  return former != former_names_.end() ? former->second : to_string(id);
}

void topic_catalog::remove(const topic_id& id,
                           std::vector<topic_change>& changes) {
  auto i = topics_.find(id);
  if (i == topics_.end())
    return;
  changes.push_back({id, i->second.name, i->second.partitions(), 0});
  former_names_.emplace(id, i->second.name);
  if (auto name = ids_.find(i->second.name);
      name != ids_.end() && name->second == id)
    ids_.erase(name);
  topics_.erase(i);
}

} // namespace troupe
