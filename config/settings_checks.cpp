#include "config/settings_checks.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "config/nearest.hpp"
#include "config/rules.hpp"
#include "config/units.hpp"

namespace troupe {

namespace {

std::vector<std::string> names_of(const std::vector<topic_spec>& topics) {
  std::vector<std::string> result;
  for (const auto& x : topics)
    result.push_back(x.name);
  return result;
}

/// The topics that a consumer names are declared beside it, so that a typing
/// mistake is not a group that waits for ever.
void check_topics_exist(json_problems& problems, const std::string& path,
                        const consumer_settings& x,
                        const std::vector<std::string>& known) {
  for (size_t i = 0; i < x.topics.size(); ++i) {
    const auto& topic = x.topics[i];
    if (std::find(known.begin(), known.end(), topic) != known.end())
      continue;
    auto near = nearest(topic, known);
    problems.add(element_path(member_path(path, "topics"), i),
                 near.empty()
                   ? fmt::format("topic '{}' is not in $.topics: add it there "
                                 "(one that exists stays as it is)",
                                 topic)
                   : fmt::format("topic '{}' is not in $.topics; did you mean "
                                 "'{}'?",
                                 topic, near));
  }
}

/// A group has one set of rules, wherever its consumers are listed.
void check_same_rules(json_problems& problems, const std::string& path,
                      const group_settings& x, const std::string& first_path,
                      const group_settings& first, const std::string& group) {
  auto differ = [&](const char* key, const std::string& found,
                    const std::string& expected) {
    if (found != expected)
      problems.add(member_path(path, key),
                   fmt::format("expected {}, as {} has it for the same group "
                               "'{}', found {}",
                               expected, first_path, group, found));
  };
  auto text = [](const start_rule& rule) {
    return boost::json::serialize(to_json(rule));
  };
  differ("start", text(x.start), text(first.start));
  differ("start_is_stored", fmt::format("{}", x.start_is_stored),
         fmt::format("{}", first.start_is_stored));
  differ("assignor", x.assignor, first.assignor);
  differ("group_retention", format_duration(x.retention),
         format_duration(first.retention));
  differ("group_records_per_second", fmt::format("{}", x.records_per_second),
         fmt::format("{}", first.records_per_second));
}

void check_partitions(json_problems& problems, const std::string& path,
                      const node_settings& x) {
  int64_t sum = 0;
  for (const auto& topic : x.topics)
    sum += topic.partitions;
  if (sum > x.partitions_max)
    problems.add(member_path(path, "topics"),
                 fmt::format("expected at most {} partitions in all "
                             "(partitions_max), found {}",
                             x.partitions_max, sum));
}

/// A full batch must fit into every topic, or it could never be posted.
void check_batches(json_problems& problems, const std::string& path,
                   const node_settings& x) {
  auto compare = [&](const topic_settings& topic, const std::string& where) {
    if (topic.record_bytes_max < x.producer.batch_bytes)
      problems.add(where + ".record_bytes_max",
                   fmt::format("expected at least producer.batch_bytes, which "
                               "is {}, found {}",
                               format_size(x.producer.batch_bytes),
                               format_size(topic.record_bytes_max)));
  };
  compare(x.topic_defaults, member_path(path, "topic_defaults"));
  for (size_t i = 0; i < x.topics.size(); ++i)
    if (x.topics[i].settings.record_bytes_max
        != x.topic_defaults.record_bytes_max)
      compare(x.topics[i].settings,
              element_path(member_path(path, "topics"), i) + ".settings");
}

} // namespace

void check_order(json_problems& problems, const std::string& path,
                 const char* a_key, milliseconds a, const char* b_key,
                 milliseconds b, bool is_strict) {
  if (is_strict ? a < b : a <= b)
    return;
  problems.add(member_path(path, a_key),
               fmt::format("expected {} {}, which is {}, found {}",
                           is_strict ? "less than" : "at most", b_key,
                           format_duration(b), format_duration(a)));
}

void check(json_problems& problems, const std::string& path,
           const producer_settings& x) {
  check_order(problems, path, "request_timeout", x.request_timeout,
              "delivery_timeout", x.delivery_timeout, false);
  check_order(problems, path, "retry_backoff", x.retry_backoff,
              "retry_backoff_max", x.retry_backoff_max, false);
  if (x.batch_bytes > x.buffer_bytes)
    problems.add(member_path(path, "batch_bytes"),
                 fmt::format("expected at most buffer_bytes, which is {}, "
                             "found {}",
                             format_size(x.buffer_bytes),
                             format_size(x.batch_bytes)));
}

void check_subscription(json_problems& problems, const std::string& path,
                        const std::vector<std::string>& topics) {
  if (topics.empty())
    problems.add(path, "expected at least one topic, found none");
  std::set<std::string> seen;
  for (size_t i = 0; i < topics.size(); ++i)
    if (!seen.insert(topics[i]).second)
      problems.add(
        element_path(path, i),
        fmt::format("topic '{}' is here for the second time", topics[i]));
}

void check_work(json_problems& problems, const std::string& path,
                const consumer_settings& x) {
  check_order(problems, path, "heartbeat_interval", x.heartbeat_interval,
              "half of session_timeout", x.session_timeout / 2, true);
  check_order(problems, path, "handler_timeout", x.handler_timeout,
              "drain_timeout", x.drain_timeout, false);
  check_order(problems, path, "drain_timeout", x.drain_timeout,
              "rebalance_timeout", x.rebalance_timeout, true);
  check_order(problems, path, "retry_backoff", x.retry_backoff,
              "retry_backoff_max", x.retry_backoff_max, false);
  if (x.fetch_bytes_min > x.fetch_bytes_max)
    problems.add(member_path(path, "fetch_bytes_min"),
                 fmt::format("expected at most fetch_bytes_max, which is {}, "
                             "found {}",
                             format_size(x.fetch_bytes_max),
                             format_size(x.fetch_bytes_min)));
}

void check(json_problems& problems, const std::string& path,
           const std::vector<topic_spec>& xs) {
  std::map<std::string, size_t> first;
  for (size_t i = 0; i < xs.size(); ++i) {
    auto name_path = member_path(element_path(path, i), "name");
    // A missing name has been noted already.
    if (xs[i].name.empty())
      continue;
    if (auto wrong = check_topic_name(xs[i].name); !wrong.empty())
      problems.add(name_path, wrong);
    auto [other, is_new] = first.emplace(xs[i].name, i);
    if (!is_new)
      problems.add(name_path,
                   fmt::format("topic '{}' is here for the second time, first "
                               "at {}",
                               xs[i].name, element_path(path, other->second)));
  }
}

/// Letters have topics that are named after topic and group.
void check_letters(json_problems& problems, const std::string& path,
                   const consumer_settings& x) {
  if (x.failures.what == failure_policy::kind::retry)
    return;
  auto parks = x.failures.what == failure_policy::kind::park;
  if (parks && x.commit.what == commit_policy::kind::before)
    problems.add(member_path(path, "on_failure"),
                 "\"park\" does not go with \"commit\": \"before\": the "
                 "order of a key would end with a crash");
  for (const auto& topic : x.topics) {
    // None is longer.
    auto name = fmt::format("{}.{}.replay", topic, x.group);
    if (auto wrong = check_topic_name(name); !wrong.empty())
      problems.add(member_path(path, "on_failure"),
                   fmt::format("\"{}\" wants a topic '{}', which cannot be: "
                               "{}",
                               parks ? "park" : "dead", name, wrong));
  }
}

void check_consumers(json_problems& problems, const std::string& path,
                     const std::vector<consumers_spec>& xs) {
  std::map<std::string, size_t> first_of_group;
  std::set<std::pair<std::string, std::string>> instances;
  for (size_t i = 0; i < xs.size(); ++i) {
    const auto& [consumer, count] = xs[i];
    auto here = element_path(path, i);
    if (auto wrong = check_group_name(consumer.group); !wrong.empty())
      problems.add(member_path(here, "group"), wrong);
    check_subscription(problems, member_path(here, "topics"), consumer.topics);
    check_work(problems, here, consumer);
    check_letters(problems, here, consumer);
    auto [first, is_first] = first_of_group.emplace(consumer.group, i);
    if (!is_first)
      check_same_rules(problems, here, consumer.group_rules,
                       element_path(path, first->second),
                       xs[first->second].settings.group_rules, consumer.group);
    if (consumer.instance_id.empty())
      continue;
    if (count > 1)
      problems.add(member_path(here, "count"),
                   fmt::format("expected 1, because an instance_id names one "
                               "consumer, found {}",
                               count));
    if (!instances.emplace(consumer.group, consumer.instance_id).second)
      problems.add(member_path(here, "instance_id"),
                   fmt::format("'{}' is in group '{}' for the second time",
                               consumer.instance_id, consumer.group));
  }
}

void check(json_problems& problems, const std::string& path,
           const node_settings& x) {
  check_cluster(problems, path, x);
  check_http(problems, member_path(path, "http"), x);
  check(problems, member_path(path, "producer"), x.producer);
  check(problems, member_path(path, "topics"), x.topics);
  check_partitions(problems, path, x);
  check_batches(problems, path, x);
  auto consumers = member_path(path, "consumers");
  check_consumers(problems, consumers, x.consumers);
  auto known = names_of(x.topics);
  for (size_t i = 0; i < x.consumers.size(); ++i)
    check_topics_exist(problems, element_path(consumers, i),
                       x.consumers[i].settings, known);
}

} // namespace troupe
