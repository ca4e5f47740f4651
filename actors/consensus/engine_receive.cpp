// What other servers say.

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "actors/consensus/engine.hpp"
#include "actors/protocol/errors.hpp"
#include "actors/protocol/overloaded.hpp"

namespace troupe::consensus {

namespace {

/// As libraft has it; those with entries or a snapshot are completed later.
raft_message to_library(const envelope& from) {
  raft_message result{};
  result.server_id = from.peer;
  result.server_address = from.address.c_str();
  std::visit(
    overloaded{
      [&](const request_vote& m) {
        result.type = RAFT_REQUEST_VOTE;
        result.request_vote = {m.version,    m.term,      m.candidate,
                               m.last_index, m.last_term, m.disrupts_leader,
                               m.is_pre_vote};
      },
      [&](const vote_result& m) {
        result.type = RAFT_REQUEST_VOTE_RESULT;
        result.request_vote_result = {m.version,     m.term,     m.is_granted,
                                      m.is_pre_vote, m.features, m.capacity};
      },
      [&](const append_entries& m) {
        result.type = RAFT_APPEND_ENTRIES;
        result.append_entries = {
          m.version, m.term, m.previous_index, m.previous_term, m.commit_index,
          nullptr,   0};
      },
      [&](const append_result& m) {
        result.type = RAFT_APPEND_ENTRIES_RESULT;
        result.append_entries_result = {m.version,    m.term,     m.rejected,
                                        m.last_index, m.features, m.capacity};
      },
      [&](const install_snapshot& m) {
        result.type = RAFT_INSTALL_SNAPSHOT;
        auto& x = result.install_snapshot;
        x.version = m.version;
        x.term = m.term;
        x.last_index = m.base.index;
        x.last_term = m.base.term;
        x.conf_index = m.base.members_index;
      },
      [&](const timeout_now& m) {
        result.type = RAFT_TIMEOUT_NOW;
        result.timeout_now = {m.version, m.term, m.last_index, m.last_term};
      },
    },
    from.content);
  return result;
}

caf::error refuse(const envelope& x, const char* why) {
  return make_error(ec::invalid_argument,
                    fmt::format("a message of server {} at '{}' is dropped: {}",
                                x.peer, x.address, why));
}

} // namespace

caf::error engine::check(const envelope& x) const {
  if (x.peer == 0 || x.peer == raft_.id)
    return refuse(x, "it has no id, or this server's");
  // Of a second leader of the same term libraft assumes that there is none.
  auto is_of_other_leader = [&](uint64_t term) {
    return raft_.state == RAFT_LEADER && term == raft_.current_term;
  };
  if (auto m = std::get_if<append_entries>(&x.content)) {
    if (is_of_other_leader(m->term))
      return refuse(x, "this server leads its term");
    if ((m->previous_index == 0) != (m->previous_term == 0))
      return refuse(x, "its index and term do not fit");
  }
  if (auto m = std::get_if<install_snapshot>(&x.content)) {
    if (is_of_other_leader(m->term))
      return refuse(x, "this server leads its term");
    if (m->base.index == 0 || m->base.term == 0 || m->base.members.empty())
      return refuse(x, "its snapshot is of nothing");
  }
  return caf::none;
}

caf::expected<effects> engine::receive(time now, envelope from) {
  effects out;
  if (auto err = check(from))
    return err;
  auto x = to_library(from);
  auto err = [&]() -> caf::error {
    if (auto m = std::get_if<append_entries>(&from.content))
      return receive_entries(now, x, *m, out);
    if (auto m = std::get_if<install_snapshot>(&from.content))
      return receive_snapshot(now, x, *m, out);
    return receive_message(now, x, out);
  }();
  if (err)
    return err;
  return settle(now, std::move(out));
}

caf::error engine::receive_entries(time now, raft_message& x,
                                   const append_entries& from, effects& out) {
  std::vector<raft_entry> entries;
  if (!from.entries.empty()) {
    entries = consensus::to_library(from.entries, raft_malloc(1));
    x.append_entries.entries = entries.data();
    x.append_entries.n_entries = static_cast<unsigned>(entries.size());
  }
  return receive_message(now, x, out);
}

caf::error engine::receive_snapshot(time now, raft_message& x,
                                    const install_snapshot& from,
                                    effects& out) {
  auto members = consensus::to_library(from.base.members);
  if (!members)
    return std::move(members.error());
  auto& m = x.install_snapshot;
  m.conf = *members;
  m.data.len = from.base.state.size();
  m.data.base = raft_malloc(m.data.len + 1);
  std::memcpy(m.data.base, from.base.state.data(), m.data.len);
  // The one case in which libraft neither takes nor frees them.
  auto is_left = raft_.snapshot.installing && from.term >= raft_.current_term;
  auto err = receive_message(now, x, out);
  if (is_left) {
    raft_configuration_close(&m.conf);
    raft_free(m.data.base);
  }
  return err;
}

caf::error engine::receive_message(time now, raft_message& x, effects& out) {
  raft_event event{};
  event.type = RAFT_RECEIVE;
  event.receive.message = &x;
  if (x.type != RAFT_REQUEST_VOTE)
    return step(now, event, out);
  auto members = voting_members();
  if (!members)
    return std::move(members.error());
  std::swap(raft_.configuration, *members);
  auto err = step(now, event, out);
  std::swap(raft_.configuration, *members);
  raft_configuration_close(&*members);
  return err;
}

caf::expected<raft_configuration> engine::voting_members() const {
  auto result = members();
  if (raft_.state == RAFT_FOLLOWER && !result.empty()) {
    auto self = std::find_if(result.begin(), result.end(),
                             [this](auto& x) { return x.id == raft_.id; });
    if (self == result.end())
      self = result.insert(self, {raft_.id, raft_.address, member_role::voter});
    self->role = member_role::voter;
  }
  return consensus::to_library(result);
}

} // namespace troupe::consensus
