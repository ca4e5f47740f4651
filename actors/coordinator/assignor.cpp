#include "actors/coordinator/assignor.hpp"

#include <algorithm>
#include <exception>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "actors/protocol/errors.hpp"
#include "config/settings.hpp"

namespace troupe {

namespace {

bool subscribes(const assignor_member& member, const topic_id& topic) {
  return std::find(member.topics.begin(), member.topics.end(), topic)
         != member.topics.end();
}

/// Why `target` cannot be the answer to `input`; empty when it can.
std::string fault_of(const assignment_map& target,
                     const assignor_input& input) {
  std::map<uuid, const assignor_member*> members;
  for (const auto& x : input.members)
    members.emplace(x.id, &x);
  std::map<topic_id, const assignor_topic*> topics;
  for (const auto& x : input.topics)
    topics.emplace(x.id, &x);
  std::set<topic_partition> seen;
  for (const auto& [id, partitions] : target) {
    auto member = members.find(id);
    if (member == members.end())
      return "it deals to a stranger";
    for (const auto& x : partitions) {
      auto topic = topics.find(x.topic);
      if (topic == topics.end() || x.partition < 0
          || x.partition >= topic->second->partitions)
        return fmt::format("it deals partition {}, which is not there",
                           to_string(x));
      if (!subscribes(*member->second, x.topic))
        return fmt::format("it deals {} to {}, who does not subscribe to it",
                           topic->second->name, member->second->name);
      if (!seen.insert(x).second)
        return fmt::format("it deals {}-{} twice", topic->second->name,
                           x.partition);
    }
  }
  return {};
}

} // namespace

assignor_registry::assignor_registry() {
  add(default_assignor, assign_uniform);
  add("range", assign_range);
}

void assignor_registry::add(std::string name, assignor fun) {
  assignors_.insert_or_assign(std::move(name), std::move(fun));
}

bool assignor_registry::contains(const std::string& name) const {
  return assignors_.count(name) > 0;
}

std::vector<std::string> assignor_registry::names() const {
  std::vector<std::string> result;
  for (const auto& [name, fun] : assignors_)
    result.push_back(name);
  return result;
}

caf::expected<assignment_map> assignor_registry::assign(
  const std::string& name, const assignor_input& input) const {
  auto i = assignors_.find(name);
  if (i == assignors_.end())
    return make_error(ec::invalid_argument,
                      fmt::format("assignor '{}' is not registered; there are: "
                                  "{}",
                                  name, fmt::join(names(), ", ")));
  try {
    auto target = i->second(input);
    if (auto fault = fault_of(target, input); !fault.empty())
      return make_error(ec::invalid_argument,
                        fmt::format("assignor '{}' failed: {}", name, fault));
    for (auto& [id, partitions] : target)
      std::sort(partitions.begin(), partitions.end());
    return target;
  } catch (const std::exception& x) {
    return make_error(ec::invalid_argument,
                      fmt::format("assignor '{}' failed: {}", name, x.what()));
  }
}

assignment_map assign_range(const assignor_input& input) {
  assignment_map result;
  for (const auto& topic : input.topics) {
    std::vector<uuid> members;
    for (const auto& x : input.members)
      if (subscribes(x, topic.id))
        members.push_back(x.id);
    if (members.empty())
      continue;
    auto count = static_cast<int32_t>(members.size());
    auto each = topic.partitions / count;
    auto larger = topic.partitions % count;
    int32_t next = 0;
    for (int32_t i = 0; i < count; ++i)
      for (auto end = next + each + (i < larger ? 1 : 0); next < end; ++next)
        result[members[static_cast<size_t>(i)]].push_back({topic.id, next});
  }
  return result;
}

} // namespace troupe
