#include "tests/actors/coordinator/explore/coordinator_step.hpp"

#include <algorithm>
#include <exception>
#include <variant>

#include "actors/protocol/overloaded.hpp"
#include "tests/actors/coordinator/explore/digest.hpp"
#include "tests/actors/coordinator/group_bench.hpp"

namespace troupe::explore {

namespace {

constexpr size_t cache_bits = 17;

start_answer answer_of(const topic_partition& id, u8 end, bool is_first,
                       const bounds& limits) {
  bench::fake_log log;
  log.end = end;
  start_query query{id, {offset_query::kind::earliest, -1}, 1};
  if (is_first && limits.starts_latest)
    query.offset.what = offset_query::kind::latest;
  return log.answer(query);
}

} // namespace

struct coordinator_step::entry {
  digest key;
  outcome value;
};

/// One input to one group.
class coordinator_step::run {
public:
  run(group& x, const core& before, const bounds& limits)
    : group_(x), limits_(limits), turn_(present()) {
    for (size_t i = 0; i < before.known.rows_used; ++i)
      keep(before.known.rows[i].id, before.handles[i]);
    for (size_t i = 0; i < before.waiting_used; ++i)
      keep(before.waiting[i].id, before.waiting[i].handle);
  }

  void apply(const input& x, const core& before);
  void finish(outcome& result);
  /// Its records make of the table before it the one after it.
  void replay(group_table durable) const;

private:
  struct known_actor {
    member_id id;
    u8 state = unknown_handle;
  };

  void take(const up_message& x);
  void commit(const up_message& x);
  void join(const member_id& from);
  void beat(const up_message& x);
  std::vector<start_answer> answers(const input& x, bool is_first) const;

  void keep(const member_id& id, u8 state) {
    if (state != unknown_handle)
      actors_.push_back({id, state});
  }
  u8 state_of(const member_id& id) const;
  void forget(const member_id& id);
  void reply(const member_id& to, down_message what);
  void send(outcome& result, const push& x);
  std::vector<held_partition> held(partition_set x) const;

