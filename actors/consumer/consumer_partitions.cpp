#include <algorithm>

#include <fmt/format.h>

#include "actors/consumer/consumer_state.hpp"
#include "actors/consumer/dead_letter.hpp"
#include "actors/consumer/limits.hpp"

namespace troupe {

using consumer_limits::find_wait_max;
using consumer_limits::request_timeout;

// -- holding
// ----------------------------------------------------------------------

void consumer_state::hold(const assigned_partition& x) {
  auto wait = backoff{settings.retry_backoff, settings.retry_backoff_max};
  // Records that failed together, here or at other members, do not all come
  // back together.
  auto record_wait =
    backoff{settings.retry_backoff, settings.retry_backoff_max,
            config.seed.low ^ (static_cast<uint64_t>(x.id.partition) + 1)};
  auto before = settings.commit.what == commit_policy::kind::before;
  if (auto i = held.find(x.id); i != held.end())
    erase(i->second);
  holding made{.id = x.id,
               .message = {x.topic, x.id, 0, {}, 0},
               .feed = in_flight{x, settings.fetch_ahead_bytes,
                                 settings.fetch_bytes_max, before},
               .serial = ++holdings,
               .fetch_backoff = wait,
               .record_backoff = record_wait,
               .is_replay = is_replay(x.topic)};
  auto& held_now = held.emplace(x.id, std::move(made)).first->second;
  if (parks() && !held_now.is_replay)
    await_parked(held_now);
  config.listener->on_assigned(x);
}

bool consumer_state::is_replay(const std::string& topic) const {
  const auto& own = settings.topics;
  auto comes_back = [&](const auto& x) {
    return topic == replay_topic(x, settings.group);
  };
  return settings.failures.what != failure_policy::kind::retry
         && std::find(own.begin(), own.end(), topic) == own.end()
         && std::any_of(own.begin(), own.end(), comes_back);
}

void consumer_state::drop(const topic_partition& id) {
  view.drop(id);
  auto i = held.find(id);
  if (i == held.end())
    return;
  // Before it is gone: `id` may be a part of it.
  config.listener->on_lost(id);
  erase(i->second);
}

void consumer_state::erase(holding& x) {
  forget_log(x);
  if (x.parked)
    --x.parked->holdings;
  ready.erase(x);
  stirred.erase(x);
  committable.erase(x);
  held.erase(topic_partition{x.id});
}

void consumer_state::drain(holding& x) {
  x.feed.drain();
  x.drain_until = now() + settings.drain_timeout;
}

void consumer_state::expire_drain(holding& x) {
  // An announced record is not with the handler: only its commit's answer says
  // whether it may be.
  if (!x.feed.is_draining() || !(x.feed.is_handed() || x.feed.is_cleared()))
    return;
  if (!reached(x.drain_until))
    return;
  note(fmt::format("{}: given up while its handler worked: it took longer than "
                   "drain_timeout; the record stays uncommitted",
                   name_of(x)));
  x.feed.abandon();
}

void consumer_state::release_drained(const std::vector<holding*>& some) {
  std::map<int64_t, revoked_notice> notices;
  for (auto* x : some) {
    // Without a revocation it drains because of a stop: the leave releases it.
    if (!x->feed.is_drained() || !view.draining().contains(x->id))
      continue;
    auto revocation = view.release(x->id);
    auto& notice = notices[revocation];
    notice.member = view.member();
    notice.revocation_id = revocation;
    notice.released.push_back({x->id, x->feed.handed_next()});
    config.listener->on_released(x->id);
    erase(*x);
  }
  for (const auto& [revocation, notice] : notices)
    send_revoked(notice);
}

consumer_state::holding* consumer_state::holding_of(const topic_partition& id,
                                                    uint64_t serial) {
  auto i = held.find(id);
  return i != held.end() && i->second.serial == serial ? &i->second : nullptr;
}

consumer_state::holding* consumer_state::answered(const topic_partition& id,
                                                  uint64_t question) {
  auto i = held.find(id);
  if (i == held.end() || i->second.question != question)
    return nullptr;
  i->second.question = 0;
  stir(i->second);
  return &i->second;
}

// -- fetching
// ---------------------------------------------------------------------

void consumer_state::fetch(holding& x) {
  if (x.feed.damage()) {
    note(name_of(x), x.feed.damage());
    x.feed.refetch();
    x.fetch_at = now() + x.fetch_backoff.next();
  }
  if (x.question != 0 || !x.feed.wants_fetch() || !reached(x.fetch_at))
    return;
  x.question = ++questions;
  if (!x.log) {
    locate(x);
    return;
  }
  fetch_request request;
  request.offset = x.feed.fetch_offset();
  request.bytes_max = settings.fetch_bytes_max;
  request.bytes_min = settings.fetch_bytes_min;
  request.wait_max = settings.fetch_wait_max;
  request.last_epoch = x.feed.fetch_epoch();
  request.leader_epoch = x.leader_epoch;
  self
    ->request(x.log, settings.fetch_wait_max + request_timeout, fetch_atom_v,
              request)
    .then(
      [this, id = x.id, question = x.question, asked = request.offset,
       asked_at = now()](fetch_result& result) {
        if (auto* y = answered(id, question)) {
          on_fetched(*y, asked, asked_at, result);
          work();
        }
      },
      [this, id = x.id, question = x.question](caf::error& e) {
        if (auto* y = answered(id, question)) {
          on_fetch_failed(*y, e);
          work();
        }
      });
}

void consumer_state::locate(holding& x) {
  self->request(config.node, request_timeout, locate_atom_v, x.id)
    .then(
      [this, id = x.id, question = x.question](partition_actor& log) {
        if (auto* y = answered(id, question)) {
          y->log = std::move(log);
          self->monitor(y->log);
          work();
        }
      },
      [this, id = x.id, question = x.question](caf::error& e) {
        if (auto* y = answered(id, question)) {
          on_fetch_failed(*y, e);
          work();
        }
      });
}

void consumer_state::on_fetched(holding& x, int64_t asked,
                                caf::timespan asked_at,
                                const fetch_result& result) {
  x.leader_epoch = std::max(x.leader_epoch, result.leader_epoch);
  if (asked != x.feed.fetch_offset())
    return;
  auto cut = [&](int64_t end) {
    ++counts.truncations;
    note(fmt::format("{}: truncated: its log was cut at offset {}, below {}; "
                     "it goes on there",
                     name_of(x), end, asked));
    auto was_failed = x.feed.retry_at().has_value();
    x.feed.cut_at(end);
    // Another record stands there now.
    if (was_failed && !x.feed.retry_at())
      forget_failures(x);
  };
  switch (result.status) {
    case fetch_status::below_start: {
      auto skipped = x.feed.skip_to(result.log_start);
      counts.skipped += static_cast<uint64_t>(skipped);
      note(fmt::format("{}: {} records from offset {} on were removed before "
                       "they were read, by retention or by hand",
                       name_of(x), skipped, asked));
      return;
    }
    case fetch_status::above_end:
      cut(result.log_end);
      return;
    case fetch_status::diverged:
      cut(result.diverging_end);
      return;
    case fetch_status::ok:
      break;
  }
  x.feed.take(asked, result.batches);
  if (x.feed.fetch_offset() != asked) {
    x.fetch_backoff.reset();
    return;
  }
  // An empty answer long before its time must not become a busy loop.
  if (now() - asked_at < caf::timespan{settings.fetch_wait_max} / 2
      || settings.fetch_wait_max == settings.fetch_wait_max.zero())
    x.fetch_at = now() + x.fetch_backoff.next();
}

void consumer_state::on_fetch_failed(holding& x, const caf::error& reason) {
  stir(x);
  note("fetching from " + name_of(x), reason);
  x.question = 0;
  forget_log(x);
  auto wait = caf::timespan{x.fetch_backoff.next()};
  x.fetch_at =
    now()
    + (is_retriable(reason) ? std::min<caf::timespan>(wait, find_wait_max)
                            : wait);
}

void consumer_state::forget_log(holding& x) {
  if (!x.log)
    return;
  self->demonitor(x.log.address());
  x.log = nullptr;
}

} // namespace troupe
