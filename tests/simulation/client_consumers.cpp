// The consumers, and what the checker is told of them: what they
// hold is read from the consumer itself, each time before something is told
// that rests on it.
#include <algorithm>
#include <utility>

#include <caf/abstract_actor.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <fmt/format.h>

#include "actors/consumer/consumer_state.hpp"
#include "tests/simulation/client_world.hpp"

namespace troupe::testing {

namespace {

const consumer_state& state_of(const consumer_actor& x) {
  auto* actor = caf::actor_cast<caf::abstract_actor*>(x);
  using pointer = consumer_actor::stateful_pointer<consumer_state>;
  return dynamic_cast<pointer>(actor)->state;
}

} // namespace

// -- who is there ------------------------------------------------------------

consumer_client* client_world::find(const caf::actor_addr& x) {
  for (auto& [name, client] : consumers_)
    if (client->address == x)
      return client.get();
  return nullptr;
}

consumer_client* client_world::find(const std::string& name) {
  auto i = consumers_.find(name);
  return i == consumers_.end() ? nullptr : i->second.get();
}

std::vector<consumer_client*> client_world::consumers_of(
  const std::string& group) {
  std::vector<consumer_client*> result;
  for (auto* x : living())
    if (x->group == group)
      result.push_back(x);
  return result;
}

std::vector<consumer_client*> client_world::living() {
  std::vector<consumer_client*> result;
  for (auto& [name, x] : consumers_)
    if (x->is_alive)
      result.push_back(x.get());
  return result;
}

void client_world::start_consumer(const std::string& group) {
  const auto& spec = groups.at(group);
  auto name = fmt::format("{}-{}", group, ++consumers_made_);
  auto how = spec.settings;
  how.handler = "simulated";
  how.options = {{"group", group}, {"consumer", name}};
  // A static member may come back while its last life still counts.
  if (!spec.instance_ids.empty()) {
    auto id = spec.instance_ids[consumers_made_ % spec.instance_ids.size()];
    auto is_taken = false;
    for (auto* x : consumers_of(group))
      is_taken = is_taken || x->instance_id == id;
    if (!is_taken)
      how.instance_id = id;
  }
  auto made = std::make_unique<consumer_client>();
  auto* client = made.get();
  client->group = group;
  client->name = name;
  client->instance_id = how.instance_id;
  consumers_.emplace(name, std::move(made));
  note(fmt::format("start {}", name));
  auto handle = clients_cast_->spawn_consumer(how, name, net_->door());
  client->handle = *handle;
  client->address = client->handle.address();
  caf::actor_cast<caf::abstract_actor*>(client->handle)
    ->attach_functor([this, client] { forget(*client); });
}

void client_world::forget(consumer_client& x) {
  x.is_alive = false;
  note(fmt::format("{} is gone", x.name));
  if (!x.member.empty())
    tell(checker::member_lost{x.group, x.member, true});
  x.told.clear();
  x.handle = nullptr;
}

void client_world::stop_consumer(consumer_client& x) {
  note(fmt::format("stop {}", x.name));
  x.is_stopping = true;
  caf::anon_send(x.handle, stop_atom_v, random.chance(50));
}

void client_world::crash_consumer(consumer_client& x) {
  note(fmt::format("crash {}", x.name));
  caf::anon_send_exit(x.handle, caf::exit_reason::kill);
}

void client_world::stall(consumer_client& x, caf::timespan duration) {
  note(fmt::format("the network of {} stalls", x.name));
  net_->stall(x.handle, duration);
}

// -- what they hold ----------------------------------------------------------

void client_world::look_at(consumer_client& x) {
  if (!x.is_alive)
    return;
  const auto& state = state_of(x.handle);
  auto id = state.view.member();
  auto member = id.is_nil()
                  ? std::string{}
                  : fmt::format("{}#{}", x.name, to_string(id).substr(24));
  if (member != x.member) {
    if (!x.member.empty())
      tell(checker::member_lost{x.group, x.member});
    x.member = member;
    x.told.clear();
    x.stale.clear();
  }
  for (auto i = x.told.begin(); i != x.told.end();) {
    auto held = state.held.find(i->first);
    if (held != state.held.end() && held->second.serial == i->second) {
      ++i;
      continue;
    }
    tell(checker::released{x.group, x.member, place_of(i->first)});
    x.stale.erase(i->first);
    i = x.told.erase(i);
  }
  for (const auto& [partition, held] : state.held) {
    if (!x.told.emplace(partition, held.serial).second)
      continue;
    look_at_all_but(x);
    tell(checker::assigned{x.group, x.member, place_of(partition),
                           x.given[partition]});
  }
}

void client_world::look_at_all_but(const consumer_client& x) {
  for (auto* other : consumers_of(x.group))
    if (other != &x && !is_looking_) {
      is_looking_ = true;
      look_at(*other);
      is_looking_ = false;
    }
}

void client_world::note_stale(const checker::log_found& found) {
  for (auto* x : living())
    for (const auto& [id, held] : state_of(x->handle).held) {
      auto end = held.feed.fetch_offset();
      if (place_of(id) != found.where || end <= found.end)
        continue;
      auto [i, is_new] = x->stale.try_emplace(id, found.end, end);
      auto& stale = i->second;
      stale.begin = std::min(stale.begin, found.end);
      stale.end = std::max(stale.end, end);
    }
}

void client_world::look_at_all() {
  for (auto* x : living())
    look_at(*x);
}

// -- what passes on their lines ----------------------------------------------

line_listener client_world::make_listener() {
  line_listener result;
  result.on_any = [this](const caf::actor_addr& from) {
    if (auto* x = find(from))
      look_at(*x);
  };
  result.on_join = [this](const caf::actor_addr& from) {
    auto* x = find(from);
    if (!x)
      return;
    look_at(*x);
    const auto& how = groups.at(x->group).settings;
    tell(
      checker::group_joining{x->group, how.group_rules.start.what, how.topics});
  };
  result.on_joined = [this](const caf::actor_addr& from) {
    if (auto* x = find(from))
      tell(checker::group_joined{x->group});
  };
  result.on_fetch = [this](const caf::actor_addr& from,
                           const topic_partition& id, int64_t offset) {
    auto* x = find(from);
    if (!x)
      return;
    auto stale = x->stale.find(id);
    if (stale == x->stale.end())
      return;
    // Below is what it has in hand still.
    stale->second.end = std::min(stale->second.end, offset);
    if (stale->second.begin >= stale->second.end)
      x->stale.erase(stale);
  };
  result.on_reopened = [this](const topic_partition& id) { on_reopened(id); };
  result.on_given = [this](const caf::actor_addr& from,
                           const std::vector<assigned_partition>& given) {
    auto* x = find(from);
    if (!x)
      return;
    look_at(*x);
    for (const auto& y : given) {
      // Of a deleted topic the group knows no name.
      names_.emplace(y.id.topic, y.topic);
      if (x->told.count(y.id) == 0)
        x->given[y.id] = y.offset;
    }
  };
  result.on_commit = [this](const auto& from, const auto& asked) {
    auto* x = find(from);
    if (!x)
      return;
    look_at(*x);
    for (const auto& y : asked)
      tell(checker::commit_asked{x->group, x->member, place_of(y.id), y.next});
  };
  result.on_committed = [this](const auto& from, const auto& asked,
                               const auto& answer) {
    if (auto* x = find(from))
      tell_committed(*x, asked, answer);
  };
  return result;
}

void client_world::tell_committed(consumer_client& x,
                                  const std::vector<commit_entry>& asked,
                                  const commit_result& answer) {
  for (size_t i = 0; i < asked.size() && i < answer.outcomes.size(); ++i) {
    auto outcome = answer.outcomes[i];
    if (outcome == ec::none)
      ++counts.done["commits"];
    else if (is_retriable(make_error(outcome, {})))
      continue; // It may have happened.
    tell(checker::commit_answered{x.group, x.member, place_of(asked[i].id),
                                  asked[i].next, outcome == ec::none});
  }
}

// -- handlers ----------------------------------------------------------------

bool client_world::begin_record(const std::string& consumer,
                                const delivery& what) {
  auto* x = find(consumer);
  if (!x || !x->is_alive)
    return false;
  look_at(*x);
  const auto& held = state_of(x->handle).held;
  auto i = held.find(what.id);
  if (i == held.end() || !i->second.feed.is_handed())
    return false;
  ++counts.done["hand-outs"];
  auto stale = x->stale.find(what.id);
  auto is_stale = stale != x->stale.end() && what.offset >= stale->second.begin
                  && what.offset < stale->second.end;
  tell(checker::handing_begun{x->group, x->member, place_of(what.id),
                              what.offset, what.content.value.str(),
                              i->second.feed.is_void() || is_stale});
  return true;
}

void client_world::end_record(const std::string& consumer, const delivery& what,
                              bool is_done) {
  if (auto* x = find(consumer); x && x->is_alive)
    tell(checker::handing_ended{x->group, x->member, place_of(what.id),
                                what.offset, is_done});
}

namespace {

enum class fate : uint8_t { done, fails, crashes, hangs };

fate draw_fate(dice& random, const handler_plan& plan, bool is_calm) {
  if (is_calm)
    return fate::done;
  auto drawn = random.pick(1, 100);
  if ((drawn -= plan.fails) <= 0)
    return fate::fails;
  if ((drawn -= plan.crashes) <= 0)
    return fate::crashes;
  if ((drawn -= plan.hangs) <= 0)
    return fate::hangs;
  return fate::done;
}

caf::error failure() {
  return make_error(ec::handler_failed, "the simulation lets this one fail");
}

} // namespace

/// What handlers do to the world.
class scripted_handlers {
public:
  struct work {
    delivery what;
    caf::typed_response_promise<caf::ok_atom> promise;
    fate end = fate::done;
    bool is_told = false;
  };

