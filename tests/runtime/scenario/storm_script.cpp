#include "tests/runtime/scenario/storm_script.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "tests/runtime/scenario/storm_cast.hpp"

namespace troupe::testing {

using namespace scenario;

namespace {

/// What the backlog of a storm may take a group in all, so that a group that is
/// slow is told from one that is stuck.
constexpr milliseconds work_max = 120s;

constexpr int32_t partitions_max = 6;

struct group_state {
  const group_spec* spec = nullptr;
  std::set<uint32_t> running;
  bool is_known = false;
  bool is_paused = false;
  milliseconds work = 0ms;
};

/// Draws a scenario, and keeps what is there at each step.
class storm {
public:
  explicit storm(uint64_t seed) : dice_(seed) {
    result_.title = fmt::format("storm {}", seed);
    result_.seed = seed;
    result_.settings.coordination.shards = 3;
    draw_topics();
    draw_groups();
  }

  script draw() {
    for (auto n = pick(20, 40); n > 0; --n)
      draw_step();
    calm_down();
    return std::move(result_);
  }

private:
  int64_t pick(int64_t least, int64_t most) {
    return dice_.pick(least, most);
  }

  bool chance(int percent) {
    return dice_.chance(percent);
  }

  template <class Map>
  auto& pick_of(Map& xs) {
    return *std::next(xs.begin(), pick(0, std::ssize(xs) - 1));
  }

  // -- the cast

  void draw_topics() {
    // Power cuts and 'written is enough' do not go together: what is
    // acknowledged may then be lost.
    has_power_cuts_ = chance(60);
    if (!has_power_cuts_ && chance(50))
      result_.settings.producer.acks = acks::leader;
    if (chance(30))
      result_.settings.producer.linger = milliseconds{pick(1, 50)};
    for (auto n = pick(1, 2); n > 0; --n)
      add_topic();
    for (const auto& [name, partitions] : topics_) {
      topic_spec spec;
      spec.name = name;
      spec.partitions = partitions;
      if (chance(30))
        spec.settings.segment_bytes = 1 * kib;
      result_.topics.push_back(spec);
    }
  }

  std::string add_topic() {
    auto name = fmt::format("t{}", ++topics_so_far_);
    topics_[name] = static_cast<int32_t>(pick(1, 4));
    return name;
  }

  void draw_groups() {
    auto count = pick(1, 3);
    for (int64_t i = 1; i <= count; ++i)
      result_.groups.push_back(
        draw_storm_group(dice_, fmt::format("G{}", i), topics_,
                         fmt::format("t{}", topics_so_far_ + 1)));
    group_spec audit;
    audit.name = audit.settings.group = "Audit";
    audit.settings.group_rules.start.what = start_rule::kind::earliest;
    for (int i = 1; i <= 5; ++i)
      audit.settings.topics.push_back(fmt::format("t{}", i));
    result_.groups.push_back(audit);
    for (const auto& x : result_.groups)
      if (x.name != "Audit")
        groups_[x.name].spec = &x;
  }

  // -- steps

  void add(action what) {
    auto number = static_cast<uint32_t>(result_.steps.size() + 1);
    result_.steps.push_back(
      {fmt::format("$.steps[{}]", number), number, std::move(what)});
  }

  void draw_step() {
    using method = void (storm::*)();
    struct option {
      int weight;
      method what;
    };
    static constexpr option options[] = {
      {30, &storm::draw_produce},   {14, &storm::draw_start},
      {6, &storm::draw_stop},       {8, &storm::draw_crash},
      {5, &storm::draw_busy_crash}, {5, &storm::draw_pause},
      {7, &storm::draw_restart},    {4, &storm::draw_grow},
      {4, &storm::draw_reset},      {14, &storm::draw_advance},
      {2, &storm::draw_create},     {2, &storm::draw_delete},
      {3, &storm::draw_drain},
    };
    auto sum = 0;
    for (const auto& x : options)
      sum += x.weight;
    auto drawn = pick(1, sum);
    for (const auto& x : options)
      if ((drawn -= x.weight) <= 0)
        return (this->*x.what)();
  }

  void draw_produce() {
    if (topics_.empty())
      return;
    post(pick_of(topics_).first, static_cast<uint32_t>(pick(1, 40)));
  }

  /// False when it would be more than groups can work off.
  bool post(const std::string& topic, uint32_t count) {
    for (const auto& [name, group] : groups_)
      if (work_of(*group.spec, topic, count) + group.work > work_max)
        return false;
    for (auto& [name, group] : groups_)
      group.work += work_of(*group.spec, topic, count);
    produce x;
    x.topic = topic;
    x.count = count;
    x.value_template = fmt::format("{}-{{n}}", result_.steps.size() + 1);
    if (chance(40))
      x.partition = static_cast<int32_t>(pick(0, topics_[topic] - 1));
    else if (chance(60))
      x.key_template = chance(30) ? "k" : "k{n}";
    if (chance(40)) {
      x.rate = static_cast<double>(pick(5, 200));
      x.in_background = chance(70);
    }
    add(x);
    return true;
  }

  void draw_start() {
    auto& [name, group] = pick_of(groups_);
    if (group.running.size() >= 5)
      return;
    start(name, group, static_cast<uint32_t>(pick(1, 3)), chance(60));
  }

  void start(const std::string& name, group_state& group, uint32_t count,
             bool waits) {
    scenario::start x;
    x.group = name;
    x.consumers = count;
    x.is_added = !group.running.empty();
    x.waits_until_stable = waits;
    add(x);
    group.is_known = true;
    for (uint32_t k = 1; count > 0; ++k)
      if (group.running.insert(k).second)
        --count;
  }

