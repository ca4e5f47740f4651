// A replica that leads: others ask it for what they lack, and what it answers
// goes by what they have.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/partition/partition.hpp"

namespace troupe {

namespace {

/// After the controller refused an in-sync set.
constexpr caf::timespan propose_pause = std::chrono::milliseconds{500};

/// How long the controller may take.
constexpr caf::timespan change_timeout = std::chrono::seconds{10};

/// Whether the controller will never take what it refused so.
bool is_certain(const caf::error& why) {
  auto code = code_of(why);
  return code == ec::invalid_argument || code == ec::unknown_topic
         || code == ec::unknown_partition;
}

} // namespace

caf::result<caf::ok_atom> partition_state::take_part(const replica_role& role) {
  if (part_ == replica_part::alone)
    return make_error(ec::invalid_argument,
                      config.name + " is of a single node, not of a cluster");
  if (auto refused = is_closed_ || has_failed_
                       ? make_error(ec::not_available, config.name + " ends")
                       : caf::error{})
    return refused;
  const auto& x = role.placement;
  // What it was told already, or something older.
  if (part_ != replica_part::none && x.epoch <= placement_.epoch)
    return caf::ok_atom_v;
  auto is_new_epoch = part_ == replica_part::none
                      || x.leader_epoch != placement_.leader_epoch
                      || x.leader != placement_.leader;
  auto had_in_sync = placement_.in_sync.size();
  placement_ = x;
  if (!is_new_epoch) {
    if (replicas_) {
      count_change(had_in_sync);
      replicas_->follow(role, now());
      is_proposing_ = false;
      advance();
    } else if (x.leader == config.node_id) {
      // It resigns still: what it asked for was about the placement before.
      resign(x);
    } else if (!waits_for_sync_) {
      // It need not be filled slowly any more.
      follow();
    }
    return caf::ok_atom_v;
  }
  end_to_lead();
  ++round_;
  is_following_ = false;
  leader_ = nullptr;
  if (x.leader == config.node_id) {
    if (auto failed = begin_to_lead(role)) {
      fail(failed);
      return failed;
    }
  } else {
    part_ = replica_part::follows;
    if (auto failed = log->forget_empty_epochs()) {
      fail(failed);
      return failed;
    }
    follow_failures_ = 0;
    if (x.leader != 0)
      follow();
  }
  return caf::ok_atom_v;
}

caf::error partition_state::begin_to_lead(const replica_role& role) {
  if (role.placement.leader_epoch <= opened_epoch_) {
    part_ = replica_part::follows;
    resign(role.placement);
    return caf::none;
  }
  if (auto failed = log->begin_epoch(role.placement.leader_epoch))
    return failed;
  part_ = replica_part::leads;
  if (config.counters)
    config.counters->add(config.counters->elections_won);
  replicas_.emplace(config.node_id, role, log->end(), log->synced_end(),
                    high_watermark(), now());
  is_proposing_ = false;
  propose_after_ = caf::timespan{0};
  advance();
  set_timer();
  return caf::none;
}

void partition_state::resign(const partition_placement& placement) {
  partition_change change{config.id, placement, {}};
  change.wanted.leader = 0;
  ++change.wanted.epoch;
  self->request(config.node, change_timeout, change_atom_v, change)
    .then([](const partition_placement&) {},
          [this, epoch = placement.epoch](const caf::error&) {
            if (placement_.epoch == epoch && !is_closed_ && !has_failed_)
              self->delayed_send(partition_actor{self}, propose_pause,
                                 tick_atom_v);
          });
}

void partition_state::count_change(size_t before) const {
  auto now = placement_.in_sync.size();
  if (!config.counters || now == before)
    return;
  auto& x = *config.counters;
  x.add(now < before ? x.in_sync_shrinks : x.in_sync_expands);
}

void partition_state::count_given(const replica_records& x) const {
  if (!config.counters)
    return;
  for (const auto& batch : x.batches)
    config.counters->add(config.counters->bytes_out, batch.encoded_bytes());
}

void partition_state::end_to_lead() {
  if (!replicas_)
    return;
  known_watermark_ = replicas_->high_watermark();
  replicas_.reset();
  part_ = replica_part::follows;
  auto why = make_error(ec::not_leader,
                        config.name + ": this replica does not lead any more");
  fail_appends(why);
  for (auto& x : readers_.take_all())
    x.promise.deliver(why);
  answer_replicas(true);
}

caf::error partition_state::not_leading() const {
  switch (part_) {
    case replica_part::alone:
      return caf::none;
    case replica_part::none:
      return make_error(ec::not_available,
                        config.name + " learns who leads it");
    case replica_part::follows:
      return make_error(
        placement_.leader == 0 ? ec::not_available : ec::not_leader,
        placement_.leader == 0
          ? config.name + " is offline: no replica that is in sync lives"
          : fmt::format("{} is led by node {}", config.name,
                        placement_.leader));
    case replica_part::leads:
      break;
  }
  if (!config.lease || config.lease->holds(now()))
    return caf::none;
  return make_error(ec::not_leader,
                    fmt::format("{}: node {} is cut off from the controllers",
                                config.name, config.node_id));
}

void partition_state::advance() {
  if (has_failed_)
    return;
  if (replicas_) {
    replicas_->grown(log->end(), log->synced_end());
    // Only what is durable is shown.
    if (log->end() > sync_wanted_) {
      sync_wanted_ = log->end();
      start_sync();
    }
  }
  auto watermark = high_watermark();
  for (; !above_.empty() && above_.front().first <= watermark;
       above_.pop_front())
    bytes_visible_ = above_.front().second;
  // Looking at all who wait is dear: only when somebody may be served.
  if (auto durable = durable_end(); durable != answered_end_) {
    answered_end_ = durable;
    on_synced(durable);
  }
  wake_readers();
  if (replicas_) {
    answer_replicas(false);
    propose();
  } else if (std::exchange(waits_for_sync_, false)) {
    follow();
  }
}

void partition_state::propose() {
  if (is_proposing_ || now() < propose_after_ || is_closed_)
    return;
  auto wanted = replicas_->propose(now(), config.cluster.replica_lag_max);
  if (!wanted)
    return;
  is_proposing_ = true;
  // Taken: the role says so.
  auto refused = [this, epoch = placement_.epoch](const caf::error& why) {
    // A role that came meanwhile began anew.
    if (!replicas_ || placement_.epoch != epoch || has_failed_)
      return;
    is_proposing_ = false;
    replicas_->refused(is_certain(why));
    propose_after_ = now() + propose_pause;
    if (timer_.set(propose_after_))
      self->scheduled_send(partition_actor{self},
                           caf::actor_clock::time_point{propose_after_},
                           tick_atom_v);
  };
  self
    ->request(config.node, change_timeout, change_atom_v,
              partition_change{config.id, *wanted, replicas_->disks()})
    .then([](const partition_placement&) {}, refused);
}

// -- what replicas get -------------------------------------------------------

caf::result<replica_records> partition_state::give(const replica_fetch& x) {
  if (auto refused = not_leading())
    return refused;
  if (!replicas_)
    return make_error(ec::not_leader, config.name + " has no replicas");
  auto epoch = placement_.leader_epoch;
  if (x.leader_epoch != epoch)
    return make_error(x.leader_epoch < epoch ? ec::fenced_leader_epoch
                                             : ec::unknown_leader_epoch,
                      fmt::format("{}: leader epoch is {}, not {}", config.name,
                                  epoch, x.leader_epoch));
  if (!replicas_->is_replica(x.node))
    return make_error(
      ec::invalid_argument,
      fmt::format("{}: node {} is no replica of it", config.name, x.node));
  // Whoever asks again does not wait for the answer to what it asked before.
  if (auto before = waiting_replicas_.extract(x.node); !before.empty())
    before.mapped().promise.deliver(replica_records{});
  int64_t diverging_end = -1;
  if (compare(x.offset, x.last_epoch, diverging_end) == fetch_status::ok) {
    replicas_->fetched(x.node, x.directory_id, x.offset, x.synced_end, now());
    advance();
  }
  auto found = look(x);
  if (!found)
    return std::move(found.error());
  if (is_news(x, *found) || x.wait_max <= caf::timespan{0}) {
    count_given(*found);
    return std::move(*found);
  }
  auto promise =
    self->make_response_promise<caf::typed_response_promise<replica_records>>();
  auto wait =
    std::min<caf::timespan>(x.wait_max, config.cluster.replica_wait_max);
  waiting_replicas_.insert_or_assign(x.node,
                                     waiting_replica{promise, x, now() + wait});
  set_timer();
  return promise;
}

caf::expected<replica_records> partition_state::look(
  const replica_fetch& x) const {
  replica_records result;
  result.status = compare(x.offset, x.last_epoch, result.diverging_end);
  // What it has beyond the end was never acknowledged.
  if (result.status == fetch_status::above_end) {
    result.status = fetch_status::diverged;
    result.diverging_end = log->end();
  }
  result.log_start = log->start();
  result.high_watermark = high_watermark();
  result.sync_wanted = std::max(sync_wanted_, replicas_->sync_wanted(x.node));
  if (result.status != fetch_status::ok)
    return result;
  auto bytes_max =
    std::min(x.bytes_max, config.cluster.replica_fetch_bytes_max);
  auto found = read(x.offset, bytes_max);
  if (!found)
    return std::move(found.error());
  result.batches = std::move(*found);
  return result;
}

bool partition_state::is_news(const replica_fetch& x,
                              const replica_records& found) const {
  return found.status != fetch_status::ok || !found.batches.empty()
         || (found.sync_wanted > x.synced_end && x.synced_end < x.offset);
}

void partition_state::answer_replicas(bool all) {
  for (auto i = waiting_replicas_.begin(); i != waiting_replicas_.end();) {
    auto& x = i->second;
    if (!replicas_) {
      x.promise.deliver(
        make_error(ec::not_leader, config.name + " is led by another one"));
      i = waiting_replicas_.erase(i);
      continue;
    }
    auto found = look(x.request);
    auto due =
      all || x.deadline <= now() || !found || is_news(x.request, *found);
    if (!due) {
      ++i;
      continue;
    }
    if (found) {
      count_given(*found);
      x.promise.deliver(std::move(*found));
    } else {
      x.promise.deliver(std::move(found.error()));
    }
    i = waiting_replicas_.erase(i);
  }
}

} // namespace troupe
