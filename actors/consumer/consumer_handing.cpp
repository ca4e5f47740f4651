#include <exception>
#include <iterator>

#include <fmt/format.h>

#include "actors/consumer/consumer_state.hpp"
#include "actors/consumer/limits.hpp"

namespace troupe {

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
  for (uint32_t i = 0; i < records_per_turn; ++i)
    if (hand_out_next() != progress::made)
      return;
  // Others want to be heard, too; then it goes on.
  if (!is_continuing) {
    is_continuing = true;
    self->send(consumer_actor{self}, tick_atom_v);
  }
}

consumer_state::progress consumer_state::hand_out_next() {
  // In turns: a bounded pace would else serve only the first partition.
  auto i = held.upper_bound(last_turn);
  for (size_t n = held.size(); n > 0; --n) {
    if (i == held.end())
      i = held.begin();
    auto result = hand_out_from(i->first, i->second);
    if (result == progress::made)
      last_turn = i->first;
    if (result != progress::none)
      return result;
    ++i;
  }
  return progress::none;
}

consumer_state::progress consumer_state::hand_out_from(
  const topic_partition& id, holding& x) {
  if (auto at = x.feed.retry_at(); at && !reached(*at))
    return progress::none;
  if (with_handler.contains(id) || !x.feed.next(now()))
    return progress::none;
  // No zombies at work: nothing goes out that a new owner may have got.
  if (is_zombie())
    return progress::blocked;
  if (config.handler.spawner && !handler)
    return progress::blocked;
  // A cleared record has its right, and its place among those in flight.
  if (!x.feed.is_cleared() && !(has_free_hand() && claim()))
    return progress::blocked;
  if (x.feed.must_announce())
    x.feed.announce(view.epoch());
  else
    deliver(id, x);
  commit_if_due();
  return progress::made;
}

bool consumer_state::has_free_hand() const {
  if (settings.handlers_in_flight == 0)
    return true;
  auto busy = with_handler.size();
  for (const auto& [id, x] : held)
    if (x.feed.is_out() && !x.feed.is_handed())
      ++busy;
  return busy < settings.handlers_in_flight;
}

bool consumer_state::claim() {
  auto answer = rights.claim(now());
  switch (answer.what) {
    case allowance::verdict::go:
      return true;
    case allowance::verdict::wait:
      reached(answer.until);
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

void consumer_state::deliver(const topic_partition& id, holding& x) {
  const auto& record = *x.feed.next(now());
  delivery message{x.topic, id, record.offset, record.content, 0};
  message.attempt = x.feed.hand(view.epoch());
  if (message.attempt > 1)
    ++counts.retried;
  if (config.handler.function) {
    settle(id, x, call(config.handler.function, message));
    return;
  }
  x.ticket = with_handler[id] = ++tickets;
  self
    ->request(handler, settings.handler_timeout, handle_atom_v,
              std::move(message))
    .then(
      [this, id, ticket = x.ticket](caf::ok_atom) {
        on_result(id, ticket, caf::none);
        work();
      },
      [this, id, ticket = x.ticket](caf::error& e) {
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
  auto i = held.find(id);
  if (i != held.end() && i->second.ticket == ticket
      && i->second.feed.is_handed())
    settle(id, i->second, result);
  else
    ++counts.dropped_results;
}

void consumer_state::settle(const topic_partition& id, holding& x,
                            const caf::error& result) {
  auto is_last = settings.commit.what == commit_policy::kind::before;
  if (result)
    note(fmt::format("handling {} at offset {}", name_of(id, x),
                     x.feed.handed_next() - 1),
         result);
  bool is_ours = true;
  if (!result || is_last) {
    is_ours = x.feed.finish();
    x.record_backoff.reset();
  } else {
    is_ours = x.feed.fail(now() + x.record_backoff.next());
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