  consumer_choice choose(group_state& group) {
    consumer_choice who;
    if (chance(50)) {
      auto number = pick_of(group.running);
      who.number = number;
      group.running.erase(number);
    } else {
      who.count = static_cast<uint32_t>(pick(1, std::ssize(group.running)));
      for (auto n = *who.count; n > 0; --n)
        group.running.erase(std::prev(group.running.end()));
    }
    return who;
  }

  void draw_stop() {
    auto& [name, group] = pick_of(groups_);
    if (!group.running.empty())
      add(stop{name, choose(group)});
  }

  void draw_crash() {
    auto& [name, group] = pick_of(groups_);
    if (!group.running.empty())
      add(crash{name, choose(group)});
  }

  /// A crash in the middle of a record: of a lone consumer, which owns all.
  void draw_busy_crash() {
    auto& [name, group] = pick_of(groups_);
    const auto& topic = group.spec->settings.topics.front();
    if (group.running.size() != 1 || group.is_paused
        || topics_.count(topic) == 0 || group.spec->handler_time == 0ms)
      return;
    wait stable;
    stable.group = name;
    add(stable);
    if (!post(topic, static_cast<uint32_t>(pick(5, 20))))
      return;
    // The posts must have come to an end before the handler has.
    auto& posts = std::get<produce>(result_.steps.back().what);
    posts.rate = 0;
    posts.in_background = false;
    crash x;
    x.group = name;
    x.who.number = *group.running.begin();
    x.is_during_record = true;
    add(x);
    group.running.clear();
  }

  void draw_pause() {
    auto& [name, group] = pick_of(groups_);
    if (!group.is_known)
      return;
    pause x;
    x.group = name;
    x.is_paused = !group.is_paused || chance(30);
    const auto& topic = group.spec->settings.topics.front();
    if (chance(50) && topics_.count(topic)) {
      x.topic = topic;
      if (chance(50))
        x.partition = static_cast<int32_t>(pick(0, topics_[topic] - 1));
    }
    group.is_paused = x.is_paused || !x.topic.empty();
    add(x);
  }

  void draw_restart() {
    restart_node x;
    auto kind = pick(0, has_power_cuts_ ? 2 : 1);
    x.how = static_cast<restart_kind>(kind);
    if (chance(50))
      x.down_time = milliseconds{pick(1, 5000)};
    x.restarts_consumers = chance(70);
    if (!x.restarts_consumers)
      for (auto& [name, group] : groups_)
        group.running.clear();
    add(x);
  }

  void draw_grow() {
    if (topics_.empty())
      return;
    auto& [name, partitions] = pick_of(topics_);
    if (partitions >= partitions_max)
      return;
    partitions = static_cast<int32_t>(pick(partitions + 1, partitions_max));
    add(grow{name, partitions});
  }

  void draw_reset() {
    auto& [name, group] = pick_of(groups_);
    const auto& topic = group.spec->settings.topics.front();
    if (!group.running.empty() || !group.is_known || topics_.count(topic) == 0)
      return;
    // Those that crashed may count as members until their sessions end.
    wait empty;
    empty.group = name;
    empty.until = wait::condition::empty;
    add(empty);
    reset x;
    x.group = name;
    x.to.what = static_cast<start_rule::kind>(pick(0, 2));
    // A group without any position can only be reset by name.
    if (chance(50) || !group.spec->settings.group_rules.start_is_stored)
      x.topic = topic;
    add(x);
    // All may have to be done again.
    group.work *= 2;
  }

  void draw_advance() {
    auto kind = pick(1, 100);
    add(advance{milliseconds{kind <= 50   ? pick(10, 500)
                             : kind <= 95 ? pick(500, 10'000)
                                          : pick(10'000, 90'000)}});
  }

  void draw_create() {
    if (topics_so_far_ >= 5)
      return;
    auto name = add_topic();
    create_topic x;
    x.topic.name = name;
    x.topic.partitions = topics_[name];
    add(x);
  }

  void draw_delete() {
    if (topics_.size() < 2)
      return;
    // Posts to a topic that is gone fail, rightly.
    wait posts;
    posts.until = wait::condition::produced;
    add(posts);
    auto name = pick_of(topics_).first;
    topics_.erase(name);
    add(delete_topic{name});
  }

  void draw_drain() {
    auto& [name, group] = pick_of(groups_);
    if (group.running.empty())
      return;
    wait_until_drained x;
    x.group = name;
    x.within = 5min;
    add(x);
  }

  // -- the end

  void calm_down() {
    for (auto& [name, group] : groups_) {
      start(name, group, 1, true);
      pause x;
      x.group = name;
      x.is_paused = false;
      add(x);
    }
    scenario::start audit;
    audit.group = "Audit";
    add(audit);
    wait_until_drained end;
    end.within = 5min;
    add(end);
    for (const auto& group : result_.groups) {
      expect x;
      x.group = group.name;
      x.lost = 0;
      x.delivered_twice_committed = 0;
      // A group that keeps no start is behind by no known number.
      if (group.settings.group_rules.start_is_stored)
        x.lag_total = 0;
      add(x);
    }
  }

  dice dice_;
  script result_;
  bool has_power_cuts_ = false;
  int topics_so_far_ = 0;
  std::map<std::string, int32_t> topics_;
  std::map<std::string, group_state> groups_;
};

} // namespace

script make_storm(uint64_t seed) {
  return storm{seed}.draw();
}

size_t count_faults(const script& x) {
  return static_cast<size_t>(
    std::count_if(x.steps.begin(), x.steps.end(), [](const step& y) {
      return std::holds_alternative<crash>(y.what)
             || std::holds_alternative<restart_node>(y.what);
    }));
}

} // namespace troupe::testing
