#include "tests/actors/consumer/stage.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace troupe::stage {

namespace {

caf::error not_here() {
  return make_error(ec::not_available, "not part of this test");
}

} // namespace

topic_partition part(int32_t n) {
  return {derive_uuid(uuid{7, 7}, 1), n};
}

topic_partition parked_part() {
  return {derive_uuid(uuid{7, 7}, 2), 0};
}

// -- partition
// -----------------------------------------------------------------

partition_actor::behavior_type partition(partition_actor::pointer self,
                                         log* x) {
  return {
    [](append_atom, const append_request&) -> caf::result<append_result> {
      return not_here();
    },
    [=](fetch_atom, const fetch_request& request) -> caf::result<fetch_result> {
      x->fetches.push_back(request);
      if (x->override) {
        auto answer = x->override(request);
        if (answer)
          return std::move(*answer);
        return answer.error();
      }
      auto result = x->read(request);
      if (result.status != fetch_status::ok || !result.batches.empty()
          || request.wait_max == caf::timespan{0})
        return result;
      auto promise = self->make_response_promise<fetch_result>();
      x->waiters.emplace_back(request, promise);
      self->delayed_send(partition_actor{self}, request.wait_max,
                         upkeep_atom_v);
      return promise;
    },
    [](offset_atom, const offset_query&) -> caf::result<offset_answer> {
      return not_here();
    },
    [](epoch_atom, int32_t) -> caf::result<epoch_end> { return not_here(); },
    [](role_atom, const replica_role&) -> caf::result<caf::ok_atom> {
      return not_here();
    },
    [](replicate_atom, const replica_fetch&) -> caf::result<replica_records> {
      return not_here();
    },
    [](delete_atom, const delete_request&) -> caf::result<delete_result> {
      return not_here();
    },
    [](config_atom, const topic_settings&) { return caf::ok_atom_v; },
    [](status_atom) -> caf::result<partition_status> { return not_here(); },
    [](snapshot_atom, const std::string&) -> caf::result<log_snapshot> {
      return not_here();
    },
    [](stop_atom) { return caf::ok_atom_v; },
    // The log grew.
    [=](tick_atom) {
      auto waiters = std::move(x->waiters);
      x->waiters.clear();
      for (auto& [request, promise] : waiters)
        promise.deliver(x->read(request));
    },
    // Someone has waited long enough: the first one.
    [=](upkeep_atom) {
      if (x->waiters.empty())
        return;
      auto [request, promise] = x->waiters.front();
      x->waiters.erase(x->waiters.begin());
      promise.deliver(x->read(request));
    },
  };
}

// -- coordinator
// ---------------------------------------------------------------

commit_result group::accept(const commit_request& x) {
  commit_result result;
  for (const auto& entry : x.entries) {
    auto is_stranger = is_out || x.member != id();
    auto code = is_stranger ? ec::unknown_member
                : outcome   ? outcome(entry)
                            : ec::none;
    result.outcomes.push_back(code);
    if (code != ec::none)
      continue;
    auto& next = committed[entry.id];
    went_back = went_back || entry.next < next;
    next = entry.next;
  }
  return result;
}

void group::answer_commits() {
  auto held = std::move(held_commits);
  held_commits.clear();
  for (auto& [request, promise] : held)
    promise.deliver(accept(request));
}

