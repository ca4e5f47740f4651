#include "tests/runtime/scenario/storm_cast.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace troupe::testing {

using namespace scenario;

group_spec draw_storm_group(dice& random, std::string name,
                            const std::map<std::string, int32_t>& topics,
                            const std::string& later) {
  group_spec x;
  x.name = std::move(name);
  x.settings.group = x.name;
  auto& rules = x.settings.group_rules;
  rules.start.what =
    random.chance(50) ? start_rule::kind::latest : start_rule::kind::earliest;
  rules.start_is_stored = !random.chance(10);
  if (random.chance(20))
    rules.assignor = "range";
  if (random.chance(15))
    rules.records_per_second = static_cast<double>(random.pick(10, 100));
  if (random.chance(15))
    x.settings.records_per_second = static_cast<double>(random.pick(10, 100));
  if (random.chance(20))
    x.settings.handlers_in_flight = static_cast<uint32_t>(random.pick(1, 2));
  x.settings.retry_backoff_max = 1s;
  for (const auto& [topic, partitions] : topics)
    if (random.chance(70))
      x.settings.topics.push_back(topic);
  if (x.settings.topics.empty())
    x.settings.topics.push_back(topics.begin()->first);
  if (random.chance(30)) // Not there yet, unless by chance.
    x.settings.topics.push_back(later);
  auto& commit = x.settings.commit;
  switch (random.pick(0, 3)) {
    case 0:
      commit.what = commit_policy::kind::every;
      commit.count = static_cast<uint32_t>(random.pick(2, 10));
      break;
    case 1:
      commit.what = commit_policy::kind::interval;
      commit.interval = milliseconds{random.pick(50, 2000)};
      break;
    default:
      break;
  }
  if (random.chance(60))
    x.handler_time =
      milliseconds{random.pick(20, random.chance(30) ? 300 : 60)};
  if (random.chance(25))
    x.fail.every = static_cast<uint32_t>(random.pick(3, 9));
  if (random.chance(20)) {
    x.fail.values = {fmt::format("{}-1", random.pick(1, 12)),
                     fmt::format("{}-2", random.pick(1, 12))};
    x.fail.times = static_cast<uint32_t>(random.pick(1, 3));
  }
  if (random.chance(30))
    for (auto n = random.pick(1, 3); n > 0; --n)
      x.instance_ids.push_back(fmt::format("{}-static-{}", x.name, n));
  return x;
}

milliseconds work_of(const group_spec& group, const std::string& topic,
                     uint32_t count) {
  const auto& topics = group.settings.topics;
  if (std::find(topics.begin(), topics.end(), topic) == topics.end())
    return 0ms;
  auto each = group.handler_time;
  if (group.fail.every > 0)
    each += 1000ms / group.fail.every;
  for (auto pace : {group.settings.records_per_second,
                    group.settings.group_rules.records_per_second})
    if (pace > 0)
      each = std::max(each, milliseconds{static_cast<int>(1000 / pace)});
  return each * count;
}

} // namespace troupe::testing
