#include "runtime/http/survey.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/consumer/dead_letter.hpp"
#include "runtime/http/inquiry.hpp"

namespace troupe::http {

namespace {

/// Takes the answer, or notes why there is none.
template <class T>
void take(survey& result, T& to, caf::expected<T> answer, const char* what_of) {
  if (answer)
    to = std::move(*answer);
  else
    result.problems.push_back(
      fmt::format("{}: {}", what_of, what(answer.error())));
}

/// Asks the node for all `keys`, then whoever it names for `xs`; `done` gets
/// each answer with the index of its key. On a node of a cluster that only
/// tells its own, who is elsewhere is left out.
template <class Handle, class Result, class Key, class Done, class Atom,
          class... Ts>
void ask_through(survey& result, caf::actor_system& system,
                 const node_actor& node, const std::vector<Key>& keys, Atom how,
                 const std::string& what_of, Done done, const Ts&... xs) {
  caf::scoped_actor self{system};
  using pending =
    decltype(self->request(node, answer_bound, how, keys.front()));
  std::vector<pending> open;
  for (const auto& key : keys)
    open.push_back(self->request(node, answer_bound, how, key));
  std::vector<Handle> found;
  std::vector<size_t> index;
  size_t failed = 0;
  caf::error last;
  for (size_t i = 0; i < open.size(); ++i)
    open[i].receive(
      [&](Handle& x) {
        found.push_back(std::move(x));
        index.push_back(i);
      },
      [&](caf::error& why) {
        if (code_of(why) == ec::not_leader)
          return;
        ++failed;
        last = std::move(why);
      });
  auto answers = ask_all<Result>(system, found, xs...);
  for (size_t i = 0; i < answers.size(); ++i)
    if (answers[i]) {
      done(index[i], std::move(*answers[i]));
    } else {
      ++failed;
      last = answers[i].error();
    }
  if (failed > 0)
    result.problems.push_back(
      fmt::format("{} of {} {} did not answer, the last one: {}", failed,
                  keys.size(), what_of, what(last)));
}

void ask_partitions(survey& result, caf::actor_system& system,
                    const node_actor& node, bool is_own) {
  std::vector<topic_partition> ids;
  std::vector<std::pair<const topic_info*, size_t>> places;
  for (const auto& topic : result.topics) {
    auto& all = result.partitions[topic.name];
    for (int32_t i = 0; i < topic.partitions(); ++i) {
      partition_status unknown;
      unknown.id = {topic.id, i};
      unknown.name = topic.name;
      unknown.failure = "it did not answer";
      all.push_back(std::move(unknown));
      ids.push_back({topic.id, i});
      places.emplace_back(&topic, static_cast<size_t>(i));
    }
  }
  auto done = [&](size_t i, partition_status&& x) {
    x.failure.clear();
    result.partitions[places[i].first->name][places[i].second] = std::move(x);
  };
  if (is_own)
    ask_through<partition_actor, partition_status>(result, system, node, ids,
                                                   host_atom_v, "partitions",
                                                   done, status_atom_v);
  else
    ask_through<partition_actor, partition_status>(result, system, node, ids,
                                                   locate_atom_v, "partitions",
                                                   done, status_atom_v);
}

void ask_groups(survey& result, caf::actor_system& system,
                const node_actor& node, neighbours* others) {
  std::vector<std::string> names;
  take(result, names,
       ask<std::vector<std::string>>(system, node, groups_atom_v), "groups");
  if (others)
    others->add_groups(node, names, result.problems);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::map<std::string, surveyed_group> all;
  auto describe = [&](size_t i, group_description&& x) {
    all[names[i]].about = std::move(x);
  };
  if (!others) {
    ask_through<coordinator_actor, group_description>(
      result, system, node, names, host_atom_v, "groups", describe,
      describe_atom_v);
  } else {
    ask_through<coordinator_actor, group_description>(
      result, system, node, names, group_atom_v, "groups", describe,
      describe_atom_v);
    auto tell = [&](size_t i, std::vector<timeline_event>&& x) {
      if (auto group = all.find(names[i]); group != all.end())
        group->second.events = std::move(x);
    };
    ask_through<coordinator_actor, std::vector<timeline_event>>(
      result, system, node, names, group_atom_v, "timelines", tell,
      timeline_atom_v);
  }
  for (auto& [name, group] : all)
    result.groups.push_back(std::move(group));
}

} // namespace

survey take_survey(caf::actor_system& system, const node_actor& node,
                   neighbours* others) {
  survey result;
  take(result, result.node, ask<node_status>(system, node, status_atom_v),
       "node");
  take(result, result.metrics, ask<node_metrics>(system, node, metrics_atom_v),
       "metrics");
  take(result, result.topics,
       ask<std::vector<topic_info>>(system, node, topics_atom_v), "topics");
  std::erase_if(result.topics, [](const auto& x) { return x.is_internal; });
  take(result, result.consumers,
       ask<std::vector<consumer_status>>(system, node, consumers_atom_v),
       "consumers");
  ask_partitions(result, system, node, !others);
  ask_groups(result, system, node, others);
  return result;
}

int64_t dead_letters_of(const survey& x, const std::string& topic,
                        const std::string& group) {
  auto box = x.partitions.find(dead_letter_topic(topic, group));
  if (box == x.partitions.end() || box->second.empty()
      || !box->second.front().failure.empty())
    return -1;
  const auto& log = box->second.front();
  return log.high_watermark - log.log_start;
}

} // namespace troupe::http
