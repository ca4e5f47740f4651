#include "config/scenario_checks.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "config/nearest.hpp"
#include "config/rules.hpp"
#include "config/settings_checks.hpp"

namespace troupe::scenario {

namespace {

/// Where the records of groups are; of a cluster its replicas can be looked at.
constexpr std::string_view shards_topic = "__commit_offsets";

template <class Map>
std::vector<std::string> keys_of(const Map& xs) {
  std::vector<std::string> result;
  for (const auto& x : xs)
    result.push_back(x.first);
  return result;
}

/// What is there while the steps are played.
class stage {
public:
  stage(json_problems& problems, const script& all) : problems_(problems) {
    for (const auto& x : all.topics)
      partitions_[x.name] = x.partitions;
    for (const auto& x : all.groups)
      groups_[x.name] = {&x, {}};
    if (all.is_clustered())
      shards_ = static_cast<int32_t>(all.settings.coordination.shards);
  }

  void play(const step& x) {
    path_ = x.path;
    std::visit([this](const auto& what) { (*this)(what); }, x.what);
  }

  // -- steps

  void operator()(const produce& x) {
    if (x.partition)
      has_partition("partition", {x.topic, *x.partition});
    else
      has_topic("topic", x.topic);
  }

  void operator()(const start& x) {
    auto group = find_group(x.group);
    if (group == nullptr)
      return;
    if (!x.is_added && !group->running.empty())
      fail("group", fmt::format("'{}' has {} running here: use 'add'", x.group,
                                count_consumers(group->running.size())));
    auto is_running = [&](uint32_t k) { return group->running.contains(k); };
    uint32_t number = 1;
    for (uint32_t i = 0; i < x.consumers; ++i) {
      while (is_running(number))
        ++number;
      group->running.insert(number);
    }
  }

  void operator()(const stop& x) {
    remove(x.group, x.who);
  }

  void operator()(const crash& x) {
    remove(x.group, x.who);
  }

  void operator()(const pause& x) {
    has_group_partition(x.group, x.topic, x.partition);
  }

  void operator()(const restart_node& x) {
    if (!x.restarts_consumers)
      for (auto& [name, group] : groups_)
        group.running.clear();
  }

  void operator()(const wait_until_drained& x) {
    if (!x.group.empty())
      is_running(x.group);
  }

  void operator()(const wait& x) {
    using kind = wait::condition;
    if (x.until == kind::stable || x.until == kind::reads)
      is_running(x.group);
    else if (x.until == kind::empty)
      find_group(x.group);
  }

  /// What changes nothing of this: time, marks, notes, nodes.
  template <class T>
  void operator()(const T&) {}

  void operator()(const create_topic& x) {
    if (auto wrong = check_topic_name(x.topic.name); !wrong.empty())
      fail("name", wrong);
    else if (!partitions_.emplace(x.topic.name, x.topic.partitions).second)
      fail("name", fmt::format("topic '{}' exists already", x.topic.name));
  }

  void operator()(const delete_topic& x) {
    if (has_topic("topic", x.topic))
      partitions_.erase(x.topic);
  }

  void operator()(const grow& x) {
    if (!has_topic("topic", x.topic))
      return;
    auto& now = partitions_[x.topic];
    if (x.partitions <= now)
      fail("partitions",
           fmt::format("expected more than the {} that '{}' has, found {}", now,
                       x.topic, x.partitions));
    now = std::max(now, x.partitions);
  }

  void operator()(const reset& x) {
    has_group_partition(x.group, x.topic, x.partition);
    auto i = groups_.find(x.group);
    if (i != groups_.end() && !i->second.running.empty())
      fail("group",
           fmt::format("'{}' has {} running here: stop the group "
                       "first",
                       x.group, count_consumers(i->second.running.size())));
  }

  void operator()(const expect& x) {
    if (x.group.empty())
      check_groupless(x);
    else
      check_of_group(x);
    check_partitions("end", x.end, nullptr);
    check_replicas("leaders", x.leaders);
    check_replicas("in_sync", x.in_sync);
  }

