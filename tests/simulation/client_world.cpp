#include "tests/simulation/client_world.hpp"

#include <algorithm>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

namespace troupe::testing {

// -- time --------------------------------------------------------------------

void client_world::step() {
  ++counts.steps;
  if (!step_actor())
    fire_timer(std::nullopt);
}

void client_world::go(size_t steps) {
  for (; steps > 0 && !has_failed(); --steps)
    step();
}

void client_world::pass(caf::timespan duration) {
  auto end = now() + duration;
  while (!has_failed()) {
    if (step_actor())
      ++counts.steps;
    else if (!fire_timer(end))
      return;
  }
}

// -- topics ------------------------------------------------------------------

namespace {

/// Asks once, and tells what came of it, unless nothing did.
template <class Result, class F, class Handle, class... Ts>
caf::actor_addr ask_later(caf::actor_system& system, const Handle& whom, F done,
                          Ts... xs) {
  auto asker = system.spawn([=](caf::event_based_actor* self) {
    self->request(whom, caf::infinite, xs...)
      .then([done](Result& x) { done(caf::expected<Result>{std::move(x)}); },
            [done](caf::error& why) {
              done(caf::expected<Result>{std::move(why)});
            });
  });
  return asker.address();
}

} // namespace

void client_world::create_topic(const std::string& name, int32_t partitions,
                                uint64_t segment_bytes) {
  topic_spec spec{name, partitions, {}};
  if (segment_bytes > 0)
    spec.settings.segment_bytes = segment_bytes;
  topics[name] = partitions;
  auto done = [this](const caf::expected<topic_info>& x) {
    if (x)
      learn(*x);
  };
  helpers_.push_back(ask_later<topic_info>(client_system(), net_->door(), done,
                                           create_atom_v, spec));
}

void client_world::grow_topic(const std::string& name, int32_t partitions) {
  topics[name] = partitions;
  auto done = [this](const caf::expected<topic_info>& x) {
    if (x)
      learn(*x);
  };
  helpers_.push_back(ask_later<topic_info>(client_system(), net_->door(), done,
                                           grow_atom_v, name, partitions));
}

void client_world::delete_topic(const std::string& name) {
  topics.erase(name);
  tell(checker::topic_deleted{name});
  helpers_.push_back(ask_later<topic_info>(
    client_system(), net_->door(), [](const auto&) {}, delete_atom_v, name));
}

void client_world::learn(const topic_info& x) {
  names_[x.id] = x.name;
  if (topics.count(x.name))
    tell(checker::topic_served{x.name, x.partitions(), false});
  auto& known = served_[x.name];
  known = std::max(known, x.partitions());
}

checker::place client_world::place_of(const topic_partition& id) const {
  auto i = names_.find(id.topic);
  return {i == names_.end() ? to_string(id.topic) : i->second, id.partition};
}

// -- posts -------------------------------------------------------------------

void client_world::post(const std::string& topic, int32_t partition,
                        uint32_t count, enum acks acks) {
  auto& producer = producers_[acks];
  if (!producer) {
    auto how = settings.producer;
    how.acks = acks;
    producer = clients_cast_->spawn_producer(how, net_->door());
  }
  for (; count > 0; --count) {
    auto value = fmt::format("v{}", ++posts_);
    posting x;
    x.topic = topic;
    x.partition = partition;
    x.content.value = bytes{value};
    if (partition < 0 && random.chance(60))
      x.content.key = bytes{fmt::format("k{}", random.pick(1, 5))};
    tell(checker::post_begun{value});
    ++counts.done["posts"];
    ++open_posts_;
    auto done = [this, value, acks](const caf::expected<record_metadata>& y) {
      --open_posts_;
      if (y)
        tell(checker::post_acknowledged{
          value, {y->topic, y->partition}, y->offset, acks});
      else if (is_traced_)
        note(fmt::format("post of {}: {}", value, what(y.error())));
    };
    helpers_.push_back(ask_later<record_metadata>(client_system(), producer,
                                                  done, post_atom_v, x));
  }
}

void client_world::crash_producers() {
  for (auto& [acks, producer] : std::exchange(producers_, {}))
    caf::anon_send_exit(producer, caf::exit_reason::kill);
}

// -- groups ------------------------------------------------------------------

namespace {

/// Finds the coordinator of a group, then asks it.
template <class Result, class F, class... Ts>
caf::actor_addr ask_group(caf::actor_system& system, const node_actor& node,
                          const std::string& group, F done, Ts... xs) {
  auto asker = system.spawn([=](caf::event_based_actor* self) {
    auto failed = [done](caf::error& why) {
      done(caf::expected<Result>{std::move(why)});
    };
    self->request(node, caf::infinite, group_atom_v, group)
      .then(
        [=](const coordinator_actor& whom) {
          self->request(whom, caf::infinite, xs...)
            .then(
              [done](Result& x) { done(caf::expected<Result>{std::move(x)}); },
              failed);
        },
        failed);
  });
  return asker.address();
}

} // namespace

void client_world::pause(const std::string& group, bool is_paused) {
  note(fmt::format("{} group {}", is_paused ? "pause" : "resume", group));
  groups.at(group).is_paused = is_paused;
  helpers_.push_back(ask_group<uint32_t>(
    client_system(), group_door(), group, [](const auto&) {}, pause_atom_v,
    std::vector<partition_choice>{}, is_paused));
}

void client_world::reset(const std::string& group, start_rule::kind to) {
  groups.at(group).is_resetting = true;
  tell(checker::reset_begun{group});
  auto done = [this, group,
               life = life()](const caf::expected<reset_plan>& plan) {
    if (!lives_on(life))
      return;
    groups.at(group).is_resetting = false;
    checker::reset_done event{group, {}};
    if (!plan) {
      note(fmt::format("reset of {}: {}", group, what(plan.error())));
      auto code = code_of(plan.error());
      if (code == ec::group_not_empty || code == ec::unknown_group
          || code == ec::invalid_argument)
        tell(event);
      return;
    }
    for (const auto& x : plan->entries)
      event.to.emplace_back(checker::place{x.topic, x.id.partition}, x.to);
    ++counts.done["resets"];
    tell(event);
  };
  reset_request request;
  request.target.what = to;
  helpers_.push_back(ask_group<reset_plan>(client_system(), group_door(), group,
                                           done, reset_atom_v, request));
}

void client_world::end_clients() {
  net_->cut();
  for (auto& [name, x] : consumers_)
    if (x->is_alive)
      caf::anon_send_exit(x->handle, caf::exit_reason::kill);
  crash_producers();
  for (const auto& x : helpers_)
    if (auto handle = caf::actor_cast<caf::actor>(x))
      caf::anon_send_exit(handle, caf::exit_reason::kill);
}

void client_world::forget_clients() {
  net_.reset();
  clients_cast_.reset();
  consumers_.clear();
  helpers_.clear();
}

// -- the end -----------------------------------------------------------------

bool client_world::is_settled(std::string& why) {
  if (open_posts_ > 0) {
    why = fmt::format("{} posts are not answered", open_posts_);
    return false;
  }
  if (!is_well(why))
    return false;
  for (auto* x : living())
    if (x->is_stopping) {
      why = x->name + " does not stop";
      return false;
    }
  for (const auto& [name, x] : groups) {
    auto who = ask<coordinator_actor>(group_door(), group_atom_v, name);
    if (!who) {
      why = name + ": " + what(who.error());
      return false;
    }
    auto told = ask<group_description>(*who, describe_atom_v);
    if (!told || told->state != "stable" || told->members.empty()) {
      why = name + ": " + (told ? told->state : what(told.error()));
      return false;
    }
    for (const auto& y : told->positions)
      if (y.lag() != 0 || y.is_paused) {
        // Resuming may have failed while the node came up. Committed beyond the
        // end of a log that was cut, a paused reader has no lag to show.
        if (y.is_paused)
          pause(name, false);
        why = fmt::format("{}: lag of {}-{} is {} (next {}, start {}, owner "
                          "'{}'{})",
                          name, y.topic, y.id.partition, y.lag(), y.next,
                          y.start, y.owner, y.is_paused ? ", paused" : "");
        return false;
      }
  }
  return true;
}

// -- what is there -----------------------------------------------------------

void client_world::fail(const std::string& problem) {
  if (other_problems_.size() < checker::findings::lines_max)
    other_problems_.push_back(problem);
}

std::vector<std::string> client_world::problems() const {
  auto result = check_.problems();
  result.insert(result.end(), other_problems_.begin(), other_problems_.end());
  return result;
}

void client_world::note(const std::string& line) {
  if (is_traced_)
    trace_.push_back(fmt::format(
      "{:10.3f}s  {}",
      static_cast<double>(now().time_since_epoch().count()) / 1e9, line));
}

} // namespace troupe::testing
