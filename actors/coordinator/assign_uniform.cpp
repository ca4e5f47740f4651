// Deals partitions so that no member has more than it must. Members are the one
// side of a graph, partitions the other; a load is lowered by passing a
// partition on along a path of members, each of whom passes one on in turn.

#include <algorithm>
#include <deque>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "actors/coordinator/assignor.hpp"

namespace troupe {

namespace {

constexpr size_t nobody = std::numeric_limits<size_t>::max();

class uniform_deal {
public:
  explicit uniform_deal(const assignor_input& input);

  assignment_map run();

private:
  /// One topic: who may have it, and who has which partition.
  struct topic_deal {
    topic_id id;
    std::vector<size_t> subscribers;
    std::vector<size_t> owner;
    /// In the target before; `nobody` also when that member is gone.
    std::vector<size_t> previous;
  };

  /// How a member was reached: `from` passes on a partition of `topic`.
  struct hop {
    size_t from = nobody;
    size_t topic = 0;
  };

  void keep_previous();
  void deal_rest();
  void level();
  bool lower(size_t member);
  void pass(size_t topic, size_t from, size_t to);

  const assignor_input& input_;
  std::vector<topic_deal> topics_;
  /// Per member: how many partitions, and of which topics how many.
  std::vector<size_t> load_;
  std::vector<std::map<size_t, size_t>> held_;
};

uniform_deal::uniform_deal(const assignor_input& input)
  : input_(input), load_(input.members.size()), held_(input.members.size()) {
  std::map<topic_id, size_t> index;
  for (const auto& x : input.topics) {
    index.emplace(x.id, topics_.size());
    auto size = static_cast<size_t>(x.partitions);
    topics_.push_back({x.id,
                       {},
                       std::vector<size_t>(size, nobody),
                       std::vector<size_t>(size, nobody)});
  }
  for (size_t member = 0; member < input.members.size(); ++member)
    for (const auto& topic : input.members[member].topics)
      if (auto i = index.find(topic); i != index.end())
        topics_[i->second].subscribers.push_back(member);
  for (size_t member = 0; member < input.members.size(); ++member) {
    auto target = input.previous.find(input.members[member].id);
    if (target == input.previous.end())
      continue;
    for (const auto& x : target->second)
      if (auto i = index.find(x.topic); i != index.end()) {
        auto& previous = topics_[i->second].previous;
        if (auto number = static_cast<size_t>(x.partition);
            number < previous.size())
          previous[number] = member;
      }
  }
}

assignment_map uniform_deal::run() {
  keep_previous();
  deal_rest();
  level();
  assignment_map result;
  for (const auto& topic : topics_)
    for (size_t number = 0; number < topic.owner.size(); ++number)
      if (topic.owner[number] != nobody)
        result[input_.members[topic.owner[number]].id].push_back(
          {topic.id, static_cast<int32_t>(number)});
  return result;
}

void uniform_deal::keep_previous() {
  for (size_t t = 0; t < topics_.size(); ++t) {
    auto& topic = topics_[t];
    for (size_t number = 0; number < topic.owner.size(); ++number) {
      auto member = topic.previous[number];
      if (std::find(topic.subscribers.begin(), topic.subscribers.end(), member)
          == topic.subscribers.end())
        continue;
      topic.owner[number] = member;
      ++load_[member];
      ++held_[member][t];
    }
  }
}

void uniform_deal::deal_rest() {
  // Topics with few subscribers first: the others can make up for them.
  std::vector<size_t> order(topics_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [this](size_t x, size_t y) {
    return topics_[x].subscribers.size() < topics_[y].subscribers.size();
  });
  for (auto t : order) {
    auto& topic = topics_[t];
    if (topic.subscribers.empty())
      continue;
    for (auto& owner : topic.owner) {
      if (owner != nobody)
        continue;
      owner = *std::min_element(
        topic.subscribers.begin(), topic.subscribers.end(),
        [this](size_t x, size_t y) { return load_[x] < load_[y]; });
      ++load_[owner];
      ++held_[owner][t];
    }
  }
}

void uniform_deal::level() {
  // Each move lowers the sum of the squared loads, so this ends. The fullest
  // member always goes first: lowering another one might overshoot.
  for (bool is_changed = true; is_changed;) {
    is_changed = false;
    std::set<std::pair<size_t, size_t>> left;
    for (size_t member = 0; member < load_.size(); ++member)
      left.emplace(load_[member], member);
    while (!left.empty()) {
      auto fullest = *left.rbegin();
      left.erase(fullest);
      if (fullest.first != load_[fullest.second]) {
        // It got something meanwhile, or passed something on.
        left.emplace(load_[fullest.second], fullest.second);
      } else if (lower(fullest.second)) {
        is_changed = true;
        left.emplace(load_[fullest.second], fullest.second);
      }
    }
  }
}

bool uniform_deal::lower(size_t member) {
  std::vector<std::optional<hop>> reached(load_.size());
  std::vector<bool> topic_seen(topics_.size());
  reached[member] = hop{};
  std::vector<size_t> frontier{member};
  // Level by level: the shortest path moves the fewest partitions.
  while (!frontier.empty()) {
    std::vector<size_t> next;
    for (auto from : frontier)
      for (const auto& [topic, count] : held_[from]) {
        if (count == 0 || topic_seen[topic])
          continue;
        topic_seen[topic] = true;
        for (auto to : topics_[topic].subscribers)
          if (!reached[to]) {
            reached[to] = hop{from, topic};
            next.push_back(to);
          }
      }
    auto best =
      std::min_element(next.begin(), next.end(), [this](size_t x, size_t y) {
        return load_[x] < load_[y];
      });
    if (best != next.end() && load_[*best] + 2 <= load_[member]) {
      for (auto to = *best; to != member; to = reached[to]->from)
        pass(reached[to]->topic, reached[to]->from, to);
      return true;
    }
    frontier = std::move(next);
  }
  return false;
}

void uniform_deal::pass(size_t t, size_t from, size_t to) {
  auto& topic = topics_[t];
  // What comes home first, then what was moved already, then the last one.
  auto chosen = nobody;
  int best = -1;
  for (size_t number = 0; number < topic.owner.size(); ++number) {
    if (topic.owner[number] != from)
      continue;
    auto rank = topic.previous[number] == to     ? 2
                : topic.previous[number] != from ? 1
                                                 : 0;
    if (rank >= best) {
      best = rank;
      chosen = number;
    }
  }
  topic.owner[chosen] = to;
  --load_[from];
  --held_[from][t];
  ++load_[to];
  ++held_[to][t];
}

} // namespace

assignment_map assign_uniform(const assignor_input& input) {
  return uniform_deal{input}.run();
}

} // namespace troupe
