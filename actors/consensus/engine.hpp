#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/expected.hpp>

#include "actors/consensus/effects.hpp"
#include "actors/consensus/entry_log.hpp"
#include "actors/consensus/server.hpp"
#include "actors/consensus/translate.hpp"

namespace troupe::consensus {

/// libraft's state of a server, with the entries and the snapshot that it
/// leaves to its user to keep. What `server` says of an event holds here.
class engine {
public:
  using time = std::chrono::milliseconds;

  explicit engine(const server_config& config);
  ~engine();

  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  caf::expected<effects> start(time now, stored_state stored);
  caf::expected<effects> expire(time now);
  caf::expected<effects> receive(time now, envelope x);
  caf::expected<effects> written(time now, uint64_t index, uint64_t term);
  caf::expected<effects> installed(time now, const snapshot& x);
  caf::expected<effects> taken(time now, const snapshot& x, uint64_t trailing);
  caf::expected<effects> submit(time now, const std::vector<entry>& entries);
  caf::expected<effects> catch_up(time now, uint64_t id);
  caf::expected<effects> transfer(time now, uint64_t id);

  time timeout() const;
  server_role role() const;
  uint64_t term() const;
  std::pair<uint64_t, std::string> leader() const;
  uint64_t last_index() const;
  configuration members() const;
  bool is_changing() const;
  bool is_transferring() const;
  catch_up_state catching_up(uint64_t id) const;
  uint64_t match_index(uint64_t id) const;
  std::optional<snapshot> take_snapshot(std::string state) const;

  uint64_t applied_index() const noexcept {
    return applied_;
  }

  /// Of the last entry of an own term that was committed while it led.
  uint64_t established_term() const noexcept {
    return established_term_;
  }

private:
  /// One step of libraft; adds to `out` what it leads to.
  caf::error step(time now, raft_event& event, effects& out);
  /// A member with this server's id on another disk is gone for good. Its vote
  /// is not this server's, whose log may be no more than the beginning of what
  /// that one had: it would take itself for the only voter that there was then.
  void disown_other_disk();
  caf::error append(time now, const std::vector<entry>& entries, effects& out);
  /// A step, and what follows from it by itself.
  caf::expected<effects> run(time now, raft_event& event, effects out = {});
  /// One without a vote of its own keeps a leader that it misses, and refuses
  /// its vote to all others.
  void forget_leader();
  caf::error append_barrier(time now, effects& out);
  caf::expected<effects> settle(time now, effects out);

  caf::error take_entries(raft_update& update, effects& out);
  void take_snapshot_chunk(raft_update& update, effects& out);
  void take_messages(const raft_update& update, effects& out) const;
  caf::error take_committed(time now, effects& out);
  caf::error commit_members(time now, const std::string& data, effects& out);
  /// After entries were replaced: the newest configuration in the log counts.
  caf::error follow_log();
  envelope translate(const raft_message& x) const;
  /// `invalid_argument`: no server in order sends this.
  caf::error check(const envelope& x) const;

  caf::error receive_entries(time now, raft_message& x,
                             const append_entries& from, effects& out);
  caf::error receive_snapshot(time now, raft_message& x,
                              const install_snapshot& from, effects& out);
  caf::error receive_message(time now, raft_message& x, effects& out);
  /// The members with this server as a voter, as libraft wants to see it when
  /// it is to vote: whether it counts is up to the candidate.
  caf::expected<raft_configuration> voting_members() const;

  raft raft_;
  entry_log log_;
  std::optional<snapshot> base_;
  uint64_t applied_ = 0;
  uint64_t established_term_ = 0;
};

} // namespace troupe::consensus
