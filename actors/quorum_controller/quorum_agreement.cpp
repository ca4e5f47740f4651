// How a controller of a cluster agrees with the others: carries out what the
// consensus decides.

#include <utility>

#include <caf/actor_cast.hpp>
#include <fmt/format.h>

#include "actors/controller/cluster_plan.hpp"
#include "actors/protocol/overloaded.hpp"
#include "actors/quorum_controller/quorum_controller.hpp"
#include "actors/quorum_controller/raft_letter.hpp"

namespace troupe {

namespace {

/// Entries that a snapshot replaces, and of these the ones that stay for
/// followers that are a little behind.
constexpr uint64_t snapshot_after = 4096;
constexpr uint64_t trailing = 1024;

/// How long the flusher may take.
constexpr auto sync_timeout = std::chrono::seconds{60};

} // namespace

caf::timespan quorum_controller_state::now() const {
  return self->clock().now().time_since_epoch();
}

std::chrono::milliseconds quorum_controller_state::raft_now() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(now());
}

// -- other controllers -------------------------------------------------------

void quorum_controller_state::meet(const node_disk& who,
                                   const caf::strong_actor_ptr& controller) {
  if (!controller || who.node == config.node_id)
    return;
  auto handle = caf::actor_cast<controller_actor>(controller);
  if (auto known = peers.find(who); known != peers.end()) {
    if (known->second == handle)
      return;
    self->demonitor(known->second.address());
  }
  self->monitor(handle);
  // Started again within its node, this one is another actor, of which nobody
  // else tells.
  self->send(handle, controller_atom_v, disk(),
             caf::actor_cast<caf::strong_actor_ptr>(self));
  peers.insert_or_assign(who, std::move(handle));
}

controller_actor quorum_controller_state::peer(
  uint64_t node, const std::string& address) const {
  auto directory = parse_uuid(address);
  if (!directory)
    return {};
  auto i = peers.find({static_cast<uint32_t>(node), *directory});
  return i == peers.end() ? controller_actor{} : i->second;
}

void quorum_controller_state::receive(uint32_t node,
                                      const std::string& letter) {
  if (has_failed)
    return;
  auto x = decode_letter(letter);
  // A newer program's, or damage: as if it was lost.
  if (!x || x->to != address())
    return;
  // What a member's lost disk had promised counts for nothing. Who asks may be
  // a member of which this one, which is behind, does not know yet.
  auto is_answer =
    std::holds_alternative<consensus::vote_result>(x->content)
    || std::holds_alternative<consensus::append_result>(x->content);
  for (const auto& member : server->members())
    if (is_answer && member.id == node && member.address != x->from)
      return;
  if (auto& with = contacts[node]; is_answer && with.asked)
    with.heard = std::exchange(with.asked, std::nullopt);
  carry_out(server->receive(raft_now(),
                            {node, std::move(x->from), std::move(x->content)}));
}

void quorum_controller_state::send(const consensus::envelope& x) {
  // To who is not reached it is lost, as on any network.
  auto to = peer(x.peer, x.address);
  if (!to)
    return;
  if (auto& asked = contacts[x.peer].asked; !asked)
    asked = now();
  self->send(to, raft_atom_v, config.node_id,
             encode_letter({address(), x.address, x.content}));
}

// -- what events lead to -----------------------------------------------------

void quorum_controller_state::carry_out(caf::expected<consensus::effects> x) {
  if (has_failed)
    return;
  if (!x)
    return fail(x.error());
  if (x->voted)
    if (auto error = store->save(*x->voted))
      return fail(error);
  for (auto& write : x->writes)
    std::visit(overloaded{[this](consensus::entries_written& y) {
                            writes.emplace_back(std::move(y));
                          },
                          [this](consensus::snapshot& y) {
                            writes.emplace_back(installing{std::move(y)});
                          }},
               write);
  for (const auto& message : x->messages)
    send(message);
  if (x->restored)
    restore(*x->restored);
  for (auto& entry : x->committed)
    unapplied.push_back(std::move(entry));
  // What an entry leads to may come back here: the others are applied first,
  // in their order, and a snapshot has all that it says.
  if (!std::exchange(is_applying, true)) {
    for (; !unapplied.empty(); unapplied.pop_front())
      apply(unapplied.front());
    is_applying = false;
    take_snapshot_if_due();
  }
  follow_role();
  begin_write();
  stop_if_due();
  set_timer();
}

void quorum_controller_state::restore(const consensus::snapshot& x) {
  auto state = metadata::decode(durable.rules(), x.state);
  if (!state)
    return fail(state.error());
  durable = std::move(*state);
  auto whole = durable.whole();
  for (const auto& listener : listeners)
    self->send(listener, update_atom_v, whole);
}

void quorum_controller_state::apply(const consensus::committed_entry& x) {
  if (has_failed || x.content.kind != consensus::entry_kind::command)
    return;
  auto given = decode_command(x.content.data, config.levels);
  if (!given)
    return fail(given.error());
  auto change = durable.apply(*given, static_cast<int32_t>(x.content.term));
  if (!change)
    return fail(change.error());
  // Also when nothing changed: who listens knows how far it is.
  for (const auto& listener : listeners)
    self->send(listener, update_atom_v, change->update);
  settle(x.index, x.content.term, *change, *given);
}

