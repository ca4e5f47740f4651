#include "actors/consensus/engine.hpp"

#include <algorithm>

#include "actors/consensus/configuration.hpp"
#include "actors/consensus/require.hpp"
#include "actors/consensus/translate.hpp"
#include "actors/protocol/errors.hpp"

namespace troupe::consensus {

namespace {

raft_event make_event(raft_event_type type) {
  raft_event result{};
  result.type = type;
  return result;
}

/// What libraft frees when it is done with the entries of a call.
void* new_batch() {
  return raft_malloc(1);
}

} // namespace

namespace {

/// Takes the vote of this id on another disk out of all configurations that are
/// stored.
caf::error disown_all(stored_state& stored, uint64_t id,
                      const std::string& address) {
  if (stored.base)
    disown(stored.base->members, id, address);
  for (auto& x : stored.entries) {
    if (x.kind != entry_kind::change)
      continue;
    auto members = read_configuration(x.data);
    if (!members)
      return std::move(members.error());
    if (!disown(*members, id, address))
      continue;
    auto data = encode_configuration(*members);
    if (!data)
      return std::move(data.error());
    x.data = std::move(*data);
  }
  return caf::none;
}

/// Whether `id` alone votes, by the last configuration that is stored.
caf::expected<bool> votes_alone(const stored_state& stored, uint64_t id) {
  configuration members;
  if (stored.base)
    members = stored.base->members;
  for (const auto& x : stored.entries)
    if (x.kind == entry_kind::change) {
      auto read = read_configuration(x.data);
      if (!read)
        return std::move(read.error());
      members = std::move(*read);
    }
  auto is_other = [id](const member& x) {
    return x.role == member_role::voter && x.id != id;
  };
  auto is_self = [id](const member& x) {
    return x.role == member_role::voter && x.id == id;
  };
  return std::any_of(members.begin(), members.end(), is_self)
         && std::none_of(members.begin(), members.end(), is_other);
}

} // namespace

engine::engine(const server_config& config) : raft_{} {
  auto code =
    raft_init(&raft_, nullptr, nullptr, config.id, config.address.c_str());
  require(code == 0, "a server cannot be initialized");
  auto ms = [](auto x) { return static_cast<unsigned>(x.count()); };
  raft_seed(&raft_, config.seed);
  raft_set_election_timeout(&raft_, ms(config.election_timeout));
  raft_set_heartbeat_timeout(&raft_, ms(config.heartbeat));
  raft_set_install_snapshot_timeout(&raft_, ms(config.snapshot_timeout));
  raft_set_pre_vote(&raft_, true);
}

engine::~engine() {
  raft_close(&raft_, nullptr);
}

// -- events
// --------------------------------------------------------------------

caf::expected<effects> engine::start(time now, stored_state stored) {
  effects out;
  out.restored = stored.base;
  base_ = stored.base;
  log_ = entry_log{stored.first_index, stored.entries};
  // Only the library is not told: this server may lead as soon as it starts.
  if (auto err = disown_all(stored, raft_.id, raft_.address))
    return err;
  auto event = make_event(RAFT_START);
  auto& start = event.start;
  start.term = stored.voted.term;
  start.voted_for = stored.voted.candidate;
  // The library makes the only voter the leader of the term that it left: what
  // it sent to others then and had not stored would be there twice.
  auto alone = votes_alone(stored, raft_.id);
  if (!alone)
    return std::move(alone.error());
  if (*alone && start.term > 0) {
    out.voted = vote{++start.term, raft_.id};
    start.voted_for = raft_.id;
  }
  start.start_index = stored.first_index;
  raft_snapshot_metadata metadata;
  if (stored.base) {
    auto x = to_library(*stored.base);
    if (!x)
      return std::move(x.error());
    metadata = *x;
    start.metadata = &metadata;
    applied_ = stored.base->index;
  }
  auto entries = to_library(stored.entries, nullptr);
  start.entries = entries.data();
  start.n_entries = static_cast<unsigned>(entries.size());
  return run(now, event, std::move(out));
}

caf::expected<effects> engine::expire(time now) {
  auto event = make_event(RAFT_TIMEOUT);
  auto missed_leader = raft_.state == RAFT_FOLLOWER && timeout() <= now;
  effects out;
  if (auto err = step(now, event, out))
    return err;
  if (missed_leader && raft_.state == RAFT_FOLLOWER)
    forget_leader();
  return settle(now, std::move(out));
}

void engine::forget_leader() {
  auto& x = raft_.follower_state.current_leader;
  x.id = 0;
  raft_free(x.address);
  x.address = nullptr;
}

caf::expected<effects> engine::written(time now, uint64_t index,
                                       uint64_t term) {
  // What was replaced meanwhile is not what the disk has been told of.
  if (log_.term_at(index) != term || index <= raft_.last_stored)
    return effects{};
  auto event = make_event(RAFT_PERSISTED_ENTRIES);
  event.persisted_entries.index = index;
  return run(now, event);
}

caf::expected<effects> engine::installed(time now, const snapshot& x) {
  auto metadata = to_library(x);
  if (!metadata)
    return std::move(metadata.error());
  auto event = make_event(RAFT_PERSISTED_SNAPSHOT);
  event.persisted_snapshot.metadata = *metadata;
  event.persisted_snapshot.last = true;
  applied_ = x.index;
  base_ = x;
  effects out;
  out.restored = x;
  return run(now, event, std::move(out));
}

caf::expected<effects> engine::taken(time now, const snapshot& x,
                                     uint64_t trailing) {
  effects out;
  // Another one was installed over it.
  if (raft_.snapshot.installing || log_.term_at(x.index) != x.term)
    return out;
  auto metadata = to_library(x);
  if (!metadata)
    return std::move(metadata.error());
  auto event = make_event(RAFT_SNAPSHOT);
  event.snapshot.metadata = *metadata;
  event.snapshot.trailing = static_cast<unsigned>(trailing);
  base_ = x;
  if (auto err = step(now, event, out))
    return err;
  if (x.index > trailing)
    log_.drop_below(x.index - trailing + 1);
  return settle(now, std::move(out));
}

caf::expected<effects> engine::submit(time now,
                                      const std::vector<entry>& entries) {
  effects out;
  if (auto err = append(now, entries, out))
    return err;
  return settle(now, std::move(out));
}

caf::error engine::append(time now, const std::vector<entry>& entries,
                          effects& out) {
  auto batch = new_batch();
  auto list = to_library(entries, batch);
  auto event = make_event(RAFT_SUBMIT);
  event.submit.entries = list.data();
  event.submit.n = static_cast<unsigned>(list.size());
  auto err = step(now, event, out);
  if (err)
    raft_free(batch);
  return err;
}

caf::expected<effects> engine::catch_up(time now, uint64_t id) {
  auto event = make_event(RAFT_CATCH_UP);
  event.catch_up.server_id = id;
  effects out;
  if (auto err = step(now, event, out))
    return err;
  // The library looks when the member takes something new: one that lacks
  // nothing would be caught up with never.
  if (auto err = append_barrier(now, out))
    return err;
  return settle(now, std::move(out));
}

caf::error engine::append_barrier(time now, effects& out) {
  return append(
    now, {{raft_.current_term, entry_kind::barrier, std::string(8, '\0')}},
    out);
}

caf::expected<effects> engine::transfer(time now, uint64_t id) {
  auto event = make_event(RAFT_TRANSFER);
  event.transfer.server_id = id;
  return run(now, event);
}

caf::expected<effects> engine::run(time now, raft_event& event, effects out) {
  if (auto err = step(now, event, out))
    return err;
  return settle(now, std::move(out));
}

caf::expected<effects> engine::settle(time now, effects out) {
  // What earlier leaders committed is known once an own entry is.
  if (raft_.state == RAFT_LEADER
      && log_.term_at(log_.last()) != raft_.current_term
      && raft_.leader_state.transferee == 0)
    if (auto err = append_barrier(now, out))
      return err;
  return out;
}

// -- what there is
// -------------------------------------------------------------

engine::time engine::timeout() const {
  return time{raft_timeout(&raft_)};
}

server_role engine::role() const {
  switch (raft_.state) {
    case RAFT_LEADER:
      return server_role::leader;
    case RAFT_CANDIDATE:
      return server_role::candidate;
    default:
      return server_role::follower;
  }
}

uint64_t engine::term() const {
  return raft_.current_term;
}

std::pair<uint64_t, std::string> engine::leader() const {
  raft_id id = 0;
  const char* address = nullptr;
  // It only reads.
  raft_leader(const_cast<raft*>(&raft_), &id, &address);
  return {id, address ? address : ""};
}

uint64_t engine::last_index() const {
  return log_.last();
}

configuration engine::members() const {
  return from_library(raft_.configuration);
}

bool engine::is_changing() const {
  return raft_.configuration_uncommitted_index != 0
         || (raft_.state == RAFT_LEADER && raft_.leader_state.promotee_id != 0);
}

bool engine::is_transferring() const {
  return raft_.state == RAFT_LEADER && raft_.leader_state.transferee != 0;
}

uint64_t engine::match_index(uint64_t id) const {
  raft_index result = 0;
  if (raft_.state != RAFT_LEADER || raft_match_index(&raft_, id, &result) != 0)
    return 0;
  return result;
}

catch_up_state engine::catching_up(uint64_t id) const {
  int state = RAFT_CATCH_UP_NONE;
  if (raft_.state != RAFT_LEADER || raft_catch_up(&raft_, id, &state) != 0)
    return catch_up_state::none;
  switch (state) {
    case RAFT_CATCH_UP_RUNNING:
      return catch_up_state::running;
    case RAFT_CATCH_UP_ABORTED:
      return catch_up_state::aborted;
    case RAFT_CATCH_UP_FINISHED:
      return catch_up_state::finished;
    default:
      return catch_up_state::none;
  }
}

std::optional<snapshot> engine::take_snapshot(std::string state) const {
  auto term = log_.term_at(applied_);
  auto members = from_library(raft_.configuration_committed);
  if (raft_.snapshot.installing
      || term == 0
      // A vote that is hidden here is one for others.
      || disown(members, raft_.id, raft_.address)
      || raft_.configuration_committed_index > applied_
      || (base_ && base_->index >= applied_))
    return std::nullopt;
  return snapshot{applied_, term, std::move(members),
                  raft_.configuration_committed_index, std::move(state)};
}

} // namespace troupe::consensus
