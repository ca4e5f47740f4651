#include "runtime/worker.hpp"

#include <algorithm>

#include <caf/send.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/restarts.hpp"

namespace troupe {

namespace {

/// Between two looks at how consumers are, and how long each may take to say.
constexpr caf::timespan look_interval = 1s;
constexpr caf::timespan status_timeout = 5s;

/// Partitions that a log line names.
constexpr size_t named_max = 20;

std::string names_of(const std::vector<consumer_partition>& partitions) {
  std::vector<std::string> result;
  for (const auto& x : partitions)
    result.push_back(fmt::format("{}-{}", x.topic, x.id.partition));
  std::sort(result.begin(), result.end());
  auto more = result.size() > named_max ? result.size() - named_max : 0;
  result.resize(result.size() - more);
  return fmt::format("{}{}", fmt::join(result, " "),
                     more > 0 ? fmt::format(" and {} more", more) : "");
}

} // namespace

worker_state::~worker_state() {
  for (const auto& x : crew_.running())
    caf::anon_send_exit(x, caf::exit_reason::kill);
}

void worker_state::start(worker_config x) {
  config_ = std::move(x);
  crew_.take_on(config_.consumers, config_.name);
  for (const auto& spec : config_.consumers)
    for (const auto& topic : spec.settings.topics)
      unseen_topics_.emplace(topic, "");
  for (const auto& group : config_.joined_as_they_are)
    without_rules_.emplace(group, "");
  for (size_t i = 0; i < crew_.size(); ++i)
    if (without_rules_.count(crew_.at(i).settings.group) == 0)
      start_consumer(i);
  log(log_level::info, "worker runs",
      {{"name", config_.name}, {"consumers", std::to_string(crew_.size())}});
  look_due_ = self->clock().now();
  on_tick();
}

void worker_state::start_consumer(size_t index) {
  auto spawn = [this](const consumer_settings& settings,
                      const std::string& consumer) {
    return spawn_consumer(self->system(), config_.origin, settings, consumer,
                          derive_uuid(config_.seed, ++spawned_), config_.node);
  };
  auto spawned = crew_.start(index, spawn, self->clock().now());
  if (!spawned)
    return log(
      log_level::error, "consumer not started",
      {{"consumer", crew_.at(index).name}, {"why", what(spawned.error())}});
  self->monitor(*spawned);
  indexes_[spawned->address()] = index;
}

void worker_state::start_consumers_of(const std::string& group) {
  if (without_rules_.erase(group) == 0 || !stop_waiters_.empty())
    return;
  for (size_t i = 0; i < crew_.size(); ++i)
    if (crew_.at(i).settings.group == group)
      start_consumer(i);
}

void worker_state::ask_rules(const std::string& group) {
  self->request(config_.node, status_timeout, group_atom_v, group)
    .then([this, group](const coordinator_actor& x) { ask_rules(group, x); },
          [this, group](const caf::error& why) { no_rules(group, why); });
}

void worker_state::ask_rules(const std::string& group,
                             const coordinator_actor& whom) {
  self->request(whom, status_timeout, describe_atom_v)
    .then(
      [this, group](const group_description& x) {
        if (x.is_started)
          crew_.set_rules(group, x.rules);
        start_consumers_of(group);
      },
      [this, group](const caf::error& why) { no_rules(group, why); });
}

void worker_state::no_rules(const std::string& group, const caf::error& why) {
  if (code_of(why) == ec::unknown_group)
    return start_consumers_of(group);
  // It is asked again at the next look.
  auto i = without_rules_.find(group);
  if (i != without_rules_.end()
      && std::exchange(i->second, what(why)) != what(why))
    log(log_level::warning, "group not found",
        {{"group", group}, {"why", what(why)}});
}

void worker_state::on_down(const caf::down_msg& msg) {
  auto i = indexes_.find(msg.source);
  if (i == indexes_.end())
    return;
  auto index = i->second;
  indexes_.erase(i);
  auto now = self->clock().now();
  auto failures = crew_.ended(index, msg.reason, now);
  if (!failures || !stop_waiters_.empty())
    return;
  auto delay = restart_delay(*failures);
  log(log_level::warning, "consumer ended",
      {{"consumer", crew_.at(index).name},
       {"why", what(msg.reason)},
       {"again_in_ms", std::to_string(delay.count())}});
  restarts_.emplace_back(now + delay, index);
  self->delayed_send(self, delay, tick_atom_v);
}

void worker_state::on_tick() {
  if (!stop_waiters_.empty())
    return;
  auto now = self->clock().now();
  auto due =
    std::stable_partition(restarts_.begin(), restarts_.end(),
                          [&](const auto& x) { return x.first > now; });
  std::vector<std::pair<caf::actor_clock::time_point, size_t>> ready(
    due, restarts_.end());
  restarts_.erase(due, restarts_.end());
  for (const auto& [when, index] : ready)
    start_consumer(index);
  if (look_due_ && *look_due_ <= now)
    look();
}

void worker_state::look() {
  // One look at a time.
  look_due_.reset();
  look_for_topics();
  for (const auto& [group, problem] : without_rules_)
    ask_rules(group);
  gather<consumer_status>(
    self, crew_.running(), status_timeout,
    [this](const std::vector<consumer_status>& all) {
      for (const auto& x : all)
        look_at(x);
      look_due_ = self->clock().now() + look_interval;
      self->delayed_send(self, look_interval, tick_atom_v);
    },
    status_atom_v);
}

void worker_state::look_at(const consumer_status& x) {
  auto& last = seen_[x.name];
  auto holds = names_of(x.partitions);
  if (std::exchange(last.holds, holds) != holds)
    log(log_level::info, "consumer holds",
        {{"consumer", x.name},
         {"count", std::to_string(x.partitions.size())},
         {"partitions", holds},
         {"handled", std::to_string(x.handled)}});
  if (std::exchange(last.problem, x.last_problem) != x.last_problem)
    log(log_level::warning, "consumer in trouble",
        {{"consumer", x.name}, {"why", x.last_problem}});
}

void worker_state::look_for_topics() {
  // A typing mistake would be a group that waits for ever.
  for (const auto& entry : unseen_topics_)
    self->request(config_.node, status_timeout, topic_atom_v, entry.first)
      .then(
        [this, topic = entry.first](const topic_info&) {
          unseen_topics_.erase(topic);
        },
        [this, topic = entry.first](const caf::error& why) {
          auto i = unseen_topics_.find(topic);
          if (code_of(why) != ec::unknown_topic || i == unseen_topics_.end())
            return;
          if (std::exchange(i->second, what(why)) != what(why))
            log(log_level::warning, "topic not found",
                {{"topic", topic}, {"why", what(why)}});
        });
}

caf::result<std::vector<consumer_status>> worker_state::consumers() {
  using statuses = std::vector<consumer_status>;
  auto promise = self->make_response_promise<statuses>();
  gather<consumer_status>(
    self, crew_.running(), status_timeout,
    [promise](statuses x) mutable { promise.deliver(std::move(x)); },
    status_atom_v);
  return promise;
}

caf::result<caf::ok_atom> worker_state::stop() {
  auto promise = self->make_response_promise<caf::ok_atom>();
  stop_waiters_.push_back(promise);
  if (stop_waiters_.size() > 1)
    return promise;
  log(log_level::info, "worker stops");
  crew_.stop(self, config_.stop_timeout, [this](size_t cut_off) {
    log(cut_off > 0 ? log_level::warning : log_level::info, "worker stopped",
        {{"cut_off", std::to_string(cut_off)}});
    for (auto& waiter : stop_waiters_)
      if (cut_off > 0)
        waiter.deliver(make_error(
          ec::timed_out,
          fmt::format("{} of {} consumers did not finish within {} ms and "
                      "were cut off; others get again what they had in hand",
                      cut_off, crew_.size(), config_.stop_timeout.count())));
      else
        waiter.deliver(caf::ok_atom_v);
    self->quit();
  });
  return promise;
}

void worker_state::log(log_level level, std::string_view event,
                       const std::vector<log_field>& fields) const {
  config_.log.write(level, now_ms(self, config_.origin.epoch), event, fields);
}

worker_actor::behavior_type worker(
  worker_actor::stateful_pointer<worker_state> self, worker_config config) {
  auto& state = self->state;
  self->set_down_handler([&state](caf::down_msg& msg) { state.on_down(msg); });
  state.start(std::move(config));
  return {
    [&state](consumers_atom) { return state.consumers(); },
    [&state](stop_atom) { return state.stop(); },
    [&state](tick_atom) { state.on_tick(); },
  };
}

} // namespace troupe