  void operator()(const govern& x) {
    if (x.what == govern::order::move && x.topic != shards_topic)
      x.partition ? has_partition("partition", {x.topic, *x.partition})
                  : has_topic("topic", x.topic);
  }

private:
  struct group_state {
    const group_spec* spec = nullptr;
    std::set<uint32_t> running;
  };

  static std::string count_consumers(size_t n) {
    return fmt::format("{} consumer{}", n, n == 1 ? "" : "s");
  }

  void fail(const std::string& key, std::string message) {
    problems_.add(path_ + "." + key, std::move(message));
  }

  // -- what is there

  bool has_topic(const std::string& key, const std::string& topic) {
    if (partitions_.contains(topic))
      return true;
    fail(key, fmt::format("no topic '{}' here{}", topic,
                          suggestion(topic, keys_of(partitions_))));
    return false;
  }

  bool has_partition(const std::string& key, const partition_name& x) {
    if (!has_topic(key, x.topic))
      return false;
    auto count = partitions_[x.topic];
    if (x.partition < count)
      return true;
    fail(key, fmt::format("no partition {} here: '{}' has {}, from 0 to {}",
                          to_string(x), x.topic, count, count - 1));
    return false;
  }

  group_state* find_group(const std::string& name) {
    if (auto i = groups_.find(name); i != groups_.end())
      return &i->second;
    fail("group", fmt::format("no group '{}'{}", name,
                              suggestion(name, keys_of(groups_))));
    return nullptr;
  }

  group_state* is_running(const std::string& name) {
    auto result = find_group(name);
    if (result != nullptr && result->running.empty()) {
      fail("group", fmt::format("no consumer of '{}' runs here", name));
      return nullptr;
    }
    return result;
  }

  void reads_topic(const std::string& key, const group_state& group,
                   const std::string& topic) {
    const auto& topics = group.spec->settings.topics;
    if (std::find(topics.begin(), topics.end(), topic) == topics.end())
      fail(key, fmt::format("group '{}' does not read '{}'{}", group.spec->name,
                            topic, suggestion(topic, topics)));
  }

  void has_group_partition(const std::string& name, const std::string& topic,
                           std::optional<int32_t> partition) {
    auto group = find_group(name);
    if (group == nullptr || topic.empty())
      return;
    reads_topic("topic", *group, topic);
    if (partition)
      has_partition("partition", {topic, *partition});
  }

  // -- what changes

  void remove(const std::string& name, const consumer_choice& who) {
    auto group = is_running(name);
    if (group == nullptr)
      return;
    auto& running = group->running;
    if (who.number) {
      if (running.erase(*who.number) == 0)
        fail("consumer",
             fmt::format("'{}-{}' does not run here", name, *who.number));
      return;
    }
    auto count = who.count.value_or(running.size());
    if (count > running.size())
      fail("consumers",
           fmt::format("expected at most {}, because so many of '{}' run "
                       "here, found {}",
                       running.size(), name, count));
    for (; count > 0 && !running.empty(); --count)
      running.erase(std::prev(running.end()));
  }

  // -- expectations

  /// The partitions that are keys of an expectation.
  template <class Map>
  void check_partitions(const std::string& key, const Map& xs,
                        const group_state* group) {
    for (const auto& x : xs) {
      auto here = member_path(key, to_string(x.first));
      if (has_partition(here, x.first) && group != nullptr)
        reads_topic(here, *group, x.first.topic);
    }
  }

  /// The same; those of groups' records are partitions, too.
  template <class Map>
  void check_replicas(const std::string& key, const Map& xs) {
    for (const auto& x : xs)
      if (x.first.topic != shards_topic)
        has_partition(member_path(key, to_string(x.first)), x.first);
      else if (x.first.partition >= shards_)
        fail(member_path(key, to_string(x.first)),
             fmt::format("no partition {} here: 'settings.coordination.shards' "
                         "is {}",
                         to_string(x.first), shards_));
  }

  void check_owners(const expect& x) {
    for (const auto& [partition, owner] : x.owners)
      if (owner
          && parse_partition_name(*owner).value_or(partition_name{}).topic
               != x.group)
        fail(member_path("owners", to_string(partition)),
             fmt::format("expected a consumer of the group, as '{}-1', found "
                         "'{}'",
                         x.group, *owner));
  }

