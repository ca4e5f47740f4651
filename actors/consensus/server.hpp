#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/expected.hpp>

#include "actors/consensus/effects.hpp"
#include "actors/consensus/entries.hpp"
#include "actors/consensus/messages.hpp"

namespace troupe::consensus {

struct server_config {
  uint64_t id = 0;
  std::string address;
  /// How long a follower waits for its leader: between once and twice this.
  std::chrono::milliseconds election_timeout{1000};
  std::chrono::milliseconds heartbeat{100};
  /// How long a leader waits for a follower that installs a snapshot.
  std::chrono::milliseconds snapshot_timeout{5000};
  /// Of the random part of the timeouts.
  uint32_t seed = 0;
};

enum class server_role : uint8_t { follower, candidate, leader };

/// How sending a member what it lacks goes.
enum class catch_up_state : uint8_t { none, running, aborted, finished };

class engine;

/// One of the servers that agree on a log by Raft: events in, effects out; it
/// has no thread, clock, disk or network of its own. What Raft says is decided
/// by libraft (0.22.1), this class keeps the entries, and adds:
///
/// - A refused pre-vote carries the term of who refuses it, else two servers
///   can wait for each other for ever.
/// - A follower votes also when it was made a voter by an entry that it does
/// not
///   have yet (dissertation, 4.2.2), else such a cluster can stay without a
///   leader. One that has nothing at all does not: it may have lost its disk.
/// - When entries are replaced, the newest configuration that is left counts,
///   which need not be the last one known to be committed.
/// - A new leader commits a barrier; `is_established` holds from then on.
///
/// A command is done only if the entry that is committed at its index has the
/// term under which it was submitted; otherwise another one took its place.
///
/// Times count from any origin and never go back. Events that cannot be refused
/// by a server in order fail with `consensus_failed`: then the server must
/// stop.
class server {
public:
  using time = std::chrono::milliseconds;

  explicit server(server_config config);
  ~server();

  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// What every first member of a new cluster starts with.
  static caf::expected<stored_state> first_state(configuration members);

  // -- events ----------------------------------------------------------------

  /// The first one: with what the disk has, `first_state` of the members on a
  /// new one's, an empty state on that of a server that others will add.
  caf::expected<effects> start(time now, stored_state stored);

  /// `timeout()` has come.
  caf::expected<effects> expire(time now);

  caf::expected<effects> receive(time now, envelope x);

  /// Entries up to `index`, the last of which has `term`, are durable.
  caf::expected<effects> written(time now, uint64_t index, uint64_t term);

  /// The snapshot of `effects::writes` is durable.
  caf::expected<effects> installed(time now, const snapshot& x);

  /// `x`, which `take_snapshot` gave, is durable; of the entries below it
  /// `trailing` stay in memory, and may be asked for.
  caf::expected<effects> taken(time now, const snapshot& x, uint64_t trailing);

  // -- what a leader is asked for --------------------------------------------

  /// Appends commands: they get the indexes from `last_index() + 1` on, and
  /// `term()`. Errors: `not_leader`.
  caf::expected<effects> submit(time now, std::vector<std::string> commands);

  /// Changes who belongs to it; one voter comes or goes at a time, and not the
  /// leader. Errors: `not_leader`, `not_available` while another change is on
  /// its way, `invalid_argument`.
  caf::expected<effects> change(time now, configuration members);

  /// Sends a spare or standby what it lacks, so that it can be made a voter;
  /// `catch_up_state` tells how it goes. Errors as for `change`.
  caf::expected<effects> catch_up(time now, uint64_t id);

  /// Hands leadership to a voter, 0: to one that lacks least. Errors:
  /// `not_leader`, `invalid_argument`.
  caf::expected<effects> transfer(time now, uint64_t id);

  // -- what there is ---------------------------------------------------------

  /// When `expire` is wanted; changes with every event.
  time timeout() const;

  server_role role() const;
  uint64_t term() const;

  /// Its id and address; id 0: not known.
  std::pair<uint64_t, std::string> leader() const;

  /// Leader, and an entry of its own term is committed: it knows all that was
  /// committed before.
  bool is_established() const;

  uint64_t last_index() const;

  /// Of the last entry that effects gave as committed.
  uint64_t applied_index() const;

  /// The newest configuration, committed or not.
  configuration members() const;

  /// A configuration is not committed yet, or a member is catching up.
  bool is_changing() const;

  /// Leadership is being handed over; commands are refused.
  bool is_transferring() const;

  catch_up_state catching_up(uint64_t id) const;

  /// Of a leader: up to where the member has what it has; 0: not known.
  uint64_t match_index(uint64_t id) const;

  /// The snapshot that the state machine's bytes at `applied_index()` make;
  /// none while one is being installed, or when nothing was applied since.
  std::optional<snapshot> take_snapshot(std::string state) const;

private:
  caf::error check_leader() const;
  caf::error check_changeable() const;

  std::unique_ptr<engine> engine_;
  uint64_t id_;
};

} // namespace troupe::consensus
