#include <algorithm>

#include <fmt/format.h>

#include "actors/consumer/consumer_state.hpp"
#include "actors/consumer/limits.hpp"

namespace troupe {

using consumer_limits::request_timeout;

bool consumer_state::is_commit_due(holding& x, caf::timespan time) {
  if (x.feed.uncommitted(view.epoch()).next < 0)
    return false;
  committable.push(x);
  auto need = x.feed.need();
  if (plan.is_due(need, time))
    return true;
  if (plan.waits_for_round(need))
    reached(plan.next_round(), time);
  return false;
}

void consumer_state::commit_if_due() {
  // One at a time, so that positions arrive in order; what is finished
  // meanwhile goes with the next one.
  if (!is_commit_wanted || is_committing || !coordinator || !view.is_member()
      || !reached(commit_at))
    return;
  is_commit_wanted = false;
  commit_request request{view.member(), {}};
  commit_members asked;
  auto time = now();
  for (size_t n = committable.size(); n > 0; --n) {
    auto& x = committable.pop();
    // What has something to commit comes back into the queue.
    if (!is_commit_due(x, time))
      continue;
    auto point = x.feed.uncommitted(view.epoch());
    request.entries.push_back(
      {x.id, point.next, point.leader_epoch, point.handed_epoch, {}});
    asked.push_back({x.id, x.serial, point.next});
    x.feed.ask(point.next);
    config.listener->on_commit(x.id, point.next);
  }
  if (asked.empty()) {
    // What has to be repeated is always due: nothing is unsettled.
    unsettled_since.reset();
    return;
  }
  is_committing = true;
  auto serial = ++commit_serial;
  plan.asked(now());
  if (!unsettled_since)
    unsettled_since = now();
  self->request(coordinator, request_timeout, commit_atom_v, std::move(request))
    .then(
      [this, asked, serial](commit_result& x) {
        if (serial != commit_serial)
          return;
        is_committing = false;
        is_commit_wanted = true;
        on_committed(asked, x);
        work();
      },
      [this, asked, serial](caf::error& e) {
        if (serial != commit_serial)
          return;
        is_committing = false;
        is_commit_wanted = true;
        on_commit_failed(asked, e);
        work();
      });
}

void consumer_state::on_committed(const commit_members& asked,
                                  const commit_result& result) {
  if (result.outcomes.size() != asked.size()) {
    on_commit_failed(asked, make_error(ec::not_available,
                                       "the answer to a commit has another "
                                       "length than the request"));
    return;
  }
  bool is_repeat = false;
  for (size_t i = 0; i < asked.size(); ++i)
    config.listener->on_committed(asked[i].id, asked[i].next,
                                  result.outcomes[i]);
  for (size_t i = 0; i < asked.size(); ++i) {
    auto outcome = result.outcomes[i];
    if (outcome == ec::unknown_member || outcome == ec::fenced_epoch) {
      ++counts.commits_refused;
      rejoin(fmt::format("commit: {}", to_string(outcome)));
      return;
    }
    if (auto* x = holding_of(asked[i].id, asked[i].serial))
      is_repeat = settle_commit(*x, outcome) || is_repeat;
  }
  if (is_repeat) {
    commit_at = now() + commit_backoff.next();
  } else {
    commit_backoff.reset();
    unsettled_since.reset();
  }
}

bool consumer_state::settle_commit(holding& x, ec outcome) {
  stir(x);
  if (outcome == ec::none) {
    ++counts.commits;
    x.feed.accept();
    return false;
  }
  note(fmt::format("committing {}: {}", name_of(x), to_string(outcome)));
  if (is_retriable(make_error(outcome, {}))) {
    x.feed.repeat();
    return true;
  }
  ++counts.commits_refused;
  // After the log was cut the position lies below the committed one until the
  // group has caught up; all else says that the partition is not ours.
  if (outcome == ec::commit_goes_back)
    x.feed.accept();
  else
    drop(topic_partition{x.id});
  return false;
}

void consumer_state::on_commit_failed(const commit_members& asked,
                                      const caf::error& reason) {
  auto code = code_of(reason);
  if (code == ec::unknown_member || code == ec::fenced_epoch) {
    counts.commits_refused += asked.size();
    rejoin("commit: " + what(reason));
    return;
  }
  // The outcome is unknown: the same, or more, is asked again.
  note("committing", reason);
  for (const auto& entry : asked)
    if (auto* x = holding_of(entry.id, entry.serial)) {
      x->feed.repeat();
      stir(*x);
    }
  commit_at = now() + commit_backoff.next();
}

void consumer_state::forget_commit() {
  ++commit_serial;
  is_committing = false;
  for (auto& [id, x] : held)
    x.feed.repeat();
  stir_all();
}

} // namespace troupe
