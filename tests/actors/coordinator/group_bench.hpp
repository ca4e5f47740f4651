#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "actors/coordinator/group.hpp"
#include "tests/catch.hpp"

namespace troupe::bench {

/// A partition's log as a group sees it.
struct fake_log {
  int64_t start = 0;
  int64_t end = 0;
  bool is_online = true;
  /// Where each leader epoch began, ascending.
  std::vector<std::pair<int32_t, int64_t>> epochs{{1, 0}};
  /// Timestamps of the records from `start` on.
  std::vector<int64_t> times_ms;

  start_answer answer(const start_query& x) const {
    start_answer result{x.id, is_online, {}, x.epoch, {}};
    if (!is_online)
      return result;
    auto& offset = result.offset;
    offset.log_start = start;
    offset.high_watermark = end;
    offset.leader_epoch = epochs.back().first;
    offset.offset = x.offset.what == offset_query::kind::earliest ? start : end;
    if (x.offset.what == offset_query::kind::timestamp)
      for (size_t i = times_ms.size(); i > 0; --i)
        if (times_ms[i - 1] >= x.offset.timestamp_ms)
          offset.offset = start + static_cast<int64_t>(i) - 1;
    // Of the record there.
    if (offset.offset < end)
      for (const auto& [epoch, begin] : epochs)
        if (begin <= offset.offset)
          offset.leader_epoch = epoch;
    if (!x.epoch)
      return result;
    auto asked = *x.epoch < 0 ? epochs.back().first : *x.epoch;
    result.epoch = {0, 0};
    for (size_t i = 0; i < epochs.size(); ++i)
      if (epochs[i].first <= asked)
        result.epoch = {epochs[i].first,
                        i + 1 < epochs.size() ? epochs[i + 1].second : end};
    return result;
  }
};

/// What a shard has of a group.
using shard_table = std::map<std::string, bytes>;

/// The bytes that were written.
inline size_t write(shard_table& shard, const std::vector<group_record>& xs) {
  std::vector<keyed_record> records;
  for (const auto& x : xs)
    encode(x, records);
  size_t result = 0;
  for (const auto& x : records) {
    result += x.key.size() + x.value.view().size();
    if (x.value.is_null())
      shard.erase(x.key);
    else
      shard.insert_or_assign(x.key, x.value);
  }
  return result;
}

/// Invariant I7: the shard has what the live state would write.
inline bool is_same(const shard_table& shard, const group_table& live) {
  shard_table expected;
  write(expected, live.records());
  return shard == expected;
}

inline group_image image_of(const shard_table& shard, int32_t life,
                            int64_t log_end) {
  group_image result{life, log_end, {}};
  for (const auto& [key, value] : shard)
    result.records.push_back({key, value});
  return result;
}

/// A group with all that is around it as values: shard, topics, logs, clocks.
/// Each input is checked for invariant I7; questions to partitions are answered
/// at once, unless `holds_answers`.
class group_bench {
public:
  static constexpr int64_t begin_ms = 1'767'225'600'000;

  group_bench() {
    start();
  }

  topic_id add_topic(const std::string& name, int32_t partitions) {
    topic_info topic;
    topic.id = {77, ++topics_made_};
    topic.name = name;
    topic.created_index.assign(static_cast<size_t>(partitions), ++index_);
    topics[topic.id] = topic;
    for (int32_t n = 0; n < partitions; ++n)
      logs[{topic.id, n}];
    tell({index_, false, {topic}, {}});
    return topic.id;
  }

  void grow_topic(const topic_id& id, int32_t partitions) {
    auto& topic = topics.at(id);
    topic.created_index.resize(static_cast<size_t>(partitions), ++index_);
    for (int32_t n = 0; n < partitions; ++n)
      logs[{id, n}];
    tell({index_, false, {topic}, {}});
  }

  void remove_topic(const topic_id& id) {
    topics.erase(id);
    tell({++index_, false, {}, {id}});
  }

  /// A node's process is this one now, and fenced or not.
  void set_node(uint32_t id, const uuid& incarnation, bool is_fenced) {
    auto& x = nodes[id];
    std::tie(x.id, x.incarnation, x.is_fenced) =
      std::tie(id, incarnation, is_fenced);
    tell({++index_, false, {}, {}, {x}, {}});
  }

