#include <fmt/format.h>

#include "actors/consumer/consumer_state.hpp"
#include "actors/consumer/limits.hpp"

namespace troupe {

using consumer_limits::request_timeout;

// -- holding
// ----------------------------------------------------------------------

void consumer_state::hold(const assigned_partition& x) {
  auto wait = backoff{settings.retry_backoff, settings.retry_backoff_max};
  auto before = settings.commit.what == commit_policy::kind::before;
  held.insert_or_assign(
    x.id, holding{.topic = x.topic,
                  .feed = in_flight{x, settings.fetch_ahead_bytes,
                                    settings.fetch_bytes_max, before},
                  .serial = ++holdings,
                  .fetch_backoff = wait,
                  .record_backoff = wait});
}

void consumer_state::drop(const topic_partition& id) {
  view.drop(id);
  auto i = held.find(id);
  if (i == held.end())
    return;
  forget_log(i->second);
  held.erase(i);
}

void consumer_state::drain(holding& x) {
  x.feed.drain();
  x.drain_until = now() + settings.drain_timeout;
}

void consumer_state::expire_drain(const topic_partition& id, holding& x) {
  // An announced record is not with the handler: only its commit's answer says
  // whether it may be.
  if (!x.feed.is_draining() || !(x.feed.is_handed() || x.feed.is_cleared()))
    return;
  if (!reached(x.drain_until))
    return;
  note(fmt::format("{}: given up while its handler worked: it took longer than "
                   "drain_timeout; the record stays uncommitted",
                   name_of(id, x)));
  x.feed.abandon();
}

void consumer_state::release_drained() {
  std::map<int64_t, revoked_notice> notices;
  for (auto i = held.begin(); i != held.end();) {
    auto& [id, x] = *i;
    // Without a revocation it drains because of a stop: the leave releases it.
    if (!x.feed.is_drained() || !view.draining().contains(id)) {
      ++i;
      continue;
    }
    auto revocation = view.release(id);
    auto& notice = notices[revocation];
    notice.member = view.member();
    notice.revocation_id = revocation;
    notice.released.push_back({id, x.feed.handed_next()});
    forget_log(x);
    i = held.erase(i);
  }
  for (const auto& [revocation, notice] : notices)
    send_revoked(notice);
}

consumer_state::holding* consumer_state::answered(const topic_partition& id,
                                                  uint64_t question) {
  auto i = held.find(id);
  if (i == held.end() || i->second.question != question)
    return nullptr;
  i->second.question = 0;
  return &i->second;
}

// -- fetching
// ---------------------------------------------------------------------

void consumer_state::fetch(const topic_partition& id, holding& x) {
  if (x.feed.damage()) {
    note(name_of(id, x), x.feed.damage());
    x.feed.refetch();
    x.fetch_at = now() + x.fetch_backoff.next();
  }
  if (x.question != 0 || !x.feed.wants_fetch() || !reached(x.fetch_at))
    return;
  x.question = ++questions;
  if (!x.log) {
    locate(id, x);
    return;
  }
  fetch_request request;
  request.offset = x.feed.fetch_offset();
  request.bytes_max = settings.fetch_bytes_max;
  request.bytes_min = settings.fetch_bytes_min;
  request.wait_max = settings.fetch_wait_max;
  request.last_epoch = x.feed.fetch_epoch();
  self
    ->request(x.log, settings.fetch_wait_max + request_timeout, fetch_atom_v,
              request)
    .then(
      [this, id, question = x.question, asked = request.offset,
       asked_at = now()](fetch_result& result) {
        if (auto* y = answered(id, question)) {
          on_fetched(id, *y, asked, asked_at, result);
          work();
        }
      },
      [this, id, question = x.question](caf::error& e) {
        if (auto* y = answered(id, question)) {
          on_fetch_failed(id, *y, e);
          work();
        }
      });
}

void consumer_state::locate(const topic_partition& id, holding& x) {
  self->request(config.node, request_timeout, locate_atom_v, id)
    .then(
      [this, id, question = x.question](partition_actor& log) {
        if (auto* y = answered(id, question)) {
          y->log = std::move(log);
          self->monitor(y->log);
          work();
        }
      },
      [this, id, question = x.question](caf::error& e) {
        if (auto* y = answered(id, question)) {
          on_fetch_failed(id, *y, e);
          work();
        }
      });
}

void consumer_state::on_fetched(const topic_partition& id, holding& x,
                                int64_t asked, caf::timespan asked_at,
                                const fetch_result& result) {
  if (asked != x.feed.fetch_offset())
    return;
  auto cut = [&](int64_t end) {
    ++counts.truncations;
    note(fmt::format("{}: truncated: its log was cut at offset {}, below {}; "
                     "it goes on there",
                     name_of(id, x), end, asked));
    x.feed.cut_at(end);
  };
  switch (result.status) {
    case fetch_status::below_start: {
      auto skipped = x.feed.skip_to(result.log_start);
      counts.skipped += static_cast<uint64_t>(skipped);
      note(fmt::format("{}: retention removed {} records from offset {} on "
                       "before they were read",
                       name_of(id, x), skipped, asked));
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

void consumer_state::on_fetch_failed(const topic_partition& id, holding& x,
                                     const caf::error& reason) {
  note("fetching from " + name_of(id, x), reason);
  x.question = 0;
  forget_log(x);
  x.fetch_at = now() + x.fetch_backoff.next();
}

void consumer_state::forget_log(holding& x) {
  if (!x.log)
    return;
  self->demonitor(x.log.address());
  x.log = nullptr;
}

} // namespace troupe
