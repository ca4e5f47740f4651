#include "actors/partition/partition.hpp"

#include <algorithm>
#include <utility>

#include <caf/system_messages.hpp>
#include <fmt/format.h>

namespace troupe {

namespace {

/// What opening the log found, for people; empty when all was well.
std::string describe(const storage::recovery_report& x) {
  std::string result;
  auto add = [&](const std::string& part) {
    result += (result.empty() ? "" : "; ") + part;
  };
  if (x.was_unclean)
    add("the last stop was not clean");
  if (x.bytes_cut > 0)
    add(fmt::format("cut a bad tail of {} bytes, kept in {}", x.bytes_cut,
                    x.kept_aside));
  if (x.indexes_rebuilt > 0)
    add(fmt::format("made {} indexes anew", x.indexes_rebuilt));
  return result;
}

bool needs_upkeep(const topic_settings& x) {
  return x.cleanup == cleanup_policy::compact || x.retention_time.count() > 0
         || x.retention_bytes > 0;
}

} // namespace

partition_state::partition_state(partition_actor::pointer ptr) : self(ptr) {
  // nop
}

partition_state::~partition_state() {
  auto reason = make_error(ec::not_available, config.name + " has ended");
  fail_appends(reason);
  for (auto& x : readers_.take_all())
    x.promise.deliver(reason);
  for (auto& [node, x] : std::exchange(waiting_replicas_, {}))
    x.promise.deliver(reason);
  if (config.room)
    config.room->grow(-static_cast<int64_t>(reported_bytes_));
}

// -- starting and stopping ------------------------------------------------

caf::error partition_state::open(partition_config x) {
  config = std::move(x);
  auto is_replica = config.node_id != 0;
  auto opened = storage::log::open(config.disk, config.directory, config.topic,
                                   now_ms(self, config.epoch), is_replica);
  if (!opened)
    return std::move(opened.error());
  log = std::move(*opened);
  part_ = is_replica ? replica_part::none : replica_part::alone;
  opened_epoch_ = log->leader_epoch();
  report_size();
  tail = tail_cache{config.limits.tail_bytes};
  if (auto failed = recall_producers())
    return failed;
  plan_upkeep();
  return caf::none;
}

caf::error partition_state::close() {
  if (is_closed_)
    return caf::none;
  is_closed_ = true;
  auto failed = log->close();
  // A closed log is a durable one: who waited for that has it.
  if (!failed) {
    advance();
    write_snapshot();
  }
  auto reason = make_error(ec::shutting_down, config.name + " is stopping");
  fail_appends(failed ? failed : reason);
  for (auto& x : readers_.take_all())
    x.promise.deliver(reason);
  for (auto& [node, x] : std::exchange(waiting_replicas_, {}))
    x.promise.deliver(reason);
  return failed;
}

// -- the rest -------------------------------------------------------------

void partition_state::configure(const topic_settings& x) {
  config.topic = x;
  log->configure(x);
  plan_upkeep();
}

caf::result<delete_result> partition_state::remove_before(
  const delete_request& x) {
  if (auto refused = refusal())
    return refused;
  if (config.topic.cleanup == cleanup_policy::compact)
    return make_error(ec::invalid_argument,
                      config.name
                        + ": a compacted topic keeps the last record of each "
                          "key; to remove a key, post it without a value");
  if (x.before < 0 || x.before > high_watermark())
    return make_error(ec::offset_out_of_range,
                      fmt::format("{}: cannot delete before offset {}; the log "
                                  "has {} to {}",
                                  config.name, x.before, log->start(),
                                  high_watermark()));
  delete_result result{log->start(), std::max(log->start(), x.before),
                       high_watermark()};
  if (x.is_preview || result.to <= result.from)
    return result;
  auto failed = log->delete_before(x.before);
  report_size();
  if (failed) {
    if (log->has_failed())
      fail(failed);
    return failed;
  }
  return result;
}

void partition_state::report_size() {
  if (!config.room)
    return;
  auto size = log->size_bytes();
  config.room->grow(static_cast<int64_t>(size)
                    - static_cast<int64_t>(reported_bytes_));
  reported_bytes_ = size;
}

void partition_state::plan_upkeep() {
  if (is_upkeep_planned_ || !needs_upkeep(config.topic))
    return;
  is_upkeep_planned_ = true;
  self->delayed_send(partition_actor{self}, config.limits.upkeep_interval,
                     upkeep_atom_v);
}

void partition_state::do_upkeep() {
  is_upkeep_planned_ = false;
  if (is_closed_ || has_failed_)
    return;
  upkeep_failure_.clear();
  // What may still be cut, or is all that somebody has who comes to lead, stays
  // as it is.
  if (high_watermark() < log->active_base())
    return plan_upkeep();
  auto time = now_ms(self, config.epoch);
  // A follower's log begins where its leader's does.
  if (part_ == replica_part::alone || part_ == replica_part::leads)
    if (auto removed = log->retain(time, high_watermark()); !removed) {
      upkeep_failure_ = what(removed.error());
      if (log->has_failed())
        return fail(removed.error());
    }
  report_size();
  if (config.topic.cleanup == cleanup_policy::compact) {
    auto more = log->compact(time, config.limits.compaction_step_bytes);
    if (!more) {
      upkeep_failure_ = what(more.error());
      if (log->has_failed())
        return fail(more.error());
    } else if (*more) {
      // The next step goes behind the requests that came meanwhile.
      is_upkeep_planned_ = true;
      self->send(partition_actor{self}, upkeep_atom_v);
      return;
    }
  }
  plan_upkeep();
}

partition_status partition_state::status() const {
  partition_status result;
  result.id = config.id;
  result.name = config.name;
  result.log_start = log->start();
  result.high_watermark = high_watermark();
  result.log_end = log->end();
  result.leader = placement_.leader;
  if (replicas_)
    result.replicas = replicas_->status(now());
  result.synced_end = log->synced_end();
  result.leader_epoch = log->leader_epoch();
  result.size_bytes = log->size_bytes();
  result.segments = static_cast<uint32_t>(log->segment_count());
  result.syncs = syncs_;
  result.appended_records = records_posted_;
  result.appended_bytes = bytes_posted_;
  result.fetched_bytes = bytes_fetched_;
  result.waiting_fetches = static_cast<uint32_t>(readers_.size());
  result.producers = static_cast<uint32_t>(producers.size());
  result.recovery = describe(log->recovery());
  result.upkeep_failure = upkeep_failure_;
  return result;
}

caf::result<log_snapshot> partition_state::snapshot(const std::string& to) {
  // So that a restored log need not be read for its producers.
  write_snapshot();
  auto result = log->snapshot(to);
  if (!result)
    return std::move(result.error());
  return std::move(*result);
}

caf::timespan partition_state::now() const {
  return self->clock().now().time_since_epoch();
}

// -- the actor ------------------------------------------------------------

partition_actor::behavior_type partition(
  partition_actor::stateful_pointer<partition_state> self,
  partition_config config) {
  if (auto failed = self->state.open(std::move(config))) {
    self->quit(std::move(failed));
    return partition_actor::behavior_type::make_empty_behavior();
  }
  self->monitor(self->state.config.flusher);
  self->set_down_handler([self](caf::down_msg& x) {
    if (self->state.config.flusher.address() == x.source)
      self->state.on_flusher_down(x.reason);
  });
  self->set_exit_handler([self](caf::exit_msg& x) {
    if (!x.reason)
      return;
    // An error is in the log's directory: the next to open it recovers.
    self->state.close();
    self->quit(std::move(x.reason));
  });
  return {
    [self](append_atom, append_request& x) { return self->state.append(x); },
    [self](fetch_atom, fetch_request& x) { return self->state.fetch(x); },
    [self](offset_atom, const offset_query& x) { return self->state.find(x); },
    [self](epoch_atom, int32_t epoch) { return self->state.end_of(epoch); },
    [self](delete_atom, const delete_request& x) {
      return self->state.remove_before(x);
    },
    [self](config_atom, const topic_settings& x) {
      self->state.configure(x);
      return caf::ok_atom_v;
    },
    [self](role_atom, const replica_role& x) {
      return self->state.take_part(x);
    },
    [self](replicate_atom, const replica_fetch& x) {
      return self->state.give(x);
    },
    [self](status_atom) { return self->state.status(); },
    [self](snapshot_atom, const std::string& to) {
      return self->state.snapshot(to);
    },
    [self](stop_atom) -> caf::result<caf::ok_atom> {
      auto failed = self->state.close();
      self->quit(failed);
      if (failed)
        return failed;
      return caf::ok_atom_v;
    },
    [self](tick_atom) { self->state.end_waits(); },
    [self](upkeep_atom) { self->state.do_upkeep(); },
  };
}

} // namespace troupe