  // -- members ----------------------------------------------------------------

  join_request request(const std::string& name,
                       std::vector<std::string> names = {"messages"}) {
    join_request x;
    x.group = "sms";
    x.member = {1, ++members_made_};
    x.name = name;
    x.topics = std::move(names);
    x.rules = rules;
    x.session_timeout = 3s;
    x.rebalance_timeout = 60s;
    return x;
  }

  /// Joins; the id is that of a member only if the join was not refused.
  uuid join(const std::string& name,
            std::vector<std::string> names = {"messages"}) {
    return join(request(name, std::move(names)));
  }

  uuid join(const join_request& x, std::optional<uuid> replaces = {}) {
    act([&](turn& t) { core->join(x, replaces, t); });
    return x.member;
  }

  uuid join_static(const std::string& name, const std::string& instance) {
    auto x = request(name);
    x.instance_id = instance;
    return join(x);
  }

  const caf::error& refusal(const uuid& id) {
    return joins.at(id).failure;
  }

  /// States what the coordinator knows, as a member in order does.
  caf::error beat(const uuid& id) {
    heartbeat x{id, 0, {}, {}};
    if (auto member = core->table().member(id)) {
      x.member_epoch = member->current.epoch;
      for (const auto& [p, held] : member->current.assigned)
        x.owned.push_back({p, -1});
      for (const auto& [p, held] : member->current.revoking)
        x.draining.push_back({p, -1});
    }
    return beat(x);
  }

  caf::error beat(const heartbeat& x) {
    caf::error result;
    act([&](turn& t) {
      if (auto answer = core->beat(x, t); !answer)
        result = answer.error();
    });
    return result;
  }

  /// Answers the last revocation of a member.
  void give_up(const uuid& id, int64_t handed_next = -1) {
    const auto& current = core->table().member(id)->current;
    revoked_notice x{id, current.revocation_id, {}};
    for (const auto& [p, held] : current.revoking)
      x.released.push_back({p, handed_next});
    act([&](turn& t) { CHECK_FALSE(core->revoked(x, t)); });
  }

  void leave(const uuid& id, bool keeps_partitions = false) {
    act([&](turn& t) { core->leave({id, keeps_partitions, {}}, t); });
  }

  void crash(const uuid& id, const std::string& reason = "out of memory") {
    act([&](turn& t) { core->exited(id, reason, t); });
  }

  ec commit(const uuid& id, const topic_partition& p, int64_t next,
            std::optional<int64_t> handed_epoch = {},
            int32_t leader_epoch = 1) {
    auto member = core->table().member(id);
    auto epoch = member ? member->current.epoch : 0;
    commit_request x{
      id, {{p, next, leader_epoch, handed_epoch.value_or(epoch), "note"}}};
    auto result = ec::none;
    act([&](turn& t) {
      auto answer = core->commit(x, t);
      result = answer ? answer->outcomes.at(0) : code_of(answer.error());
    });
    return result;
  }

  // -- time and life ----------------------------------------------------------

  /// Lets time pass; timers fire when they are due.
  void pass(caf::timespan duration) {
    auto end = now.steady + duration;
    for (;;) {
      auto due = core->next_deadline();
      if (!due || *due > end)
        break;
      set_time(std::max(*due, now.steady));
      act([&](turn& t) { core->tick(t); });
    }
    set_time(end);
  }

  /// The coordinator dies; the next one finds the shard.
  void reload() {
    ++life_;
    start();
  }

  /// Hands an input to the group and takes in what comes of it.
  void act(const std::function<void(turn&)>& input) {
    turn t{now};
    input(t);
    take(std::move(t));
  }

  /// Answers the questions that were held back.
  void answer_all() {
    holds_answers = false;
    turn t{now};
    for (const auto& asked : std::exchange(held_start_, {}))
      core->finish_start(answers(asked), t);
    for (const auto& asked : std::exchange(held_give_, {}))
      core->give(answers(asked), t);
    take(std::move(t));
  }

  /// Sets of questions about the first start that are not answered yet.
  size_t questions_held() const {
    return held_start_.size();
  }

