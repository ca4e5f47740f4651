#include "actors/producer/producer.hpp"

#include <algorithm>
#include <utility>

#include <caf/send.hpp>
#include <fmt/format.h>

namespace troupe {

namespace {

/// For a request that CAF bounds.
constexpr auto never = caf::timespan::max();

/// Between two looks for who serves a partition, which another node may do by
/// now; they cost little.
constexpr caf::timespan find_wait_max = std::chrono::milliseconds{200};

/// Whether a request to the node may be repeated: its own errors say so, and
/// CAF's mean that no answer came.
bool may_ask_again(const caf::error& x) {
  return code_of(x) == ec::none || is_retriable(x);
}

} // namespace

producer_state::lane::lane(topic& owner, int32_t index,
                           const producer_settings& settings)
  : of(owner), partition(index), label(fmt::format("{}-{}", owner.name, index)),
    records(settings.batch_bytes, settings.linger, settings.compression),
    waits(settings.retry_backoff, settings.retry_backoff_max,
          static_cast<uint64_t>(index) + 1) {
  // nop
}

void producer_state::mark(lane& l) {
  if (l.is_dirty || l.records.is_empty())
    return;
  l.is_dirty = true;
  dirty_.push_back(&l);
}

void producer_state::advance(lane& l) {
  auto time = now();
  if (l.records.is_empty())
    return;
  if (l.is_busy) {
    if (time >= l.busy_until)
      on_append_failed(l, make_error(ec::timed_out, "no answer came"));
    else if (l.busy_until != never)
      wake_at(l.busy_until);
    return;
  }
  if (time < l.retry_at)
    return wake_at(l.retry_at);
  if (!l.of.info)
    return ask_topic(l.of);
  if (!l.records.outgoing())
    if (auto leaves = *l.records.leaves_at(is_hurried()); leaves > time)
      return wake_at(leaves);
  if (!has_identity(l))
    return;
  if (!l.records.outgoing()) {
    l.records.form(
      std::min(l.of.info->settings.record_bytes_max, l.batch_bytes_max));
    l.of.partitions.batch_left(l.partition);
  }
  if (l.handle)
    send(l);
  else
    locate(l);
  l.records.encode_ahead();
}

// -- who this producer is -------------------------------------------------

bool producer_state::has_identity(lane& l) {
  if (l.identity >= l.identity_needed)
    return true;
  if (identities_ < l.identity_needed) {
    ask_identity();
    return false;
  }
  l.records.identify(identity_);
  l.identity = identities_;
  return true;
}

void producer_state::ask_identity() {
  if (is_identifying_)
    return;
  if (now() < identity_retry_at_)
    return wake_at(identity_retry_at_);
  is_identifying_ = true;
  self->request(config.node, config.settings.request_timeout, identify_atom_v)
    .then(
      [this](const producer_identity& x) {
        is_identifying_ = false;
        identity_waits_->reset();
        identity_ = x;
        ++identities_;
        for (auto& [label, t] : topics_)
          for (auto& [partition, l] : t.lanes)
            mark(l);
        settle();
      },
      [this](caf::error& x) {
        is_identifying_ = false;
        identity_retry_at_ = now() + identity_waits_->next();
        if (may_ask_again(x))
          wake_at(identity_retry_at_);
        else
          for (auto& [label, t] : topics_)
            for (auto& [partition, l] : t.lanes)
              if (l.identity < l.identity_needed)
                fail_lane(l, x);
        settle();
      });
}

// -- finding the partition ------------------------------------------------

void producer_state::locate(lane& l) {
  l.is_busy = true;
  l.busy_until = never;
  auto number = ++l.request;
  topic_partition id{l.of.info->id, l.partition};
  self->request(config.node, config.settings.request_timeout, locate_atom_v, id)
    .then(
      [this, &l, number](partition_actor& x) {
        if (l.request != number)
          return;
        l.is_busy = false;
        l.handle = std::move(x);
        self->monitor(l.handle);
        advance(l);
        settle();
      },
      [this, &l, number](caf::error& x) {
        if (l.request != number)
          return;
        l.is_busy = false;
        on_locate_failed(l, x);
        settle();
      });
}

void producer_state::on_locate_failed(lane& l, const caf::error& x) {
  auto code = code_of(x);
  if (code == ec::unknown_topic || code == ec::unknown_partition) {
    ask_topic(l.of);
    retry(l, x);
  } else if (may_ask_again(x)) {
    retry(l, x);
    l.retry_at = std::min(l.retry_at, now() + find_wait_max);
    wake_at(l.retry_at);
  } else {
    fail_lane(l, x);
  }
}

void producer_state::on_down(const caf::actor_addr& who) {
  for (auto& [label, t] : topics_)
    for (auto& [partition, l] : t.lanes)
      if (l.handle && l.handle.address() == who) {
        l.handle = nullptr;
        if (l.is_busy)
          on_append_failed(
            l, make_error(ec::not_available, l.label + " went down"));
      }
  settle();
}

void producer_state::drop_handle(lane& l) {
  if (!l.handle)
    return;
  self->demonitor(l.handle.address());
  l.handle = nullptr;
}

// -- sending --------------------------------------------------------------

void producer_state::send(lane& l) {
  auto& out = *l.records.outgoing();
  if (++out.attempts > 1)
    ++status_.retried_batches;
  append_request request{out.batch, config.settings.acks, l.leader_epoch};
  if (request.acks == acks::none) {
    caf::anon_send(l.handle, append_atom_v, std::move(request));
    on_appended(l, append_result{-1, -1, false});
    return;
  }
  l.is_busy = true;
  l.busy_until = now() + config.settings.request_timeout;
  wake_at(l.busy_until);
  auto number = ++l.request;
  // CAF keeps the timer of a request after its answer: at this rate they would
  // pile up, so `busy_until` bounds it instead.
  self->request(l.handle, caf::infinite, append_atom_v, std::move(request))
    .then(
      [this, &l, number](const append_result& x) {
        if (l.request != number)
          return;
        on_appended(l, x);
        settle();
      },
      [this, &l, number](caf::error& x) {
        if (l.request != number)
          return;
        on_append_failed(l, x);
        settle();
      });
}

void producer_state::on_appended(lane& l, const append_result& x) {
  l.is_busy = false;
  l.may_be_written = false;
  l.leader_epoch = std::max(l.leader_epoch, x.leader_epoch);
  l.waits.reset();
  if (l.batch_bytes_max <= UINT64_MAX / 2)
    l.batch_bytes_max *= 2;
  auto out = l.records.acknowledge();
  status_.buffered_bytes -= out.bytes;
  // The next one leaves first: the partition shall not wait for the answers.
  if (config.settings.acks != acks::none)
    advance(l);
  answer(out.tickets, {l.of.name, l.partition, x.base_offset});
  mark(l);
}

void producer_state::on_append_failed(lane& l, const caf::error& x) {
  l.is_busy = false;
  // An answer that comes later counts no more.
  ++l.request;
  switch (code_of(x)) {
    case ec::queue_full:
    case ec::storage_full:
    case ec::not_enough_replicas:
      // Nothing was appended.
      return retry(l, x);
    case ec::out_of_order_sequence:
      if (!is_idempotent())
        break;
      // The log lost what this producer's sequence stands on (a power cut took
      // records with acks=1), and so it lacks this batch.
      l.may_be_written = false;
      l.identity_needed = l.identity + 1;
      return retry(l, x);
    // Its log is opened again, or another replica leads: that one knows whether
    // it has the batch.
    case ec::storage_failed:
    case ec::none:
    case ec::timed_out:
    case ec::not_available:
    case ec::not_leader:
    case ec::shutting_down:
    case ec::unknown_leader_epoch:
    case ec::fenced_leader_epoch:
      l.may_be_written = true;
      drop_handle(l);
      return retry(l, x);
    case ec::record_too_large:
      // The topic's settings are not what they were.
      ask_topic(l.of);
      if (split(l))
        return mark(l);
      break;
    default:
      break;
  }
  fail_batch(l, x);
  mark(l);
}

bool producer_state::split(lane& l) {
  auto& out = *l.records.outgoing();
  if (out.tickets.size() < 2)
    return false;
  // Halved until it passes, whatever the topic's limit is by now.
  auto half = out.batch.encoded_bytes() / 2;
  if (l.records.take_back())
    return false;
  l.batch_bytes_max = half;
  l.may_be_written = false;
  return true;
}

void producer_state::retry(lane& l, const caf::error& x) {
  l.last_problem = what(x);
  l.retry_at = now() + l.waits.next();
  wake_at(l.retry_at);
}

// -- giving up ------------------------------------------------------------

void producer_state::fail_batch(lane& l, const caf::error& x) {
  // Its numbers may be taken: those that follow begin anew under another id.
  if (std::exchange(l.may_be_written, false) && is_idempotent())
    l.identity_needed = l.identity + 1;
  auto out = l.records.give_up();
  status_.buffered_bytes -= out.bytes;
  for (auto& ticket : out.tickets)
    refuse(ticket, x);
}

void producer_state::fail_lane(lane& l, const caf::error& x) {
  if (l.records.outgoing())
    fail_batch(l, x);
  for (auto& record : l.records.take_posted_before(now())) {
    status_.buffered_bytes -= record.bytes;
    refuse(record.from, x);
  }
}

void producer_state::expire(lane& l) {
  auto time = too_late();
  auto late = [&](const char* outcome) {
    auto why = l.last_problem.empty() ? "no answer came" : l.last_problem;
    return make_error(
      ec::timed_out,
      fmt::format("{}: not acknowledged within {} ms, {} ({})", l.label,
                  config.settings.delivery_timeout.count(), outcome, why));
  };
  if (auto out = l.records.outgoing(); out && out->posted <= time) {
    auto is_sent = l.is_busy && out->attempts > 0;
    l.may_be_written = l.may_be_written || is_sent;
    l.is_busy = false;
    ++l.request;
    fail_batch(l, late(l.may_be_written ? "whether it was written is unknown"
                                        : "it was not written"));
  }
  for (auto& record : l.records.take_posted_before(time)) {
    status_.buffered_bytes -= record.bytes;
    refuse(record.from, late("never sent"));
  }
  if (auto oldest = l.records.oldest())
    wake_at(deadline(*oldest));
}

} // namespace troupe
