#include "actors/coordinator/coordinator.hpp"

#include <algorithm>
#include <utility>

#include <caf/exit_reason.hpp>
#include <fmt/format.h>

#include "actors/coordinator/reply.hpp"

namespace troupe {

namespace {

/// How long the shard and the node may take to tell what there is.
constexpr caf::timespan load_timeout = 30s;

/// Requests that may wait for the group to be loaded, and turns that may wait
/// for the disk before commits are refused.
constexpr size_t waiting_max = 10'000;

caf::expected<caf::ok_atom> to_ok(caf::error fault) {
  if (fault)
    return fault;
  return caf::ok_atom_v;
}

} // namespace

coordinator_state::~coordinator_state() {
  refuse_all();
}

template <class Result, class Work>
caf::typed_response_promise<Result> coordinator_state::handle(Work work) {
  auto promise = self->make_response_promise<Result>();
  when_loaded([this, promise, work = std::move(work)](const caf::error& fault) {
    if (fault)
      return reply<Result>(promise, fault)(caf::none);
    turn t{now()};
    auto result = work(t);
    finish(std::move(t), reply<Result>(promise, std::move(result)));
  });
  return promise;
}

// -- starting -----------------------------------------------------------------

void coordinator_state::start(coordinator_config config) {
  config_ = std::move(config);
  group_ =
    std::make_unique<group>(config_.group, config_.limits, config_.assignors);
  self->set_down_handler([this](caf::down_msg& x) { on_down(x); });
  self->set_exit_handler([this](caf::exit_msg& x) { on_exit(x); });
  self->monitor(config_.store);
  auto failed = [this](caf::error& fault) { fail(std::move(fault)); };
  self->request(config_.store, load_timeout, load_atom_v, config_.group)
    .then(
      [this](group_image& x) {
        image_ = std::move(x);
        begin_when_loaded();
      },
      failed);
  metadata_listener_actor listener = coordinator_actor{self};
  self->request(config_.node, load_timeout, watch_atom_v, std::move(listener))
    .then(
      [this](metadata_update& x) {
        topics_ = std::move(x);
        begin_when_loaded();
      },
      failed);
}

void coordinator_state::begin_when_loaded() {
  if (!image_ || !topics_)
    return;
  if (auto fault = group_->load(*image_))
    return fail(std::move(fault));
  turn t{now()};
  group_->begin(*topics_, t, config_.overlap);
  is_loaded_ = true;
  image_.reset();
  topics_.reset();
  finish(std::move(t));
  for (auto& run : std::exchange(waiting_, {}))
    run(caf::none);
}

void coordinator_state::when_loaded(effect run) {
  if (is_failed_)
    run(stopped());
  else if (is_loaded_)
    run(caf::none);
  else if (waiting_.size() < waiting_max)
    waiting_.push_back(std::move(run));
  else
    run(make_error(ec::queue_full,
                   fmt::format("the coordinator of '{}' is loading, {} "
                               "requests wait",
                               config_.group, waiting_.size())));
}

instant coordinator_state::now() const {
  auto time = self->clock().now();
  return {time.time_since_epoch(), config_.epoch.to_ms(time)};
}

// -- requests -----------------------------------------------------------------

caf::typed_response_promise<join_result> coordinator_state::join(
  join_request& request, const consumer_actor& handle) {
  auto promise = self->make_response_promise<join_result>();
  when_loaded([this, promise, request = std::move(request),
               handle](const caf::error& fault) {
    if (fault)
      return reply<join_result>(promise, fault)(caf::none);
    turn t{now()};
    auto other = other_member_of(handle, request.member);
    joins_[request.member].push_back(promise);
    keep_handle(request.member, handle);
    group_->join(request, other, t);
    finish(std::move(t));
  });
  return promise;
}

caf::typed_response_promise<heartbeat_result> coordinator_state::beat(
  heartbeat& x) {
  auto sender = caf::actor_cast<consumer_actor>(self->current_sender());
  auto promise = self->make_response_promise<heartbeat_result>();
  when_loaded(
    [this, promise, x = std::move(x), sender](const caf::error& fault) {
      if (fault)
        return reply<heartbeat_result>(promise, fault)(caf::none);
      // A coordinator that was loaded does not know its members' actors yet.
      if (sender && handles_.count(x.member) == 0
          && group_->table().member(x.member))
        keep_handle(x.member, sender);
      turn t{now()};
      // Another coordinator, that this member does not reach, may count its
      // session already: here it must not seem to go on.
      if (config_.lease && !config_.lease->is_fresh(t.now.steady))
        return reply<heartbeat_result>(
          promise,
          make_error(ec::not_leader, config_.group
                                       + ": its coordinator is cut off "
                                         "from the controllers"))(caf::none);
      auto result = group_->beat(x, t);
      // That it was heard rests on nothing durable, so that members live on
      // while the disk is full; a refusal does.
      if (!result)
        return finish(std::move(t), reply<heartbeat_result>(promise, result));
      reply<heartbeat_result>(promise, std::move(result))(caf::none);
      finish(std::move(t));
    });
  return promise;
}

caf::typed_response_promise<caf::ok_atom> coordinator_state::revoked(
  revoked_notice& x) {
  return handle<caf::ok_atom>(
    [this, x = std::move(x)](turn& t) { return to_ok(group_->revoked(x, t)); });
}

caf::typed_response_promise<caf::ok_atom> coordinator_state::leave(
  leave_request& x) {
  return handle<caf::ok_atom>([this, x = std::move(x)](turn& t) {
    group_->leave(x, t);
    return to_ok(caf::none);
  });
}

caf::typed_response_promise<commit_result> coordinator_state::commit(
  commit_request& x) {
  return handle<commit_result>(
    [this, x = std::move(x)](turn& t) -> caf::expected<commit_result> {
      if (no_room_)
        return make_error(ec::storage_full,
                          fmt::format("'{}' cannot be written: {}",
                                      config_.group, what(no_room_)));
      if (outbox_.waiting() >= waiting_max)
        return make_error(ec::queue_full,
                          fmt::format("{} changes of '{}' wait for the disk",
                                      outbox_.waiting(), config_.group));
      return group_->commit(x, t);
    });
}

caf::typed_response_promise<caf::timespan> coordinator_state::reserve(
  const uuid& member, uint32_t count) {
  auto promise = self->make_response_promise<caf::timespan>();
  when_loaded([this, promise, member, count](const caf::error& fault) {
    if (fault)
      return reply<caf::timespan>(promise, fault)(caf::none);
    auto wait = group_->reserve(member, count, now());
    // A wait rests on nothing durable; that a member is unknown does.
    if (wait)
      reply<caf::timespan>(promise, std::move(wait))(caf::none);
    else
      finish(turn{now()}, reply<caf::timespan>(promise, std::move(wait)));
  });
  return promise;
}

caf::typed_response_promise<std::vector<timeline_event>> coordinator_state::
  events() {
  return handle<std::vector<timeline_event>>(
    [this](turn&) { return group_->events(); });
}

caf::typed_response_promise<uint32_t> coordinator_state::pause(
  std::vector<partition_choice>& partitions, bool is_paused) {
  return handle<uint32_t>(
    [this, partitions = std::move(partitions), is_paused](turn& t) {
      return group_->pause(partitions, is_paused, t);
    });
}

caf::typed_response_promise<caf::ok_atom> coordinator_state::remove() {
  return handle<caf::ok_atom>(
    [this](turn& t) { return to_ok(group_->remove(t)); });
}

// -- events -------------------------------------------------------------------

void coordinator_state::on_update(metadata_update& x) {
  if (is_failed_)
    return;
  auto apply = [this, x = std::move(x)](const caf::error& fault) {
    if (fault)
      return;
    turn t{now()};
    group_->update(x, t);
    finish(std::move(t));
  };
  // Not bounded by `waiting_max`: an update must not be refused.
  if (is_loaded_)
    apply(caf::none);
  else
    waiting_.emplace_back(std::move(apply));
}

void coordinator_state::on_tick() {
  auto time = now();
  // A tick that was armed for a time that has moved on finds nothing to do.
  if (armed_ && *armed_ <= time.steady)
    armed_.reset();
  if (!is_loaded_ || is_failed_)
    return;
  retry_writes();
  ask_again();
  turn t{time};
  group_->tick(t);
  finish(std::move(t));
}

void coordinator_state::on_down(const caf::down_msg& x) {
  if (x.source == config_.store.address())
    return fail(
      make_error(ec::not_available,
                 fmt::format("the shard of '{}' stopped", config_.group)));
  std::vector<uuid> members;
  for (const auto& [id, handle] : handles_)
    if (handle.address() == x.source)
      members.push_back(id);
  for (const auto& id : members) {
    handles_.erase(id);
    // Not the member's end: its session tells.
    if (x.reason == caf::exit_reason::remote_link_unreachable) {
      group_->lost_contact(id);
      continue;
    }
    std::string reason;
    if (x.reason)
      reason = code_of(x.reason) == ec::none ? self->system().render(x.reason)
                                             : what(x.reason);
    turn t{now()};
    group_->exited(id, reason, t);
    finish(std::move(t));
  }
}

void coordinator_state::on_exit(const caf::exit_msg& x) {
  if (x.reason)
    fail(x.reason);
}

// -- behavior -----------------------------------------------------------------

coordinator_actor::behavior_type coordinator(
  coordinator_actor::stateful_pointer<coordinator_state> self,
  coordinator_config config) {
  auto& state = self->state;
  state.start(std::move(config));
  return {
    [&state](join_atom, join_request& x, const consumer_actor& handle) {
      return state.join(x, handle);
    },
    [&state](beat_atom, heartbeat& x) { return state.beat(x); },
    [&state](revoked_atom, revoked_notice& x) { return state.revoked(x); },
    [&state](leave_atom, leave_request& x) { return state.leave(x); },
    [&state](commit_atom, commit_request& x) { return state.commit(x); },
    [&state](pace_atom, const uuid& member, uint32_t count) {
      return state.reserve(member, count);
    },
    [&state](describe_atom) { return state.describe(); },
    [&state](timeline_atom) { return state.events(); },
    [&state](pause_atom, std::vector<partition_choice>& x, bool is_paused) {
      return state.pause(x, is_paused);
    },
    [&state](reset_atom, reset_request& x) { return state.reset(x); },
    [&state](delete_atom) { return state.remove(); },
    [&state](update_atom, metadata_update& x) { state.on_update(x); },
    [&state](tick_atom) { state.on_tick(); },
  };
}

} // namespace troupe