  // -- what came of it --------------------------------------------------------

  /// The pushes of one kind to a member since the last look, oldest first.
  template <class Push>
  std::vector<Push> pushed(const uuid& id) {
    std::vector<Push> result;
    std::erase_if(pushes, [&](const push& x) {
      auto y = std::get_if<Push>(&x);
      if (!y || y->member != id)
        return false;
      result.push_back(*y);
      return true;
    });
    return result;
  }

  std::vector<topic_partition> assigned(const uuid& id) {
    std::vector<topic_partition> result;
    if (auto member = core->table().member(id))
      for (const auto& [p, held] : member->current.assigned)
        result.push_back(p);
    return result;
  }

  std::vector<topic_partition> revoking(const uuid& id) {
    std::vector<topic_partition> result;
    for (const auto& [p, held] : core->table().member(id)->current.revoking)
      result.push_back(p);
    return result;
  }

  /// Where a member began, by what was pushed to it last.
  assigned_partition given(const uuid& id, const topic_partition& p) {
    std::optional<assigned_partition> result;
    for (const auto& x : pushes)
      if (auto y = std::get_if<assignment>(&x); y && y->member == id)
        for (const auto& z : y->added)
          if (z.id == p)
            result = z;
    REQUIRE(result.has_value());
    return *result;
  }

  const position& position_of(const topic_partition& p) {
    return core->table().positions().at(p);
  }

  std::vector<std::string> causes() {
    std::vector<std::string> result;
    for (const auto& [number, x] : core->table().events())
      result.push_back(x.cause);
    return result;
  }

  const timeline_event& last_event() {
    return core->table().events().rbegin()->second;
  }

  group_settings rules;
  coordination_settings limits;
  std::unique_ptr<group> core;
  shard_table shard;
  instant now{caf::timespan{0}, begin_ms};
  std::map<topic_id, topic_info> topics;
  std::map<uint32_t, node_info> nodes;
  std::map<topic_partition, fake_log> logs;
  std::vector<push> pushes;
  std::map<uuid, join_answer> joins;
  size_t records_written = 0;
  size_t largest_write_bytes = 0;
  caf::timespan overlap{0};
  bool holds_answers = false;

private:
  void start() {
    core = std::make_unique<group>("sms", limits,
                                   std::make_shared<assignor_registry>());
    held_start_.clear();
    held_give_.clear();
    REQUIRE_FALSE(core->load(
      image_of(shard, life_, static_cast<int64_t>(records_written))));
    metadata_update whole{index_, true, {}, {}};
    for (const auto& [id, topic] : topics)
      whole.changed.push_back(topic);
    for (const auto& [id, node] : nodes)
      whole.nodes_changed.push_back(node);
    act([&](turn& t) { core->begin(whole, t, overlap); });
  }

  void tell(const metadata_update& x) {
    act([&](turn& t) { core->update(x, t); });
  }

  void set_time(caf::timespan steady) {
    now = {steady,
           begin_ms + std::chrono::duration_cast<milliseconds>(steady).count()};
  }

  std::vector<start_answer> answers(const std::vector<start_query>& xs) {
    std::vector<start_answer> result;
    for (const auto& x : xs)
      result.push_back(logs.at(x.id).answer(x));
    return result;
  }

  void take(turn t) {
    records_written += t.records.size();
    largest_write_bytes =
      std::max(largest_write_bytes, write(shard, t.records));
    REQUIRE(is_same(shard, core->table()));
    for (auto& x : t.joins)
      joins.insert_or_assign(x.member, std::move(x));
    for (auto& x : t.pushes)
      pushes.push_back(std::move(x));
    if (!t.start_queries.empty())
      held_start_.push_back(std::move(t.start_queries));
    if (!t.give_queries.empty())
      held_give_.push_back(std::move(t.give_queries));
    if (!holds_answers && (!held_start_.empty() || !held_give_.empty()))
      answer_all();
  }

  int32_t life_ = 1;
  uint64_t index_ = 1;
  uint64_t topics_made_ = 0;
  uint64_t members_made_ = 0;
  std::vector<std::vector<start_query>> held_start_;
  std::vector<std::vector<start_query>> held_give_;
};

} // namespace troupe::bench