void quorum_controller_state::settle(uint64_t index, uint64_t term,
                                     const metadata_change& change,
                                     const command& what) {
  auto node = pending.extract(index);
  if (node.empty())
    return;
  auto& who = node.mapped().who;
  if (node.mapped().term != term) {
    auto why =
      make_error(ec::timed_out, "another controller leads now, and agreed on "
                                "something else");
    std::visit(overloaded{[](std::monostate) {},
                          [&](auto& promise) { promise.deliver(why); }},
               who);
    return;
  }
  std::visit(
    overloaded{
      [&](std::monostate) {
        if (const auto* ids = std::get_if<reserve_producer_ids>(&what)) {
          is_reserving = false;
          next_id = ids->first;
          ids_end = ids->first + ids->count;
          hand_out_ids();
        }
      },
      [&](topic_promise& promise) { promise.deliver(change.topic); },
      [&](placement_promise& promise) {
        promise.deliver(std::get<set_partitions>(what).changes.front().wanted);
      },
      [&](order_promise& promise) { promise.deliver(caf::ok_atom_v); }},
    who);
}

// -- the disk ----------------------------------------------------------------

void quorum_controller_state::begin_write() {
  while (!has_failed && syncing == 0 && !writes.empty()) {
    auto time = now_ms(self, config.epoch);
    // All that wait share a sync.
    for (; syncing < writes.size(); ++syncing) {
      auto* x = std::get_if<consensus::entries_written>(&writes[syncing]);
      if (!x)
        break;
      if (auto error = store->append(*x, time))
        return fail(error);
      written.append(x->first, x->entries);
    }
    if (syncing == 0) {
      if (auto error = finish_snapshot())
        return fail(error);
      continue;
    }
    auto job = store->to_sync();
    self
      ->request(config.flusher, sync_timeout, sync_atom_v,
                sync_job{std::move(job.files), std::move(job.written)})
      .then([this](int64_t up_to) { on_synced(up_to); },
            [this](const caf::error& reason) {
              store->sync_failed();
              fail(make_error(ec::storage_failed,
                              "the controllers' log: " + what(reason)));
            });
  }
}

void quorum_controller_state::on_synced(int64_t up_to) {
  if (has_failed)
    return;
  store->synced(up_to);
  auto last =
    std::move(std::get<consensus::entries_written>(writes[syncing - 1]));
  writes.erase(writes.begin(),
               writes.begin() + static_cast<std::ptrdiff_t>(syncing));
  syncing = 0;
  carry_out(server->written(raft_now(), last.first + last.entries.size() - 1,
                            last.entries.back().term));
}

caf::error quorum_controller_state::finish_snapshot() {
  auto x = std::move(writes.front());
  writes.pop_front();
  auto time = now_ms(self, config.epoch);
  if (auto* got = std::get_if<installing>(&x)) {
    const auto& base = got->what;
    if (auto error = store->replace(base, base.index + 1, {}, time))
      return error;
    written = consensus::entry_log{base.index + 1};
    snapshot_index = base.index;
    carry_out(server->installed(raft_now(), base));
    return caf::none;
  }
  is_taking = false;
  const auto& base = std::get<taking>(x).what;
  if (base.index > trailing)
    written.drop_below(base.index - trailing + 1);
  std::vector<consensus::entry> entries;
  for (auto i = written.first(); i <= written.last(); ++i)
    entries.push_back(*written.at(i));
  if (auto error = store->replace(base, written.first(), entries, time))
    return error;
  snapshot_index = base.index;
  carry_out(server->taken(raft_now(), base, trailing));
  return caf::none;
}

void quorum_controller_state::take_snapshot_if_due() {
  if (is_taking || server->applied_index() < snapshot_index + snapshot_after)
    return;
  if (auto x = server->take_snapshot(durable.encode())) {
    is_taking = true;
    writes.emplace_back(taking{std::move(*x)});
  }
}

// -- time --------------------------------------------------------------------

void quorum_controller_state::set_timer() {
  if (has_failed)
    return;
  caf::timespan due = server->timeout();
  if (leading_term != 0) {
    if (auto next = alive.next())
      due = std::min(due, *next);
    if (upkeep_due)
      due = std::min(due, *upkeep_due);
  }
  if (stop_due)
    due = std::min(due, *stop_due);
  // What is overdue is done by the next message.
  due = std::max(due, now());
  if (timer.set(due))
    self->scheduled_send(controller_actor{self},
                         caf::actor_clock::time_point{due}, tick_atom_v);
}

void quorum_controller_state::on_tick() {
  timer.rang(now());
  if (has_failed)
    return;
  if (raft_now() >= server->timeout())
    carry_out(server->expire(raft_now()));
  if (leads()) {
    fence_silent_nodes();
    if (upkeep_due && *upkeep_due <= now())
      do_upkeep();
  }
  stop_if_due();
  set_timer();
}

} // namespace troupe
