#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include "actors/consumer/consumer_state.hpp"
#include "actors/consumer/dead_letter.hpp"
#include "actors/consumer/limits.hpp"
#include "actors/protocol/retry_after.hpp"

namespace troupe {

using consumer_limits::records_in_a_row;
using consumer_limits::records_per_turn;
using consumer_limits::request_timeout;

namespace {

/// What a function says of a record; an exception says that it failed.
caf::error call(const handler_function& fun, const delivery& x) {
  try {
    return fun(x);
  } catch (const std::exception& e) {
    return make_error(ec::handler_failed, e.what());
  } catch (...) {
    return make_error(ec::handler_failed, "an exception of unknown type");
  }
}

} // namespace

// -- the handler
// --------------------------------------------------------------------

void consumer_state::keep_handler() {
  if (handler || !config.handler.spawner || !reached(handler_at))
    return;
  handler = config.handler.spawner(self->system());
  self->monitor(handler);
  if (had_handler)
    ++counts.handler_restarts;
  had_handler = true;
}

void consumer_state::lose_handler(const caf::error& reason) {
  note("the handler stopped", reason);
  handler = nullptr;
  handler_at = now() + handler_backoff.next();
  // The record that it was working on is answered by nobody else.
  auto lost = with_handler;
  for (const auto& [id, ticket] : lost)
    on_result(id, ticket,
              make_error(ec::handler_failed, "its handler stopped"));
}

// -- handing out
// ----------------------------------------------------------------------

void consumer_state::hand_out() {
  if (!view.is_member())
    return;
  auto time = now();
  for (uint32_t given = 0; given < records_per_turn && !ready.empty();) {
    auto& x = next_in_turn();
    stirred.push(x);
    switch (hand_out_from(x, time)) {
      case progress::made:
        served_in_a_row = x.serial == last_served ? served_in_a_row + 1 : 1;
        last_served = x.serial;
        if (served_in_a_row < in_a_row_max())
          ready.push_front(x);
        else
          ready.push(x);
        if (is_commit_due(x, time)) {
          is_commit_wanted = true;
          commit_if_due();
        }
        ++given;
        // What the handler did took its time.
        time = now();
        break;
      case progress::none:
        break;
      case progress::blocked:
        ready.push_front(x);
        if (!hand_out_owed(time))
          return;
        ++given;
        time = now();
        break;
    }
  }
  // Others want to be heard, too; then it goes on.
  if (!ready.empty() && !is_continuing) {
    is_continuing = true;
    self->send(consumer_actor{self}, tick_atom_v);
  }
}

bool consumer_state::hand_out_owed(caf::timespan time) {
  if (settings.commit.what != commit_policy::kind::before)
    return false;
  auto result = false;
  for (auto& [id, x] : held)
    if (x.feed.is_cleared() && hand_out_from(x, time) == progress::made) {
      stir(x);
      result = true;
    }
  return result;
}

consumer_state::holding& consumer_state::next_in_turn() {
  auto& x = ready.pop();
  // A bounded pace would else serve the first partition twice.
  if (x.serial != last_served || ready.empty()
      || served_in_a_row < in_a_row_max())
    return x;
  auto& other = ready.pop();
  ready.push(x);
  return other;
}

uint32_t consumer_state::in_a_row_max() const {
  return rights.is_bounded() ? 1 : records_in_a_row;
}

consumer_state::progress consumer_state::hand_out_from(holding& x,
                                                       caf::timespan time) {
  if (x.letter) {
    post_letter(x);
    return progress::none;
  }
  if (auto at = x.feed.retry_at(); at && !reached(*at, time))
    return progress::none;
  if (x.awaits_parked || with_handler.contains(x.id))
    return progress::none;
  const auto* next = x.feed.next(time);
  if (!next)
    return progress::none;
  // No zombies at work: nothing goes out that a new owner may have got.
  if (is_zombie(time))
    return progress::blocked;
  if (is_parked(x, next->content)) {
    park(x);
    return progress::made;
  }
  // A cleared record is committed: who waits with it may lose it.
  if (!x.feed.is_cleared() && is_circuit_open(time))
    return progress::blocked;
  if (config.handler.spawner && !handler)
    return progress::blocked;
  // A cleared record has its right, and its place among those in flight.
  if (!x.feed.is_cleared() && !(has_free_hand() && claim(time)))
    return progress::blocked;
  if (x.feed.must_announce())
    x.feed.announce(view.epoch());
  else
    deliver(x);
  return progress::made;
}

bool consumer_state::has_free_hand() const {
  if (settings.handlers_in_flight == 0)
    return true;
  return with_handler.size() + owed_records() < settings.handlers_in_flight;
}

size_t consumer_state::owed_records() const {
  if (settings.commit.what != commit_policy::kind::before)
    return 0;
  return static_cast<size_t>(
    std::count_if(held.begin(), held.end(), [](const auto& x) {
      return x.second.feed.is_out() && !x.second.feed.is_handed();
    }));
}

bool consumer_state::claim(caf::timespan time) {
  auto answer = rights.claim(time);
  switch (answer.what) {
    case allowance::verdict::go:
      return true;
    case allowance::verdict::wait:
      reached(answer.until, time);
      return false;
    case allowance::verdict::lease:
      lease();
      return false;
  }
  return false;
}

void consumer_state::lease() {
  if (is_leasing || !coordinator || !reached(lease_at))
    return;
  is_leasing = true;
  self
    ->request(coordinator, request_timeout, pace_atom_v, view.member(),
              rights.lease_records())
    .then(
      [this, whom = coordinator](caf::timespan wait) {
        if (whom != coordinator)
          return;
        is_leasing = false;
        lease_backoff.reset();
        rights.granted(now() + wait);
        work();
      },
      [this, whom = coordinator](caf::error& e) {
        if (whom != coordinator)
          return;
        is_leasing = false;
        note("leasing the group's pace", e);
        lease_at = now() + lease_backoff.next();
        work();
      });
}

bool consumer_state::is_circuit_open(caf::timespan time) {
  auto until = gateway.opens_until();
  // One that is announced is the one that tries: it goes, come what may.
  if (gateway.lets_through(time))
    return until && owed_records() > 0;
  if (until)
    reached(*until, time);
  return true;
}

void consumer_state::note_gateway(const caf::error& result) {
  if (!result)
    gateway.worked();
  else if (code_of(result) == ec::gateway_unavailable)
    note_gateway_failure(retry_after(result));
  else
    // A record that lacks something never gets there, a handler that crashed
    // may not have.
    gateway.said_nothing();
}

void consumer_state::note_gateway_failure(std::optional<caf::timespan> wait) {
  auto time = now();
  auto was_open = gateway.own_pause(time) > caf::timespan{0};
  gateway.failed(time, wait);
  // The others of the group are not to find out for themselves.
  if (!was_open && gateway.own_pause(time) > caf::timespan{0})
    send_heartbeat();
}

void consumer_state::deliver(holding& x) {
  if (x.is_replay && !letter_in(x)) {
    pass_over(x);
    return;
  }
  gateway.begin();
  x.handed_at = now();
  if (config.handler.function)
    call_function(x);
  else
    ask_handler(x);
}

std::optional<dead_letter> consumer_state::letter_in(const holding& x) const {
  auto letter = read_dead_letter(x.feed.handed().content);
  if (letter && letter->group == settings.group
      && replay_topic(letter->topic, settings.group) == x.message.topic)
    return letter;
  return std::nullopt;
}

void consumer_state::pass_over(holding& x) {
  // Not handed out as an ordinary record: this group asked for its letters,
  // not for what else may stand there. 'a.b' of 'c' and 'a' of 'b.c' come back
  // through one topic, where each group takes its own.
  x.feed.hand(view.epoch());
  note(fmt::format("{}: the record at offset {} is no dead letter of this "
                   "group and topic; it is passed over",
                   name_of(x), x.feed.handed_next() - 1));
  x.feed.finish();
}

void consumer_state::call_function(holding& x) {
  auto& message = x.message;
  message.attempt = x.feed.hand(view.epoch());
  if (message.attempt > 1)
    ++counts.retried;
  caf::error result;
  if (x.is_replay) {
    result = call(config.handler.function, handed_as(x, message.attempt));
  } else {
    // Lent, not copied: it is needed again only after a failure.
    auto& record = x.feed.handed();
    message.offset = record.offset;
    std::swap(message.content, record.content);
    result = call(config.handler.function, message);
    std::swap(message.content, record.content);
  }
  note_gateway(result);
  settle(x, result);
}

delivery consumer_state::handed_as(const holding& x, uint32_t attempt) {
  const auto& record = x.feed.handed();
  if (x.is_replay)
    if (auto letter = letter_in(x))
      // The same as at its first time, so that whoever got it then can tell.
      return {letter->topic,
              {x.id.topic, letter->partition},
              letter->offset,
              std::move(letter->content),
              attempt};
  return {x.message.topic, x.id, record.offset, record.content, attempt};
}

void consumer_state::ask_handler(holding& x) {
  auto attempt = x.feed.hand(view.epoch());
  if (attempt > 1)
    ++counts.retried;
  auto message = handed_as(x, attempt);
  x.ticket = with_handler[x.id] = ++tickets;
  self
    ->request(handler, settings.handler_timeout, handle_atom_v,
              std::move(message))
    .then(
      [this, id = x.id, ticket = x.ticket](caf::ok_atom) {
        on_result(id, ticket, caf::none);
        work();
      },
      [this, id = x.id, ticket = x.ticket](caf::error& e) {
        on_result(id, ticket, e);
        work();
      });
}

// -- results
// -----------------------------------------------------------------------------

void consumer_state::on_result(const topic_partition& id, uint64_t ticket,
                               const caf::error& result) {
  auto busy = with_handler.find(id);
  if (busy == with_handler.end() || busy->second != ticket)
    return;
  with_handler.erase(busy);
  note_gateway(result);
  auto i = held.find(id);
  if (i != held.end())
    stir(i->second);
  if (i != held.end() && i->second.ticket == ticket
      && i->second.feed.is_handed())
    settle(i->second, result);
  else
    ++counts.dropped_results;
}

void consumer_state::settle(holding& x, const caf::error& result) {
  counts.handling.add(now() - x.handed_at);
  auto is_last = settings.commit.what == commit_policy::kind::before;
  if (result)
    note(fmt::format("handling {} at offset {}", name_of(x),
                     x.feed.handed_next() - 1),
         result);
  auto is_given_up =
    result
    && (is_last ? settings.failures.what != failure_policy::kind::retry
                : is_hopeless(x, result));
  bool is_ours = true;
  if (is_given_up && !x.feed.is_void()) {
    give_up(x, result);
    return;
  }
  if (!result || is_last) {
    is_ours = x.feed.finish();
    forget_failures(x);
  } else {
    auto wait = std::max(caf::timespan{x.record_backoff.next()},
                         retry_after(result).value_or(caf::timespan{0}));
    is_ours = x.feed.fail(now() + wait);
    if (!is_ours)
      forget_failures(x);
  }
  if (!is_ours) {
    ++counts.dropped_results;
  } else if (!result) {
    ++counts.handled;
    handler_backoff.reset();
  } else if (is_last) {
    ++counts.given_up;
  }
}

} // namespace troupe
