// Looks at the node from outside: what it says of groups and topics, beside
// what its logs come to (I7), and whether it has come to rest.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/coordinator/group_table.hpp"
#include "tests/simulation/world.hpp"

namespace troupe::testing {

namespace {

/// What a group's records come to.
caf::expected<group_table> replay(const std::vector<keyed_record>& records) {
  group_table result;
  for (const auto& x : records) {
    auto change = decode(x);
    if (!change)
      return std::move(change.error());
    result.apply(*change);
  }
  return result;
}

std::vector<topic_partition> keys(
  const std::map<topic_partition, held_place>& xs) {
  std::vector<topic_partition> result;
  for (const auto& [id, x] : xs)
    result.push_back(id);
  return result;
}

std::string compare_members(const group_table& disk,
                            const group_description& live) {
  if (disk.members().size() != live.members.size())
    return fmt::format("{} members, by the disk {}", live.members.size(),
                       disk.members().size());
  for (const auto& x : live.members) {
    auto* y = disk.member(x.member);
    if (!y)
      return fmt::format("{} is not a member by the disk", x.name);
    if (y->info.name != x.name || y->info.instance_id != x.instance_id
        || y->info.topics != x.topics || y->current.epoch != x.epoch)
      return fmt::format("{} is another member by the disk", x.name);
    if (keys(y->current.assigned) != x.owned
        || keys(y->current.revoking) != x.revoking)
      return fmt::format("{} owns other partitions by the disk", x.name);
  }
  return {};
}

std::string compare_positions(const group_table& disk,
                              const group_description& live) {
  for (const auto& [id, x] : disk.positions()) {
    auto i = std::find_if(live.positions.begin(), live.positions.end(),
                          [&id = id](const auto& y) { return y.id == id; });
    if (i == live.positions.end())
      return fmt::format("{} is on the disk only", to_string(id));
    if (i->next != x.next || i->start != x.start || i->reason != x.reason
        || i->is_paused != x.is_paused || i->metadata != x.metadata)
      return fmt::format("{}-{}: next {}, start {}; by the disk next {}, "
                         "start {}",
                         i->topic, id.partition, i->next, i->start, x.next,
                         x.start);
  }
  for (const auto& x : live.positions)
    if (x.next >= 0 && disk.positions().count(x.id) == 0)
      return fmt::format("{}-{} is not on the disk", x.topic, x.id.partition);
  return {};
}

std::string compare_events(const group_table& disk,
                           const std::vector<timeline_event>& live) {
  if (disk.events().size() != live.size())
    return fmt::format("{} events, by the disk {}", live.size(),
                       disk.events().size());
  for (const auto& x : live) {
    auto i = disk.events().find(x.number);
    if (i == disk.events().end() || i->second.cause != x.cause
        || i->second.epoch != x.epoch || i->second.time_ms != x.time_ms
        || i->second.moves.size() != x.moves.size())
      return fmt::format("event {} is another one by the disk", x.number);
  }
  return {};
}

std::string compare_group(const group_table& disk,
                          const group_description& live,
                          const std::vector<timeline_event>& events) {
  if (!disk.header())
    return "there is no such group by the disk";
  if (disk.header()->epoch != live.epoch
      || disk.header()->is_started != live.is_started
      || disk.header()->rules != live.rules)
    return fmt::format("epoch {}, by the disk {}", live.epoch,
                       disk.header()->epoch);
  auto result = compare_members(disk, live);
  if (result.empty())
    result = compare_positions(disk, live);
  if (result.empty())
    result = compare_events(disk, events);
  return result;
}

/// Null: no shard knows it.
const shard_table* find_shard(const checker::disk_image& image,
                              const std::string& group) {
  for (const auto& [number, table] : image.shards) {
    auto groups = table.groups();
    if (std::find(groups.begin(), groups.end(), group) != groups.end())
      return &table;
  }
  return nullptr;
}

/// What the node said, and what was on the disk before and after.
struct answers {
  std::map<std::string, group_description> groups;
  std::map<std::string, std::vector<timeline_event>> events;
  std::vector<topic_info> topics;
  node_status status;
};

} // namespace

bool world::compare_replay() {
  if (phase_ != node_phase::up || is_gone_)
    return false;
  auto before = checker::read_disk(*disk->copy());
  answers live;
  for (const auto& [name, x] : groups) {
    // Coordinators load: this is what writes a group's life number.
    auto who = ask<coordinator_actor>(node_, group_atom_v, name);
    if (!who)
      return false;
    auto told = ask<group_description>(*who, describe_atom_v);
    auto events = ask<std::vector<timeline_event>>(*who, timeline_atom_v);
    if (told && events) {
      live.groups.emplace(name, std::move(*told));
      live.events.emplace(name, std::move(*events));
    }
  }
  auto topics_now = ask<std::vector<topic_info>>(node_, topics_atom_v);
  auto status = ask<node_status>(node_, status_atom_v);
  // A node without controller does not know its term.
  if (!topics_now || !status || !status->problems.empty()
      || phase_ != node_phase::up || is_gone_)
    return false;
  auto image = checker::read_disk(*disk->copy());
  // A command that is written but not synced is not live yet.
  if (image.shards != before.shards || image.topics != before.topics
      || status->metadata_index < image.topics.index())
    return false;
  ++counts.replays;
  for (const auto& [name, told] : live.groups) {
    auto* shard = find_shard(image, name);
    auto table =
      replay(shard ? shard->records_of(name) : std::vector<keyed_record>{});
    auto wrong = table ? compare_group(*table, told, live.events.at(name))
                       : what(table.error());
    if (!wrong.empty())
      fail(fmt::format("I7: group {}: {}", name, wrong));
  }
  auto by_name = [](const auto& x, const auto& y) { return x.name < y.name; };
  auto on_disk = image.topics.whole().changed;
  std::sort(on_disk.begin(), on_disk.end(), by_name);
  std::sort(topics_now->begin(), topics_now->end(), by_name);
  if (on_disk != *topics_now)
    fail("I7: the topics are others by the disk");
  if (status->metadata_index != image.topics.index()
      || status->metadata_term != image.topics.term())
    fail(fmt::format("I7: metadata index {} term {}, by the disk {} and {}",
                     status->metadata_index, status->metadata_term,
                     image.topics.index(), image.topics.term()));
  for (const auto& x : image.problems)
    fail(x);
  return true;
}

bool world::is_well(std::string& why) {
  auto status = ask<node_status>(node_, status_atom_v);
  if (status && status->problems.empty())
    return true;
  why = status ? status->problems.front() : what(status.error());
  return false;
}

} // namespace troupe::testing
