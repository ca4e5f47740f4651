#include "tests/actors/coordinator/explore/member_step.hpp"

#include <variant>

#include "actors/protocol/overloaded.hpp"
#include "tests/actors/coordinator/explore/group_access.hpp"

namespace troupe::explore {

namespace {

using bench::model_member;

uuid uuid_of(u8 slot, u8 number) {
  return number == 0 ? uuid{} : explore::uuid_of(member_id{slot, number});
}

size_t number_of(const topic_partition& x) {
  return static_cast<size_t>(x.partition);
}

/// The view has no door for bytes: it is told what makes it what it was.
void fill_view(membership_view& view, const member& x, u8 slot) {
  auto life = life_of(x.age);
  view.hears(life);
  if (x.number == 0)
    return;
  auto id = uuid_of(slot, x.number);
  view.join(id);
  if (x.phase != member::in)
    return;
  assignment all{life, id, x.epoch, {}};
  for (const auto& p : list_of(x.owned | x.draining))
    all.added.push_back({p, {}, 0, -1, start_reason::committed, false});
  view.assign(all);
  for (const auto& p : list_of(x.draining))
    view.revoke({life, id, x.epoch, x.revocation[number_of(p)], {p}});
}

model_member make(const member& x, u8 slot, const bounds& limits) {
  model_member result;
  auto says = request_of({slot, x.number}, limits);
  result.name = says.name;
  result.instance = says.instance_id;
  result.rules = says.rules;
  fill_view(result.view, x, slot);
  for (const auto& p : list_of(x.owned | x.draining))
    result.next[p] = x.next[number_of(p)];
  if (x.busy != 0)
    result.busy = {partition_of(x.busy - 1u), x.busy_offset,
                   uuid_of(slot, x.busy_number), x.busy_epoch};
  if (x.commit != member::no_commit)
    result.commit = commit_request{
      uuid_of(slot, x.number),
      {{partition_of(x.commit_place), x.commit_next, 1, x.commit_epoch, {}}}};
  result.is_commit_sent = x.commit == member::sent;
  return result;
}

partition_set set_of_held(const std::vector<held_partition>& xs) {
  partition_set result = 0;
  for (const auto& x : xs)
    result |= bit(number_of(x.id));
  return result;
}

up_message bytes_of(const bench::request& x) {
  up_message result;
  std::visit(overloaded{[&](const join_request& y) {
                          result.what = up_message::join;
                          result.from = id_of(y.member);
                        },
                        [&](const heartbeat& y) {
                          result.what = up_message::beat;
                          result.from = id_of(y.member);
                          result.epoch = static_cast<u8>(y.member_epoch);
                          result.set = set_of_held(y.owned);
                          result.draining = set_of_held(y.draining);
                        },
                        [&](const revoked_notice& y) {
                          result.what = up_message::revoked;
                          result.from = id_of(y.member);
                          result.set = set_of_held(y.released);
                          result.revocation = static_cast<u8>(y.revocation_id);
                        },
                        [&](const leave_request& y) {
                          result.what = up_message::leave;
                          result.from = id_of(y.member);
                          result.value = y.keeps_partitions;
                        },
                        [&](const commit_request& y) {
                          const auto& entry = y.entries.at(0);
                          result.what = up_message::commit;
                          result.from = id_of(y.member);
                          result.epoch = static_cast<u8>(entry.handed_epoch);
                          result.set = bit(number_of(entry.id));
                          result.value = static_cast<u8>(entry.next);
                        }},
             x);
  return result;
}

void read_view(member& to, const membership_view& view) {
  to.age = age_of(view.coordinator_epoch());
  to.number = view.member().is_nil() ? u8{0} : id_of(view.member()).number;
  to.epoch = static_cast<u8>(view.epoch());
  to.owned = set_of({view.owned().begin(), view.owned().end()});
  to.draining = 0;
  to.revocation = {};
  for (const auto& [p, revocation] : view.draining()) {
    to.draining |= bit(number_of(p));
    to.revocation[number_of(p)] = static_cast<u8>(revocation);
  }
}

/// Writes back what a member has become; its messages stay as they are.
void read(member& to, const model_member& x, const bounds& limits) {
  to.phase = static_cast<u8>(x.phase());
  read_view(to, x.view);
  to.next = {};
  if (limits.has_work)
    for (const auto& [p, next] : x.next)
      to.next[number_of(p)] = static_cast<u8>(next);
  to.busy = to.busy_offset = to.busy_number = to.busy_epoch = 0;
  if (x.busy) {
    to.busy = static_cast<u8>(number_of(x.busy->place) + 1);
    to.busy_offset = static_cast<u8>(x.busy->offset);
    to.busy_number = id_of(x.busy->id).number;
    to.busy_epoch = static_cast<u8>(x.busy->epoch);
  }
  to.commit = member::no_commit;
  to.commit_place = to.commit_next = to.commit_epoch = 0;
  if (x.commit) {
    const auto& entry = x.commit->entries.at(0);
    to.commit = x.is_commit_sent ? member::sent : member::unsent;
    to.commit_place = static_cast<u8>(number_of(entry.id));
    to.commit_next = static_cast<u8>(entry.next);
    to.commit_epoch = static_cast<u8>(entry.handed_epoch);
  }
  if (to.phase == member::out || to.phase == member::dead)
    to.is_lost = 0;
  for (const auto& y : x.up) {
    // To a coordinator that is not there nothing is sent.
    if (to.is_lost != 0)
      continue;
    if (to.up.is_full())
      throw no_room{};
    to.up.push(bytes_of(y));
  }
}

template <class Act>
void change(member& x, u8 slot, const bounds& limits, Act act) {
  auto model = make(x, slot, limits);
  act(model);
  read(x, model, limits);
}

assigned_partition given(const topic_partition& p, const down_message& x) {
  return {p,    "messages", x.offsets[number_of(p)], 1, start_reason::committed,
          false};
}

std::vector<assigned_partition> all_given(const down_message& x) {
  std::vector<assigned_partition> result;
  for (const auto& p : list_of(x.set))
    result.push_back(given(p, x));
  return result;
}

/// A request that was repeated is answered twice.
bool is_answer(const model_member& to, const down_message& x) {
  if (!to.commit)
    return false;
  const auto& entry = to.commit->entries.at(0);
  auto i = number_of(entry.id);
  return has(x.set, i) && entry.next == x.offsets[i]
         && entry.handed_epoch == x.epoch;
}

void hear(model_member& to, const uuid& id, const down_message& x) {
  auto life = life_of(x.age);
  switch (x.what) {
    case down_message::joined:
      to.on_joined({id, {}, {life, x.epoch}});
      break;
    case down_message::refused:
      to.on_joined({id, make_error(ec::unreleased_instance_id, ""), {}});
      break;
    case down_message::assign:
      to.receive(assignment{life, id, x.epoch, all_given(x)});
      break;
    case down_message::revoke:
      to.receive(
        revocation{life, id, x.epoch, x.revocation, list_of(x.revoking)});
      break;
    case down_message::state:
      to.receive(member_state{life, id, x.epoch, all_given(x), x.revocation,
                              list_of(x.revoking)});
      break;
    case down_message::fenced:
      to.receive(fenced_notice{life, id, ""});
      break;
    case down_message::alive:
      if (to.view.member() == id)
        to.view.hears(life);
      break;
    case down_message::unknown:
      to.on_unknown(id);
      break;
    case down_message::committed:
      if (is_answer(to, x))
        to.on_commit_answered(id, static_cast<ec>(x.outcome));
      break;
    default:
      break;
  }
}

} // namespace

void join(member& x, u8 slot, u8 number, const bounds& limits) {
  x.is_lost = 0;
  change(x, slot, limits, [&](model_member& y) {
    if (number != 0)
      y.be_out();
    y.join(uuid_of(slot, number));
  });
}

void beat(member& x, u8 slot, const bounds& limits) {
  x.is_lost = 0;
  change(x, slot, limits, [](model_member& y) { y.beat(); });
}

void leave(member& x, u8 slot, bool keeps_partitions, const bounds& limits) {
  change(x, slot, limits, [&](model_member& y) { y.leave(keeps_partitions); });
}

void die(member& x) {
  x = member{};
  x.phase = member::dead;
}

void receive(member& x, u8 slot, const down_message& what,
             const bounds& limits) {
  change(x, slot, limits,
         [&](model_member& y) { hear(y, uuid_of(slot, what.number), what); });
}

void start(member& x, u8 slot, size_t partition, const bounds& limits) {
  change(x, slot, limits,
         [&](model_member& y) { y.start(partition_of(partition)); });
}

void finish(member& x, u8 slot, const bounds& limits) {
  change(x, slot, limits, [](model_member& y) { y.finish(); });
}

partition_set releasable(const member& x, u8 slot, bool is_expired,
                         const bounds& limits) {
  partition_set result = 0;
  auto model = make(x, slot, limits);
  for (const auto& [p, revocation] : model.view.draining())
    if (model.may_release(p) && model.is_working_on(p) == is_expired)
      result |= bit(number_of(p));
  return result;
}

void release(member& x, u8 slot, partition_set which, const bounds& limits) {
  change(x, slot, limits, [&](model_member& y) { y.release(list_of(which)); });
}

} // namespace troupe::explore
