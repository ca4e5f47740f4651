#include "runtime/consumer_crew.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "actors/consumer/consumer.hpp"
#include "runtime/dead_letters.hpp"
#include "runtime/restarts.hpp"

namespace troupe {

caf::expected<consumer_actor> spawn_consumer(caf::actor_system& system,
                                             const consumer_origin& origin,
                                             const consumer_settings& settings,
                                             const std::string& name, uuid seed,
                                             node_actor node) {
  auto made = origin.handlers.make(settings);
  if (!made)
    return std::move(made.error());
  consumer_config config;
  config.settings = settings;
  config.name = name;
  config.seed = seed;
  config.handler = std::move(*made);
  config.epoch = origin.epoch;
  config.host = origin.host;
  config.lease = origin.lease;
  if (settings.failures.what != failure_policy::kind::retry)
    config.spawn_letters = [node,
                            epoch = origin.epoch](caf::actor_system& sys) {
      return spawn_letter_producer(sys, node, epoch);
    };
  config.node = std::move(node);
  return system.spawn(consumer, std::move(config));
}

void consumer_crew::take_on(const std::vector<consumers_spec>& specs,
                            const std::string& place) {
  for (const auto& spec : specs)
    for (uint32_t i = 1; i <= spec.count; ++i) {
      hosted_consumer x;
      x.settings = spec.settings;
      const auto& group = spec.settings.group;
      auto before = std::count_if(all_.begin(), all_.end(), [&](const auto& y) {
        return y.settings.group == group;
      });
      x.name = place.empty()
                 ? fmt::format("{}-{}", group, before + 1)
                 : fmt::format("{}-{}-{}", group, place, before + 1);
      all_.push_back(std::move(x));
    }
}

void consumer_crew::set_rules(const std::string& group,
                              const group_settings& rules) {
  for (auto& x : all_)
    if (x.settings.group == group)
      x.settings.group_rules = rules;
}

caf::expected<consumer_actor> consumer_crew::start(
  size_t index, const spawner& spawn, caf::actor_clock::time_point now) {
  auto& x = all_.at(index);
  auto spawned = spawn(x.settings, x.name);
  if (!spawned) {
    x.problem = what(spawned.error());
    return spawned;
  }
  x.handle = *spawned;
  x.since = now;
  return spawned;
}

std::optional<uint32_t> consumer_crew::ended(size_t index,
                                             const caf::error& reason,
                                             caf::actor_clock::time_point now) {
  auto& x = all_.at(index);
  x.handle = nullptr;
  if (!reason)
    return std::nullopt;
  x.problem = what(reason);
  x.failures = failures_in_a_row(x.failures, std::exchange(x.since, {}), now);
  return x.failures;
}

std::vector<consumer_actor> consumer_crew::running() const {
  std::vector<consumer_actor> result;
  for (const auto& x : all_)
    if (x.handle)
      result.push_back(x.handle);
  return result;
}

std::vector<std::string> consumer_crew::problems() const {
  std::vector<std::string> result;
  for (const auto& x : all_)
    if (!x.handle)
      result.push_back(
        fmt::format("consumer {} does not run: {}", x.name, x.problem));
  return result;
}

} // namespace troupe
