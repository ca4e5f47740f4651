// The consuming side of a load.

#include <thread>

#include <fmt/format.h>

#include "actors/consumer/consumer.hpp"
#include "runtime/ask.hpp"
#include "runtime/load/load_run.hpp"
#include "runtime/random_uuid.hpp"
#include "runtime/wall_epoch.hpp"

namespace troupe {

namespace {

constexpr std::chrono::seconds answer_timeout{30};
constexpr std::chrono::seconds ownership_timeout{60};

/// Looking at the clock for each record would cost more than the record.
constexpr int64_t offsets_a_sample = 16;

void count(load_run::counter& mine, const delivery& x) {
  if (x.offset % offsets_a_sample == 0)
    if (auto posted = stamp_of(x.content.value); posted.count() > 0)
      mine.latency.add(stamp_now() - posted);
  mine.records.fetch_add(1, std::memory_order_release);
}

handler_actor::behavior_type counting_actor(handler_actor::pointer,
                                            const load_run_ptr& run,
                                            size_t index) {
  return {[run, index](handle_atom, const delivery& x) {
    count(run->handled[index], x);
    return caf::ok_atom_v;
  }};
}

} // namespace

handler counting_handler(const load_run_ptr& run, size_t index, bool is_actor) {
  if (is_actor)
    return {nullptr, [run, index](caf::actor_system& system) {
              return system.spawn(counting_actor, run, index);
            }};
  return {[run, index](const delivery& x) -> caf::error {
            count(run->handled[index], x);
            return caf::none;
          },
          nullptr};
}

consumer_actor spawn_reader(caf::actor_system& system, const node_actor& node,
                            const load_plan& plan, size_t index,
                            handler handles) {
  consumer_config config;
  config.settings.group =
    plan.has_group_each ? fmt::format("{}-{}", plan.group, index) : plan.group;
  config.settings.topics = {plan.topic};
  config.settings.commit.what = commit_policy::kind::interval;
  config.settings.group_rules.start.what = start_rule::kind::earliest;
  config.name = fmt::format("{}-{}", plan.group, index + 1);
  config.seed = random_uuid();
  config.node = node;
  config.handler = std::move(handles);
  config.epoch = wall_epoch();
  return system.spawn(consumer, std::move(config));
}

caf::error stop_readers(caf::actor_system& system,
                        const std::vector<consumer_actor>& readers) {
  caf::error result;
  for (const auto& x : readers)
    if (auto stopped = ask_within<caf::ok_atom>(system, answer_timeout, x,
                                                stop_atom_v, false);
        !stopped && !result)
      result = std::move(stopped.error());
  return result;
}

caf::error wait_for_ownership(caf::actor_system& system, const node_actor& node,
                              const load_plan& plan,
                              const std::vector<consumer_actor>& readers) {
  auto topic = ask_within<topic_info>(system, answer_timeout, node,
                                      topic_atom_v, plan.topic);
  if (!topic)
    return std::move(topic.error());
  auto partitions = static_cast<size_t>(topic->partitions());
  auto until = std::chrono::steady_clock::now() + ownership_timeout;
  for (;;) {
    size_t owned = 0;
    for (const auto& x : readers) {
      auto status =
        ask_within<consumer_status>(system, answer_timeout, x, status_atom_v);
      if (!status)
        return std::move(status.error());
      owned += status->partitions.size();
    }
    if (owned == partitions)
      return caf::none;
    if (std::chrono::steady_clock::now() > until)
      return make_error(ec::timed_out,
                        fmt::format("group {} owns {} of {} partitions after "
                                    "{} s",
                                    plan.group, owned, partitions,
                                    ownership_timeout.count()));
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
}

} // namespace troupe
