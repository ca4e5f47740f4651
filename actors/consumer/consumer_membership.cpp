#include <fmt/format.h>

#include "actors/consumer/consumer_state.hpp"
#include "actors/consumer/dead_letter.hpp"
#include "actors/consumer/limits.hpp"

namespace troupe {

using consumer_limits::request_timeout;

namespace {

/// Whether the coordinator says that this member is out.
bool is_outside(const caf::error& x) {
  auto code = code_of(x);
  return code == ec::unknown_member || code == ec::fenced_epoch;
}

/// Whether a role answered, and as the one to ask, so that asking it again
/// makes sense.
bool is_answer(const caf::error& x) {
  auto code = code_of(x);
  return code != ec::none && code != ec::shutting_down
         && code != ec::not_leader;
}

} // namespace

// -- finding the coordinator
// -----------------------------------------------------

void consumer_state::keep_membership() {
  if (!coordinator)
    find_coordinator();
  else if (!view.is_member() && !is_stopping)
    join();
}

void consumer_state::find_coordinator() {
  if (is_finding || !reached(find_at))
    return;
  is_finding = true;
  self->request(config.node, request_timeout, group_atom_v, settings.group)
    .then(
      [this](coordinator_actor& x) {
        is_finding = false;
        coordinator = std::move(x);
        self->monitor(coordinator);
        // A new coordinator knows only what is durable: state everything.
        send_heartbeat();
        work();
      },
      [this](caf::error& e) {
        is_finding = false;
        note("finding the coordinator of " + settings.group, e);
        find_at = now() + find_backoff.next();
        work();
      });
}

void consumer_state::lose_coordinator(const caf::actor_addr& who) {
  if (!coordinator || coordinator.address() != who)
    return;
  self->demonitor(who);
  coordinator = nullptr;
  is_joining = false;
  is_leasing = false;
  forget_commit();
  // Partitions are kept: the next coordinator reads from the log that they are
  // ours. The session bounds how long records are handed out meanwhile.
  find_at = now() + find_backoff.next();
}

// -- joining
// ---------------------------------------------------------------------

void consumer_state::join() {
  if (is_joining || !reached(join_at))
    return;
  is_joining = true;
  // Another coordinator must not make this id a member once more: pushes of the
  // last one, to what it was there, may still be on their way.
  if (view.member().is_nil() || joined_with != coordinator.address()) {
    view.join(derive_uuid(config.seed, ++joins));
    joined_with = coordinator.address();
  }
  join_request request;
  request.group = settings.group;
  request.member = view.member();
  request.name = config.name;
  request.instance_id = settings.instance_id;
  request.host = config.host;
  request.topics = settings.topics;
  if (settings.failures.what != failure_policy::kind::retry)
    for (const auto& topic : settings.topics)
      request.topics.push_back(replay_topic(topic, settings.group));
  request.rules = settings.group_rules;
  request.session_timeout = settings.session_timeout;
  request.rebalance_timeout = settings.rebalance_timeout;
  alive_at = now();
  self
    ->request(coordinator, request_timeout, join_atom_v, std::move(request),
              consumer_actor{self})
    .then(
      [this, member = view.member()](join_result& x) {
        if (member != view.member())
          return;
        is_joining = false;
        view.admit(x);
        work();
      },
      [this, member = view.member(), whom = coordinator](caf::error& e) {
        if (member != view.member() || whom != coordinator)
          return;
        is_joining = false;
        if (!is_answer(e))
          lose_coordinator(whom.address());
        on_join_refused(e);
        work();
      });
}

void consumer_state::on_join_refused(const caf::error& reason) {
  if (view.is_member())
    return;
  note("joining " + settings.group, reason);
  // For want of an answer the join is repeated as it was; a refusal ends it.
  if (is_answer(reason) && !is_retriable(reason))
    view.leave();
  join_at = now() + join_backoff.next();
}

void consumer_state::rejoin(const std::string& reason) {
  note(reason);
  while (!held.empty())
    drop(held.begin()->first);
  view.leave();
  is_joining = false;
  forget_commit();
  unsettled_since.reset();
  join_at = now() + join_backoff.next();
}

// -- being a member
// --------------------------------------------------------------

void consumer_state::apply(const holding_change& x) {
  for (const auto& id : x.dropped)
    drop(id);
  if (is_stopping)
    // Nothing new is begun; the leave gives it back.
    for (const auto& p : x.added)
      view.drop(p.id);
  else
    for (const auto& p : x.added)
      hold(p);
  for (const auto& [id, is_paused] : x.paused)
    if (auto i = held.find(id); i != held.end())
      i->second.feed.set_paused(is_paused);
  for (const auto& id : x.draining)
    if (auto i = held.find(id); i != held.end())
      drain(i->second);
  if (x.answer)
    send_revoked(*x.answer);
  stir_all();
  work();
}

void consumer_state::send_heartbeat() {
  if (!coordinator || !view.is_member())
    return;
  heartbeat statement{
    view.member(), view.epoch(), {}, {}, gateway.own_pause(now())};
  for (const auto& [id, x] : held) {
    auto& where =
      view.owned().contains(id) ? statement.owned : statement.draining;
    where.push_back({id, x.feed.handed_next()});
  }
  self
    ->request(coordinator, settings.session_timeout, beat_atom_v,
              std::move(statement))
    .then(
      [this, sent = now(), member = view.member()](heartbeat_result& x) {
        if (member != view.member() || !view.hears(x.coordinator_epoch))
          return;
        alive_at = std::max(alive_at, sent);
        // Whoever opened it tries first, and says how that went.
        if (x.gateway_pause > caf::timespan{0})
          gateway.told(now(), x.gateway_pause + settings.heartbeat_interval);
        find_backoff.reset();
        join_backoff.reset();
        work();
      },
      [this, member = view.member(), whom = coordinator](caf::error& e) {
        if (member == view.member())
          on_heartbeat_failed(whom, e);
        work();
      });
}

void consumer_state::on_heartbeat_failed(const coordinator_actor& whom,
                                         const caf::error& reason) {
  if (is_outside(reason))
    rejoin("heartbeat: " + what(reason));
  else if (whom == coordinator) {
    note("heartbeat", reason);
    if (!is_answer(reason))
      lose_coordinator(whom.address());
  }
}

bool consumer_state::is_zombie(caf::timespan time) const {
  // Whoever counts its node as down has given its partitions to others.
  if (config.lease && !config.lease->is_fresh(time))
    return true;
  // The session counts from when the coordinator got the heartbeat, this from
  // when it was sent; the fifth covers what a hand-out takes.
  auto limit = caf::timespan{settings.session_timeout} / 5 * 4;
  auto since = std::min(alive_at, unsettled_since.value_or(alive_at));
  return time - since >= limit;
}

void consumer_state::send_revoked(const revoked_notice& x) {
  if (!coordinator)
    return;
  // Unanswered it is not repeated: the next heartbeat shows the difference,
  // and the coordinator states again what is to be given up.
  self->request(coordinator, request_timeout, revoked_atom_v, x)
    .then([](caf::ok_atom) {},
          [this](caf::error& e) { note("giving partitions up", e); });
}

} // namespace troupe