  struct state {
    static inline constexpr const char* name = "simulated_handler";
    std::map<uint64_t, work> in_work;
    uint64_t last = 0;
  };

  static caf::behavior act(caf::stateful_actor<state>* self, client_world* on,
                           std::string consumer, handler_plan plan) {
    return {
      [=](handle_atom, const delivery& what) {
        work x{what, self->make_response_promise<caf::ok_atom>(),
               draw_fate(on->random, plan, on->is_calm), false};
        x.is_told = on->begin_record(consumer, what);
        auto promise = x.promise;
        auto time = on->is_calm
                      ? plan.time_min
                      : milliseconds{on->random.pick(plan.time_min.count(),
                                                     plan.time_max.count())};
        auto key = ++self->state.last;
        auto hangs = x.end == fate::hangs;
        self->state.in_work.emplace(key, std::move(x));
        if (hangs)
          ++on->counts.done["handlers hang"];
        else
          self->delayed_send(self, time, tick_atom_v, key);
        return promise;
      },
      [=](tick_atom, uint64_t key) {
        auto done = self->state.in_work.extract(key);
        auto& x = done.mapped();
        if (x.end == fate::crashes) {
          ++on->counts.done["handlers crash"];
          self->quit(failure());
          return;
        }
        if (x.is_told)
          on->end_record(consumer, x.what, x.end == fate::done);
        if (x.end == fate::done) {
          x.promise.deliver(caf::ok_atom_v);
          return;
        }
        ++on->counts.done["handlers fail"];
        x.promise.deliver(failure());
      },
    };
  }
};

caf::error client_world::handle_now(const std::string& consumer,
                                    const handler_plan& plan,
                                    const delivery& what) {
  auto is_told = begin_record(consumer, what);
  auto is_done = draw_fate(random, plan, is_calm) == fate::done;
  if (is_told)
    end_record(consumer, what, is_done);
  if (is_done)
    return caf::none;
  ++counts.done["handlers fail"];
  return failure();
}

caf::expected<handler> client_world::make_handler(
  const handler_options& options) {
  auto plan = groups.at(options.at("group")).handlers;
  auto consumer = options.at("consumer");
  handler result;
  if (plan.is_actor())
    result.spawner = [this, plan, consumer](caf::actor_system& system) {
      return caf::actor_cast<handler_actor>(
        system.spawn(scripted_handlers::act, this, consumer, plan));
    };
  else
    result.function = [this, plan, consumer](const delivery& what) {
      return handle_now(consumer, plan, what);
    };
  return result;
}

} // namespace troupe::testing
