// What a step of libraft leads to, as values.

#include <algorithm>
#include <string_view>
#include <utility>

#include "actors/consensus/engine.hpp"
#include "actors/consensus/require.hpp"

namespace troupe::consensus {

caf::error engine::step(time now, raft_event& event, effects& out) {
  event.time = static_cast<raft_time>(now.count());
  // Room on the disk is looked after elsewhere.
  event.capacity = UINT16_MAX;
  raft_update update{};
  if (auto code = raft_step(&raft_, &event, &update); code != 0)
    return to_error(code, "a step of consensus");
  disown_other_disk();
  // The masks come without parentheses.
  constexpr unsigned voted =
    (RAFT_UPDATE_CURRENT_TERM) | (RAFT_UPDATE_VOTED_FOR);
  if (update.flags & voted)
    out.voted = vote{raft_.current_term, raft_.voted_for};
  if (update.flags & (RAFT_UPDATE_ENTRIES))
    if (auto err = take_entries(update, out))
      return err;
  if (update.flags & (RAFT_UPDATE_SNAPSHOT))
    take_snapshot_chunk(update, out);
  if (update.flags & (RAFT_UPDATE_MESSAGES))
    take_messages(update, out);
  if (update.flags & (RAFT_UPDATE_COMMIT_INDEX))
    return take_committed(now, out);
  return caf::none;
}

void engine::disown_other_disk() {
  auto& x = raft_.configuration;
  for (unsigned i = 0; i < x.n; ++i)
    if (x.servers[i].id == raft_.id
        && std::string_view{x.servers[i].address} != raft_.address)
      x.servers[i].role = RAFT_SPARE;
}

caf::error engine::take_entries(raft_update& update, effects& out) {
  entries_written x;
  x.first = update.entries.index;
  for (unsigned i = 0; i < update.entries.n; ++i) {
    const auto& from = update.entries.batch[i];
    x.entries.push_back(
      {from.term, static_cast<entry_kind>(from.type),
       std::string{static_cast<const char*>(from.buf.base), from.buf.len}});
  }
  raft_free(update.entries.batch[0].batch);
  // Of a change that is not the first of its entries the library takes the
  // first one's index for its own, and waits for it for ever.
  auto changes = std::any_of(x.entries.begin(), x.entries.end(), [](auto& y) {
    return y.kind == entry_kind::change;
  });
  auto replaces = x.first <= log_.last();
  log_.append(x.first, x.entries);
  out.writes.emplace_back(std::move(x));
  return replaces || changes ? follow_log() : caf::none;
}

caf::error engine::follow_log() {
  auto index = log_.last();
  while (index > raft_.configuration_committed_index && log_.at(index)
         && log_.at(index)->kind != entry_kind::change)
    --index;
  auto newest = log_.at(index);
  if (index <= raft_.configuration_committed_index || !newest
      || index == raft_.configuration_uncommitted_index)
    return caf::none;
  auto members = decode_configuration(newest->data);
  if (!members)
    return std::move(members.error());
  raft_configuration_close(&raft_.configuration);
  raft_.configuration = *members;
  raft_.configuration_uncommitted_index = index;
  return caf::none;
}

void engine::take_snapshot_chunk(raft_update& update, effects& out) {
  auto& metadata = update.snapshot.metadata;
  auto& chunk = update.snapshot.chunk;
  snapshot x{metadata.index, metadata.term,
             from_library(metadata.configuration), metadata.configuration_index,
             std::string{static_cast<const char*>(chunk.base), chunk.len}};
  raft_free(chunk.base);
  raft_configuration_close(&metadata.configuration);
  log_ = entry_log{x.index + 1};
  out.writes.emplace_back(std::move(x));
}

void engine::take_messages(const raft_update& update, effects& out) const {
  for (unsigned i = 0; i < update.messages.n; ++i)
    out.messages.push_back(translate(update.messages.batch[i]));
}

caf::error engine::take_committed(time now, effects& out) {
  // While a snapshot is being installed, what it covers is not there to apply.
  while (applied_ < raft_.commit_index && !raft_.snapshot.installing) {
    auto next = log_.at(applied_ + 1);
    require(next != nullptr, "an entry that is committed is not there");
    auto x = *next;
    ++applied_;
    if (raft_.state == RAFT_LEADER && x.term == raft_.current_term)
      established_term_ = x.term;
    if (x.kind == entry_kind::change)
      if (auto err = commit_members(now, x.data, out))
        return err;
    out.committed.push_back({applied_, std::move(x)});
  }
  return caf::none;
}

caf::error engine::commit_members(time now, const std::string& data,
                                  effects& out) {
  auto members = decode_configuration(data);
  if (!members)
    return std::move(members.error());
  if (raft_.configuration_uncommitted_index != applied_) {
    // A later one is there, which libraft takes for the only one.
    if (raft_.configuration_committed_index < applied_) {
      std::swap(raft_.configuration_committed, *members);
      raft_.configuration_committed_index = applied_;
    }
    raft_configuration_close(&*members);
    return caf::none;
  }
  raft_event event{};
  event.type = RAFT_CONFIGURATION;
  event.configuration.index = applied_;
  event.configuration.conf = *members;
  return step(now, event, out);
}

envelope engine::translate(const raft_message& x) const {
  envelope result;
  result.peer = x.server_id;
  result.address = x.server_address;
  switch (x.type) {
    case RAFT_REQUEST_VOTE: {
      const auto& m = x.request_vote;
      result.content = request_vote{
        m.version,       m.term,           m.candidate_id, m.last_log_index,
        m.last_log_term, m.disrupt_leader, m.pre_vote};
      break;
    }
    case RAFT_REQUEST_VOTE_RESULT: {
      const auto& m = x.request_vote_result;
      vote_result y{m.version,  m.term,     m.vote_granted,
                    m.pre_vote, m.features, m.capacity};
      // Else who asks never learns of the term that keeps it from being heard.
      if (!y.is_granted && y.term < raft_.current_term)
        y.term = raft_.current_term;
      result.content = y;
      break;
    }
    case RAFT_APPEND_ENTRIES: {
      const auto& m = x.append_entries;
      append_entries y{m.version,       m.term,          m.prev_log_index,
                       m.prev_log_term, m.leader_commit, {}};
      for (uint64_t i = 1; i <= m.n_entries; ++i) {
        auto entry = log_.at(m.prev_log_index + i);
        require(entry != nullptr, "an entry that is to be sent is not there");
        y.entries.push_back(*entry);
      }
      result.content = std::move(y);
      break;
    }
    case RAFT_APPEND_ENTRIES_RESULT: {
      const auto& m = x.append_entries_result;
      // Not set at all in the refusal of an old leader's snapshot.
      auto last = std::min<uint64_t>(m.last_log_index, log_.last());
      result.content = append_result{m.version, m.term,     m.rejected,
                                     last,      m.features, m.capacity};
      break;
    }
    case RAFT_INSTALL_SNAPSHOT: {
      const auto& m = x.install_snapshot;
      require(base_ && base_->index == m.last_index,
              "a snapshot that is to be sent is not there");
      result.content = install_snapshot{m.version, m.term, *base_};
      break;
    }
    case RAFT_TIMEOUT_NOW: {
      const auto& m = x.timeout_now;
      result.content =
        timeout_now{m.version, m.term, m.last_log_index, m.last_log_term};
      break;
    }
  }
  return result;
}

} // namespace troupe::consensus