coordinator_actor::behavior_type coordinator(coordinator_actor::pointer self,
                                             group* x) {
  return {
    [=](join_atom, const join_request& request,
        const consumer_actor& who) -> caf::result<join_result> {
      x->joins.push_back(request);
      x->heard.push_back("join");
      x->member = who;
      x->is_out = false;
      if (x->ignores_joins)
        return self->make_response_promise<join_result>();
      if (x->join_error)
        return x->join_error;
      if (!x->first.empty())
        self->send(who, assign_atom_v,
                   assignment{x->coordinator_epoch, request.member,
                              x->member_epoch, x->first});
      return join_result{x->coordinator_epoch, x->member_epoch};
    },
    [=](beat_atom, const heartbeat& beat) -> caf::result<heartbeat_result> {
      x->beats.push_back(beat);
      if (x->ignores_beats)
        return self->make_response_promise<heartbeat_result>();
      if (x->beat_error)
        return x->beat_error;
      return heartbeat_result{x->coordinator_epoch, x->gateway_pause};
    },
    [=](revoked_atom, const revoked_notice& notice) {
      x->revoked.push_back(notice);
      for (const auto& p : notice.released)
        x->heard.push_back(fmt::format("revoked {}", p.id.partition));
      return caf::ok_atom_v;
    },
    [=](leave_atom, const leave_request& request) {
      x->leaves.push_back(request);
      x->heard.push_back("leave");
      return caf::ok_atom_v;
    },
    [=](commit_atom,
        const commit_request& request) -> caf::result<commit_result> {
      x->commits.push_back(request);
      for (const auto& e : request.entries)
        x->heard.push_back(fmt::format("commit {}:{}", e.id.partition, e.next));
      if (x->ignores_commits)
        return self->make_response_promise<commit_result>();
      if (x->holds_commits) {
        auto promise = self->make_response_promise<commit_result>();
        x->held_commits.emplace_back(request, promise);
        return promise;
      }
      if (x->commit_error)
        return x->commit_error;
      return x->accept(request);
    },
    [=](pace_atom, const uuid&, uint32_t count) {
      x->leases.push_back(count);
      return x->rate.reserve(self->clock().now().time_since_epoch(), count);
    },
    [](describe_atom) -> caf::result<group_description> { return not_here(); },
    [](timeline_atom) -> caf::result<std::vector<timeline_event>> {
      return not_here();
    },
    [](pause_atom, const std::vector<partition_choice>&,
       bool) -> caf::result<uint32_t> { return not_here(); },
    [](reset_atom, const reset_request&) -> caf::result<reset_plan> {
      return not_here();
    },
    [](delete_atom) -> caf::result<caf::ok_atom> { return not_here(); },
    [](update_atom, const metadata_update&) {},
    // The test lets the held commits be answered.
    [=](tick_atom) { x->answer_commits(); },
  };
}

// -- node
// ----------------------------------------------------------------------

node_actor::behavior_type node(node_actor::pointer, directory* x) {
  using topics = std::vector<topic_info>;
  return {
    [](topics_atom) -> caf::result<topics> { return not_here(); },
    [=](topic_atom, const std::string& name) -> caf::result<topic_info> {
      auto i = x->topics.find(name);
      if (i == x->topics.end())
        return make_error(ec::unknown_topic, name);
      topic_info result;
      result.id = i->second;
      result.name = name;
      return result;
    },
    [=](locate_atom,
        const topic_partition& id) -> caf::result<partition_actor> {
      auto i = x->partitions.find(id);
      if (i == x->partitions.end() || !i->second)
        return make_error(ec::not_available, "offline");
      return i->second;
    },
    [=](group_atom, const std::string&) -> caf::result<coordinator_actor> {
      ++x->group_requests;
      if (!x->coordinator)
        return make_error(ec::not_available, "no coordinator");
      return x->coordinator;
    },
    [](host_atom, const topic_partition&) -> caf::result<partition_actor> {
      return not_here();
    },
    [](host_atom, const std::string&) -> caf::result<coordinator_actor> {
      return not_here();
    },
    [](controller_atom) -> caf::result<controller_actor> { return not_here(); },
    [](change_atom, const partition_change&)
      -> caf::result<partition_placement> { return not_here(); },
    [](order_atom, const cluster_order&) -> caf::result<caf::ok_atom> {
      return not_here();
    },
    [](nodes_atom) -> caf::result<cluster_status> { return not_here(); },
    [](groups_atom) -> caf::result<std::vector<std::string>> {
      return not_here();
    },
    [=](create_atom, const topic_spec& spec) -> caf::result<topic_info> {
      if (x->create_error)
        return x->create_error;
      x->created.push_back(spec.name);
      x->created_settings.push_back(spec.settings);
      topic_info result;
      result.name = spec.name;
      result.id = x->topics[spec.name] = parked_part().topic;
      return result;
    },
    [](grow_atom, const std::string&, int32_t) -> caf::result<topic_info> {
      return not_here();
    },
    [](delete_atom, const std::string&) -> caf::result<topic_info> {
      return not_here();
    },
    [](config_atom, const std::string&,
       const topic_settings&) -> caf::result<topic_info> { return not_here(); },
    [](identify_atom) -> caf::result<producer_identity> { return not_here(); },
    [](watch_atom, const metadata_listener_actor&)
      -> caf::result<metadata_update> { return not_here(); },
    [](status_atom) -> caf::result<node_status> { return not_here(); },
    [](metrics_atom) -> caf::result<node_metrics> { return not_here(); },
    [](backup_atom) -> caf::result<backup_actor> { return not_here(); },
    [](consumers_atom) -> caf::result<std::vector<consumer_status>> {
      return not_here();
    },
    [](stop_atom) { return caf::ok_atom_v; },
    [](restart_atom, const uuid&) { return caf::ok_atom_v; },
    [](update_atom, const metadata_update&) {},
    [](tick_atom) {},
  };
}

