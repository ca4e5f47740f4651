// Keys that are parked: their records go, in order, to a log of their own, and
// that log alone says which keys they are, whoever owns the partition.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/consumer/consumer_state.hpp"
#include "actors/consumer/dead_letter.hpp"
#include "actors/consumer/limits.hpp"

namespace troupe {

using consumer_limits::find_wait_max;
using consumer_limits::parked_keys_max;
using consumer_limits::request_timeout;

bool consumer_state::parks() const {
  return settings.failures.what == failure_policy::kind::park;
}

void consumer_state::await_parked(holding& x) {
  const auto& topic = x.message.topic;
  auto i = parked.find(topic);
  if (i == parked.end()) {
    parked_log made{
      parked_topic(topic, settings.group),
      parked_keys{topic, settings.group, parked_keys_max},
      backoff{settings.retry_backoff, settings.retry_backoff_max}};
    i = parked.emplace(topic, std::move(made)).first;
  }
  auto& p = i->second;
  x.parked = &p;
  x.awaits_parked = true;
  ++p.holdings;
  // What the last owner parked is there by now: an answer to an earlier request
  // need not know of it.
  p.target.reset();
  p.question = 0;
}

// -- what goes there
// -------------------------------------------------------------

bool consumer_state::is_parked(const holding& x, const record& what) const {
  return x.parked && x.parked->keys.contains(x.id.partition, what.key);
}

bool consumer_state::may_park(const holding& x, const caf::error& why) {
  // It came back to be handled in its order: none of its key may overtake it.
  if (!x.parked)
    return false;
  auto n = x.id.partition;
  if (x.feed.handed().content.key.is_null() || x.parked->keys.has_room(n))
    return true;
  note(fmt::format("{}: {} keys are parked, and no more can be: the record at "
                   "offset {} is tried again for ever; bring parked ones back",
                   name_of(x), parked_keys_max, x.feed.handed_next() - 1),
       why);
  return false;
}

void consumer_state::park(holding& x) {
  x.handed_at = now();
  auto attempts = x.feed.attempts();
  x.feed.hand(view.epoch());
  write_letter(x, attempts, "its key is parked");
}

// -- reading what is there
// ----------------------------------------------------------

void consumer_state::follow_parked() {
  for (auto& [topic, p] : parked) {
    if (p.holdings == 0 || p.question != 0 || !reached(p.ask_at))
      continue;
    p.question = ++questions;
    if (p.is_lost)
      find_parked(p);
    else if (!p.log)
      locate_parked(p);
    else
      read_parked(p);
  }
}

bool consumer_state::is_answer_to(parked_log& p, uint64_t question) {
  if (p.question != question)
    return false;
  p.question = 0;
  return true;
}

void consumer_state::find_parked(parked_log& p) {
  self->request(config.node, request_timeout, topic_atom_v, p.topic)
    .then(
      [this, &p, question = p.question](const topic_info& x) {
        if (is_answer_to(p, question))
          on_parked_found(p, x.id);
        work();
      },
      [this, &p, question = p.question](const caf::error& why) {
        // Made before it is needed: a node that has not heard of it yet is no
        // reason to think that nothing is parked.
        if (p.question == question && code_of(why) == ec::unknown_topic)
          make_parked(p);
        else if (is_answer_to(p, question))
          on_parked_failed(p, why);
        work();
      });
}

void consumer_state::make_parked(parked_log& p) {
  self
    ->request(config.node, request_timeout, create_atom_v,
              letter_topic(p.topic))
    .then(
      [this, &p, question = p.question](const topic_info& x) {
        if (is_answer_to(p, question))
          on_parked_found(p, x.id);
        work();
      },
      [this, &p, question = p.question](const caf::error& why) {
        if (is_answer_to(p, question))
          on_parked_failed(p, why);
        work();
      });
}

void consumer_state::on_parked_found(parked_log& p, const topic_id& topic) {
  letter_topics.insert(p.topic);
  p.is_lost = false;
  if (p.id.topic != topic) {
    p.id = {topic, 0};
    p.leader_epoch = -1;
    begin_parked_anew(p);
  }
}

void consumer_state::locate_parked(parked_log& p) {
  self->request(config.node, request_timeout, locate_atom_v, p.id)
    .then(
      [this, &p, question = p.question](partition_actor& log) {
        if (is_answer_to(p, question)) {
          p.log = std::move(log);
          self->monitor(p.log);
        }
        work();
      },
      [this, &p, question = p.question](const caf::error& why) {
        if (is_answer_to(p, question))
          on_parked_failed(p, why);
        work();
      });
}

void consumer_state::read_parked(parked_log& p) {
  fetch_request request;
  request.offset = p.keys.position();
  request.bytes_max = settings.fetch_bytes_max;
  // Partitions may wait for the first answer.
  request.wait_max = p.target ? settings.fetch_wait_max : caf::timespan{0};
  request.last_epoch = p.last_epoch;
  request.leader_epoch = p.leader_epoch;
  self
    ->request(p.log, request.wait_max + request_timeout, fetch_atom_v, request)
    .then(
      [this, &p, question = p.question,
       asked_at = now()](const fetch_result& x) {
        if (is_answer_to(p, question))
          on_parked_read(p, asked_at, x);
        work();
      },
      [this, &p, question = p.question](const caf::error& why) {
        if (is_answer_to(p, question))
          on_parked_failed(p, why);
        work();
      });
}

void consumer_state::on_parked_read(parked_log& p, caf::timespan asked_at,
                                    const fetch_result& result) {
  p.leader_epoch = std::max(p.leader_epoch, result.leader_epoch);
  if (result.status == fetch_status::below_start) {
    p.last_epoch = -1;
    p.keys.cut_before(result.log_start);
    return;
  }
  if (result.status != fetch_status::ok) {
    begin_parked_anew(p);
    return;
  }
  p.keys.cut_before(result.log_start);
  for (const auto& batch : result.batches) {
    record_reader in{batch};
    for (placed_record x; !batch.header.is_control() && in.next(x);)
      p.keys.take(x);
    if (in.failure()) {
      on_parked_failed(p, in.failure());
      return;
    }
    p.keys.pass(batch.header.last_offset() + 1);
    p.last_epoch = batch.header.leader_epoch;
  }
  auto was_new = !p.target;
  if (was_new)
    p.target = result.high_watermark;
  if (p.keys.position() >= *p.target)
    for (auto& [id, x] : held)
      if (x.parked == &p && std::exchange(x.awaits_parked, false))
        stir(x);
  // An empty answer long before its time must not become a busy loop.
  if (!result.batches.empty() || was_new)
    p.wait.reset();
  else if (now() - asked_at < caf::timespan{settings.fetch_wait_max} / 2
           || settings.fetch_wait_max == settings.fetch_wait_max.zero())
    p.ask_at = now() + p.wait.next();
}

void consumer_state::begin_parked_anew(parked_log& p) {
  p.keys.reset();
  p.last_epoch = -1;
  p.target.reset();
  for (auto& [id, x] : held)
    if (x.parked == &p)
      x.awaits_parked = true;
}

void consumer_state::on_parked_failed(parked_log& p, const caf::error& why) {
  note("reading what is parked in " + p.topic, why);
  p.question = 0;
  // It may have been deleted, and made again.
  p.is_lost = true;
  if (p.log) {
    self->demonitor(p.log.address());
    p.log = nullptr;
  }
  auto wait = caf::timespan{p.wait.next()};
  p.ask_at = now()
             + (is_retriable(why) || code_of(why) == ec::topic_exists
                  ? std::min<caf::timespan>(wait, find_wait_max)
                  : wait);
}

} // namespace troupe