  group& group_;
  const bounds& limits_;
  turn turn_;
  std::vector<known_actor> actors_;
  std::vector<sent> replies_;
  bool is_taken_ = false;
};

// -- inputs -------------------------------------------------------------------

void coordinator_step::run::apply(const input& x, const core& before) {
  switch (x.what) {
    case input::reload:
      group_.begin(topics_with(before.partitions), turn_);
      break;
    case input::arrival:
      take(x.message);
      break;
    case input::exited:
      forget(x.who);
      group_.exited(uuid_of(x.who), "killed", turn_);
      break;
    case input::lost: {
      auto gone = actors_;
      for (const auto& y : gone)
        if (y.id.slot == x.who.slot && y.state == live_handle) {
          forget(y.id);
          group_.lost_contact(uuid_of(y.id));
        }
      break;
    }
    case input::session_ends:
      group_access::end_session(group_, uuid_of(x.who));
      group_.tick(turn_);
      break;
    case input::rebalance_ends:
      group_access::end_rebalance(group_, uuid_of(x.who));
      group_.tick(turn_);
      break;
    case input::start_answers:
      group_.finish_start(answers(x, true), turn_);
      break;
    case input::give_answers:
      group_.give(answers(x, false), turn_);
      break;
    case input::grow:
      group_.update(topics_with(before.partitions + 1u), turn_);
      break;
  }
}

void coordinator_step::run::take(const up_message& x) {
  switch (x.what) {
    case up_message::join:
      join(x.from);
      break;
    case up_message::beat:
      beat(x);
      break;
    case up_message::revoked:
      (void)group_.revoked({uuid_of(x.from), x.revocation, held(x.set)}, turn_);
      break;
    case up_message::leave:
      group_.leave({uuid_of(x.from), x.value != 0, {}}, turn_);
      break;
    case up_message::commit:
      commit(x);
      break;
    default:
      break;
  }
}

void coordinator_step::run::join(const member_id& from) {
  std::optional<uuid> other;
  for (const auto& y : actors_)
    if (y.state == live_handle && y.id.slot == from.slot && y.id != from
        && (!other || uuid_of(y.id) < *other))
      other = uuid_of(y.id);
  forget(from);
  keep(from, live_handle);
  group_.join(request_of(from, limits_), other, turn_);
}

void coordinator_step::run::beat(const up_message& x) {
  auto id = uuid_of(x.from);
  if (state_of(x.from) == unknown_handle && group_.table().member(id))
    keep(x.from, live_handle);
  auto answer =
    group_.beat({id, x.epoch, held(x.set), held(x.draining)}, turn_);
  down_message reply_to;
  reply_to.what = answer ? down_message::alive : down_message::unknown;
  reply(x.from, reply_to);
}

void coordinator_step::run::commit(const up_message& x) {
  commit_request request{uuid_of(x.from), {}};
  for (const auto& id : list_of(x.set))
    request.entries.push_back({id, x.value, 1, x.epoch, {}});
  auto answer = group_.commit(request, turn_);
  down_message result;
  result.what = down_message::committed;
  result.set = x.set;
  result.epoch = x.epoch;
  for (size_t i = 0; i < partitions_max; ++i)
    if (has(x.set, i))
      result.offsets[i] = x.value;
  result.outcome =
    static_cast<u8>(answer ? answer->outcomes.at(0) : code_of(answer.error()));
  is_taken_ = answer && answer->outcomes.at(0) == ec::none;
  reply(x.from, result);
}

std::vector<start_answer> coordinator_step::run::answers(const input& x,
                                                         bool is_first) const {
  std::vector<start_answer> result;
  for (const auto& id : list_of(x.answered))
    result.push_back(answer_of(id, x.ends[static_cast<size_t>(id.partition)],
                               is_first, limits_));
  return result;
}

std::vector<held_partition> coordinator_step::run::held(partition_set x) const {
  std::vector<held_partition> result;
  for (const auto& id : list_of(x))
    result.push_back({id, -1});
  return result;
}

// -- what the actor keeps -----------------------------------------------------

u8 coordinator_step::run::state_of(const member_id& id) const {
  for (const auto& y : actors_)
    if (y.id == id)
      return y.state;
  return unknown_handle;
}

void coordinator_step::run::forget(const member_id& id) {
  std::erase_if(actors_, [&](const auto& y) { return y.id == id; });
}

void coordinator_step::run::reply(const member_id& to, down_message what) {
  if (state_of(to) == dead_handle)
    return;
  what.number = to.number;
  replies_.push_back({to.slot, what});
}

// -- outcomes -----------------------------------------------------------------

void coordinator_step::run::finish(outcome& result) {
  for (const auto& x : turn_.joins) {
    auto id = id_of(x.member);
    down_message answer;
    answer.what = x.failure ? down_message::refused : down_message::joined;
    answer.epoch = static_cast<u8>(x.result.member_epoch);
    reply(id, answer);
    if (x.failure && !group_.table().member(x.member))
      forget(id);
  }
  for (const auto& x : replies_)
    result.out.at(result.sent_used++) = x;
  for (const auto& x : turn_.pushes)
    send(result, x);
  for (const auto& x : turn_.records)
    if (auto gone = std::get_if<member_removed>(&x))
      forget(id_of(gone->id));
  result.after = group_access::read(group_, limits_);
  auto& after = result.after;
  for (size_t i = 0; i < after.known.rows_used; ++i)
    after.handles[i] = state_of(after.known.rows[i].id);
  for (size_t i = 0; i < after.waiting_used; ++i)
    after.waiting[i].handle = state_of(after.waiting[i].id);
  result.has_records = !turn_.records.empty();
  result.is_taken = is_taken_;
  for (const auto& x : turn_.start_queries)
    result.asked_start |= set_of({x.id});
  for (const auto& x : turn_.give_queries)
    result.asked_give |= set_of({x.id});
}

void coordinator_step::run::replay(group_table durable) const {
  for (const auto& x : turn_.records)
    durable.apply(x);
  if (!is_same(read_table(durable, limits_),
               read_table(group_.table(), limits_)))
    throw violation{"the records do not make the state (I7)"};
}

void coordinator_step::run::send(outcome& result, const push& x) {
  auto member = std::visit([](const auto& y) { return y.member; }, x);
  auto id = id_of(member);
  if (auto state = state_of(id); state != live_handle) {
    if (state == unknown_handle)
      group_.lost_contact(member);
    return;
  }
  down_message y;
  y.number = id.number;
  auto place = [&](const assigned_partition& z) {
    auto i = static_cast<size_t>(z.id.partition);
    y.set |= bit(i);
    y.offsets[i] = static_cast<u8>(z.offset);
  };
  std::visit(
    overloaded{[&](const assignment& z) {
                 y.what = down_message::assign;
                 y.epoch = static_cast<u8>(z.member_epoch);
                 std::for_each(z.added.begin(), z.added.end(), place);
               },
               [&](const revocation& z) {
                 y.what = down_message::revoke;
                 y.epoch = static_cast<u8>(z.member_epoch);
                 y.revocation = static_cast<u8>(z.revocation_id);
                 y.revoking = set_of(z.partitions);
               },
               [&](const member_state& z) {
                 y.what = down_message::state;
                 y.epoch = static_cast<u8>(z.member_epoch);
                 std::for_each(z.assigned.begin(), z.assigned.end(), place);
                 y.revoking = set_of(z.revoking);
                 if (y.revoking != 0)
                   y.revocation = static_cast<u8>(z.revocation_id);
               },
               [&](const fenced_notice&) { y.what = down_message::fenced; },
               [](const pause_notice&) {
                 throw violation{"a pause that nobody asked for"};
               }},
    x);
  result.out.at(result.sent_used++) = {id.slot, y};
}

// -- the function -------------------------------------------------------------

coordinator_step::coordinator_step(const bounds& limits)
  : limits_(limits), empty_("g", coordination_settings{}, assignors()),
    cache_(size_t{1} << cache_bits) {}

coordinator_step::~coordinator_step() = default;

assignor_registry_ptr coordinator_step::assignors() {
  auto result = std::make_shared<assignor_registry>();
  // All targets there are, by number: partition by partition who gets it.
  result->add("any", [this](const assignor_input& in) {
    assignment_map target;
    choices_ = 1;
    auto rest = choice_;
    for (const auto& topic : in.topics)
      for (int32_t i = 0; i < topic.partitions && !in.members.empty(); ++i) {
        choices_ *= in.members.size();
        target[in.members[rest % in.members.size()].id].push_back(
          {topic.id, i});
        rest /= in.members.size();
      }
    return target;
  });
  return result;
}

const outcome& coordinator_step::operator()(const core& before,
                                            const input& x) {
  auto key = digest_of(before, x);
  auto& slot = cache_[key.low & (cache_.size() - 1)];
  if (slot.key != key)
    slot = {key, compute(before, x)};
  return slot.value;
}

outcome coordinator_step::compute(const core& before, const input& x) {
  auto whole = x.what == input::reload ? reloaded(before) : make(before);
  return advance(whole, before, x);
}

outcome coordinator_step::advance(group& living, const core& before,
                                  const input& x) {
  outcome result;
  choice_ = x.choice;
  choices_ = 1;
  try {
    auto durable = living.table();
    // A coordinator that was loaded knows nobody's actor.
    run it{living, x.what == input::reload ? core{} : before, limits_};
    it.apply(x, before);
    it.finish(result);
    it.replay(std::move(durable));
  } catch (const no_room&) {
    result.has_room = 0;
  } catch (const violation& y) {
    result.fault = y.what;
  } catch (const std::exception& y) {
    result.fault = y.what();
  }
  result.choices = static_cast<u8>(choices_);
  return result;
}

group coordinator_step::make(const core& x) const {
  auto result = empty_;
  group_access::fill(result, x, limits_);
  return result;
}

group coordinator_step::reloaded(const core& x) const {
  bench::shard_table shard;
  bench::write(shard, records_of(x.known, limits_));
  auto result = empty_;
  if (auto fault = result.load(bench::image_of(shard, life_of(0), 0)))
    throw violation{"the group cannot be loaded: " + what(fault)};
  return result;
}

bool coordinator_step::is_stable(const core& x) const {
  if (x.known.has_header == 0)
    return true;
  auto shown = make(x).describe();
  return shown && shown->state == (x.known.rows_used > 0 ? "stable" : "empty");
}

} // namespace troupe::explore