// -- handler
// -------------------------------------------------------------------

std::vector<int64_t> work::offsets(int32_t n) const {
  std::vector<int64_t> result;
  for (const auto& x : got)
    if (x.id.partition == n)
      result.push_back(x.offset);
  return result;
}

caf::behavior gate(caf::stateful_actor<gate_state>* self) {
  auto open = [=](std::deque<caf::response_promise>& xs, caf::error result) {
    if (xs.empty())
      return;
    if (result)
      xs.front().deliver(std::move(result));
    else
      xs.front().deliver(caf::ok_atom_v);
    xs.pop_front();
  };
  return {
    [=](join_atom) {
      self->state.held.push_back(self->make_response_promise());
      return self->state.held.back();
    },
    [=](join_atom, caf::timespan wait) {
      self->delayed_send(self, wait, tick_atom_v);
      self->state.timed.push_back(self->make_response_promise());
      return self->state.timed.back();
    },
    [=](tick_atom) { open(self->state.timed, caf::none); },
    [=](leave_atom, caf::error& result) {
      open(self->state.held, std::move(result));
    },
  };
}

handler_actor::behavior_type scripted_handler(handler_actor::pointer self,
                                              theatre* play) {
  auto* x = &play->hand;
  return {
    [=](handle_atom, const delivery& record) -> caf::result<caf::ok_atom> {
      x->got.push_back(record);
      x->at_ms.push_back(play->elapsed_ms());
      ++x->with_it;
      x->with_it_max = std::max(x->with_it_max, x->with_it);
      x->overlapped = x->overlapped || ++x->per_partition[record.id] > 1;
      auto promise = self->make_response_promise<caf::ok_atom>();
      if (x->got.size() == x->dies_at) {
        x->with_it = 0;
        x->per_partition.clear();
        self->quit(make_error(ec::handler_failed, "scripted"));
        return promise;
      }
      auto answer = [=](const caf::error& result) mutable {
        --x->with_it;
        --x->per_partition[record.id];
        if (result)
          promise.deliver(result);
        else
          promise.deliver(caf::ok_atom_v);
      };
      auto wait = [=](auto... what) {
        self->request(play->waiting_room, caf::infinite, what...)
          .then(
            [=](caf::ok_atom) mutable {
              answer(x->decide ? x->decide(record) : caf::error{});
            },
            [=](caf::error& e) mutable { answer(e); });
      };
      if (x->holds)
        wait(join_atom_v);
      else if (x->takes > caf::timespan{0})
        wait(join_atom_v, x->takes);
      else
        answer(x->decide ? x->decide(record) : caf::error{});
      return promise;
    },
  };
}

} // namespace troupe::stage
