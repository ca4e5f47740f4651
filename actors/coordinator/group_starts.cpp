// Topics that come, grow and go, and where the group begins in them.

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "actors/coordinator/group.hpp"

namespace troupe {

namespace {

/// How long until a partition that did not answer is asked again.
constexpr caf::timespan retry_delay = 1s;

} // namespace

void group::update(const metadata_update& topics, turn& t) {
  auto before = subscribed();
  auto lost = hosts_.apply(topics);
  std::vector<std::string> causes;
  for (const auto& topic : topics_.apply(topics)) {
    if (topic.after == 0)
      drop_topic(topic.id, t);
    auto subscribes = [&](const auto& x) {
      const auto& names = x.second.info.topics;
      return std::binary_search(names.begin(), names.end(), topic.name);
    };
    if (std::any_of(table_.members().begin(), table_.members().end(),
                    subscribes))
      causes.push_back(to_string(topic));
  }
  auto is_changed = before != subscribed();
  auto gone = drop_members_of(lost, t);
  causes.insert(causes.end(), gone.begin(), gone.end());
  if (!gone.empty() || (!table_.members().empty() && is_changed))
    rebalance(fmt::format("{}", fmt::join(causes, "; ")), t);
}

void group::drop_topic(const topic_id& topic, turn& t) {
  auto is_of = [&](const topic_partition& x) { return x.topic == topic; };
  std::vector<topic_partition> gone;
  for (const auto& [id, x] : table_.positions())
    if (is_of(id))
      gone.push_back(id);
  for (const auto& id : gone) {
    change(position_removed{id}, t);
    timeline_.forget(id);
  }
  std::erase_if(ready_, [&](const auto& x) { return is_of(x.first); });
  std::erase_if(asking_, is_of);
  std::erase_if(offline_, is_of);
}

// -- the first start ----------------------------------------------------------

void group::begin_start(turn& t) {
  starting_.index = topics_.index();
  starting_.asked_ms = t.now.ms;
  for (const auto& name : starting_.joins.front().topics) {
    auto topic = topics_.find(name);
    for (int32_t n = 0; topic && n < topic->partitions(); ++n) {
      topic_partition id{topic->id, n};
      start_context context{starting_.joins.front().rules.start,
                            starting_.joins.front().rules.start_is_stored, true,
                            false, t.now.ms};
      t.start_queries.push_back(query_of(id, table_.position_of(id), context));
    }
  }
  if (t.start_queries.empty())
    finish_start({}, t);
  else
    starting_.is_asking = true;
}

void group::finish_start(const std::vector<start_answer>& answers, turn& t) {
  starting_.is_asking = false;
  auto joins = std::exchange(starting_.joins, {});
  // Whoever wanted the start may have gone meanwhile.
  if (joins.empty())
    return;
  const auto& rules = joins.front().rules;
  if (auto fault = check_first_offset(rules.start, answers)) {
    for (const auto& x : joins)
      refuse(x.member, fault, t);
    return;
  }
  auto header = header_or_new(t);
  header.has_rules = true;
  header.rules = rules;
  header.is_started = true;
  header.started_index = starting_.index;
  header.started_ms = starting_.asked_ms;
  change(header_changed{header}, t);
  pace_.set_rate(rules.records_per_second);
  for (const auto& x : answers)
    if (topics_.contains(x.id))
      settle(
        x,
        {rules.start, rules.start_is_stored, true, false, starting_.asked_ms},
        t);
  std::vector<std::string> names;
  for (const auto& x : joins) {
    admit(x, t);
    names.push_back(x.name);
  }
  rebalance(
    fmt::format("{} joined, the group starts", fmt::join(names, " and ")), t);
  for (const auto& x : joins)
    answer(x.member, t);
}

caf::error group::check_first_offset(
  const start_rule& rule, const std::vector<start_answer>& answers) const {
  if (rule.what != start_rule::kind::offset)
    return caf::none;
  for (const auto& x : answers)
    if (x.is_online && table_.position_of(x.id).from() < 0
        && rule.value > x.offset.high_watermark)
      return make_error(ec::offset_out_of_range,
                        fmt::format("start is offset {}; {} ends at {}",
                                    rule.value, label(x.id),
                                    x.offset.high_watermark));
  return caf::none;
}

// -- before each assignment ---------------------------------------------------

void group::ask(const topic_partition& id, turn& t) {
  if (offline_.count(id) > 0 || !asking_.insert(id).second)
    return;
  t.give_queries.push_back(
    query_of(id, table_.position_of(id), context_of(id, t.now.ms)));
}

void group::give(const std::vector<start_answer>& answers, turn& t) {
  std::deque<uuid> waiting;
  for (const auto& x : answers) {
    // Neither of a topic nor of a group that went meanwhile.
    if (asking_.erase(x.id) == 0 || !table_.header() || !topics_.contains(x.id))
      continue;
    // Whoever wants it later asks again.
    auto target = table_.target_of(x.id);
    if (!target)
      continue;
    settle(x, context_of(x.id, t.now.ms), t);
    if (std::find(waiting.begin(), waiting.end(), *target) == waiting.end())
      waiting.push_back(*target);
  }
  reconcile(std::move(waiting), t);
}

start_context group::context_of(const topic_partition& id,
                                int64_t now_ms) const {
  const auto& header = *table_.header();
  auto topic = topics_.find(id.topic);
  auto number = static_cast<size_t>(id.partition);
  auto is_later = header.is_started && topic
                  && number < topic->created_index.size()
                  && topic->created_index[number] > header.started_index;
  return {header.rules.start, header.rules.start_is_stored, false, is_later,
          now_ms};
}

void group::settle(const start_answer& answer, const start_context& context,
                   turn& t) {
  auto decision = decide(table_.position_of(answer.id), context, answer);
  if (decision.is_kept_changed)
    change(position_changed{answer.id, std::move(decision.kept)}, t);
  if (decision.place) {
    ready_.insert_or_assign(answer.id, *decision.place);
    return;
  }
  offline_.insert(answer.id);
  timer retry{timer_kind::retry, {}};
  if (!timers_.contains(retry))
    timers_.set(retry, t.now.steady + retry_delay);
}

} // namespace troupe