  void check_of_group(const expect& x) {
    auto group = find_group(x.group);
    if (group == nullptr)
      return;
    check_partitions("committed", x.committed, group);
    check_partitions("next", x.next, group);
    check_partitions("start", x.start, group);
    check_partitions("lag", x.lag, group);
    check_partitions("owners", x.owners, group);
    if (x.reads)
      check_partitions("reads", *x.reads, group);
    check_owners(x);
    auto is_about_all =
      x.reads || x.reads_any_order || x.reads_count || !x.committed.empty()
      || !x.next.empty() || !x.start.empty() || !x.end.empty() || !x.lag.empty()
      || x.lag_total || !x.owners.empty() || x.owners_count || x.idle || x.lost
      || x.delivered_twice || x.delivered_twice_committed || x.rate || x.gap
      || !x.events.empty();
    if (is_about_nodes(x) || is_about_posts(x))
      problems_.add(path_, "what is expected of posts and of the cluster is of "
                           "no group: make it an 'expect' without 'group'");
    else if (!is_about_all)
      problems_.add(path_, "nothing is expected here");
  }

  void check_groupless(const expect& x) {
    auto needs_group = x.reads || x.reads_any_order || x.reads_count
                       || !x.committed.empty() || !x.next.empty()
                       || !x.start.empty() || !x.lag.empty() || x.lag_total
                       || !x.owners.empty() || x.owners_count || x.idle
                       || x.rate || !x.events.empty();
    if (needs_group)
      problems_.add(path_, "'group' is missing: without one only 'end', "
                           "'lost', 'delivered_twice', "
                           "'delivered_twice_committed', 'gap' and what is of "
                           "posts or of the cluster can be expected");
    else if (x.end.empty() && !x.lost && !x.delivered_twice && !x.gap
             && !x.delivered_twice_committed && !is_about_nodes(x)
             && !is_about_posts(x))
      problems_.add(path_, "nothing is expected here");
  }

  json_problems& problems_;
  std::map<std::string, int32_t> partitions_;
  std::map<std::string, group_state> groups_;
  /// Partitions of the topic of groups' records; 0: nobody can ask for them.
  int32_t shards_ = 0;
  std::string path_;
};

/// Topics that are there at some time.
std::vector<std::string> all_topics(const script& x) {
  std::vector<std::string> result;
  for (const auto& topic : x.topics)
    result.push_back(topic.name);
  for (const auto& step : x.steps)
    if (auto create = std::get_if<create_topic>(&step.what))
      result.push_back(create->topic.name);
  return result;
}

void check_groups(json_problems& problems, const script& all) {
  auto known = all_topics(all);
  std::set<std::string> names;
  for (size_t i = 0; i < all.groups.size(); ++i) {
    const auto& x = all.groups[i];
    auto path = element_path("$.groups", i);
    if (auto wrong = check_group_name(x.name); !wrong.empty())
      problems.add(path + ".name", wrong);
    if (!names.insert(x.name).second)
      problems.add(
        path + ".name",
        fmt::format("group '{}' is here for the second time", x.name));
    check_subscription(problems, path + ".topics", x.settings.topics);
    check_work(problems, path + ".consumer", x.settings);
    for (size_t k = 0; k < x.settings.topics.size(); ++k) {
      const auto& topic = x.settings.topics[k];
      if (std::find(known.begin(), known.end(), topic) == known.end())
        problems.add(
          element_path(path + ".topics", k),
          fmt::format("no topic '{}'{}", topic, suggestion(topic, known)));
    }
    std::set<std::string> ids(x.instance_ids.begin(), x.instance_ids.end());
    if (ids.size() < x.instance_ids.size())
      problems.add(path + ".consumer.instance_ids",
                   "expected ids that differ from each other");
  }
}

} // namespace

void check(json_problems& problems, const script& x) {
  check(problems, "$.settings.producer", x.settings.producer);
  check(problems, "$.topics", x.topics);
  check_groups(problems, x);
  stage now{problems, x};
  for (const auto& step : x.steps)
    now.play(step);
  check_nodes(problems, x);
}

} // namespace troupe::scenario
