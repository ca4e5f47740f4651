#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/consensus/entry_log.hpp"
#include "actors/consensus/server.hpp"
#include "actors/consensus/server_store.hpp"
#include "actors/controller/metadata.hpp"
#include "actors/protocol/clock.hpp"
#include "actors/protocol/interfaces.hpp"
#include "actors/protocol/shared_timer.hpp"
#include "actors/quorum_controller/liveness.hpp"
#include "actors/quorum_controller/membership.hpp"

namespace troupe {

/// What a controller of a cluster stands on.
struct quorum_controller_config {
  storage::files_ptr disk;
  /// Of what it keeps, in the data directory.
  std::string directory = "quorum";
  /// Of the log that a single node kept: a node that founds a cluster begins
  /// with it.
  std::string single_node_directory = "metadata";
  uint32_t node_id = 1;
  uuid cluster_id;
  /// Of the data directory.
  uuid directory_id;
  /// This node begins a cluster, if its directory has none. Any other new one
  /// waits until the cluster takes it in.
  bool founds = false;
  cluster_settings cluster;
  /// Of all topics together.
  uint32_t partitions_max = 100'000;
  /// Partitions of `__commit_offsets`.
  uint32_t shards = 50;
  /// Of this program.
  level_range levels = supported_levels;
  flusher_actor flusher;
  epoch_offset epoch;
  /// Of the random part of elections.
  uint32_t seed = 1;
};

/// The controller of a node of a cluster.
///
/// The metadata follows from the commands that the members of the quorum have
/// agreed on (`consensus::server`, `consensus::server_store`). Their leader
/// checks a request against `planned`, the state as if all that it submitted
/// were committed; when the command is, it is applied to `durable`, told to the
/// listeners and answered. Every other controller passes requests on to the
/// leader. The leader also watches which nodes live, elects partitions' leaders
/// (`cluster_plan`), and takes nodes into the quorum (`membership`).
///
/// A command whose fate is not known, since leadership moved, is answered with
/// `timed_out`. When its disk fails it quits with the error, to be started
/// again by its owner.
struct quorum_controller_state {
  static inline constexpr const char* name = "quorum_controller";

  explicit quorum_controller_state(controller_actor::pointer ptr);

  /// Whoever still waits is told, however the actor ended.
  ~quorum_controller_state();

  using topic_promise = caf::typed_response_promise<topic_info>;
  using placement_promise = caf::typed_response_promise<partition_placement>;
  using order_promise = caf::typed_response_promise<caf::ok_atom>;
  using identity_promise = caf::typed_response_promise<producer_identity>;
  /// Who asked for a command; nobody: this one itself.
  using asker = std::variant<std::monostate, topic_promise, placement_promise,
                             order_promise>;

  // -- starting and stopping (quorum_controller.cpp) -------------------------

  caf::error open(quorum_controller_config x);
  caf::error found(consensus::server_store& store);
  caf::result<caf::ok_atom> stop();
  void stop_if_due();
  void fail(const caf::error& reason);
  void on_down(const caf::down_msg& x);

  // -- requests (quorum_requests.cpp) ----------------------------------------

  caf::result<topic_info> carry_out(caf::expected<command> plan);

  /// The same for what places partitions on nodes.
  caf::result<topic_info> place(caf::expected<command> plan);
  caf::result<partition_placement> change(const partition_change& x);
  caf::result<caf::ok_atom> order(const cluster_order& x);
  caf::result<producer_identity> identify();
  caf::result<metadata_update> watch(const metadata_listener_actor& listener);
  caf::expected<node_lease> beat(const node_beat& x);
  cluster_status look() const;
  node_status status() const;
  controller_metrics metrics() const;

  /// This one leads, and knows all that was committed.
  bool leads() const;

  /// The leader's controller, for who cannot answer itself. Errors:
  /// `not_leader`.
  caf::expected<controller_actor> leader() const;
  /// Any other controller, for one that knows of no leader.
  caf::expected<controller_actor> anybody();
  bool is_member() const;
  std::string address() const;
  node_disk disk() const {
    return {config.node_id, config.directory_id};
  }

  // -- agreeing (quorum_agreement.cpp) ---------------------------------------

  void meet(const node_disk& who, const caf::strong_actor_ptr& controller);
  /// The controller of a member of the quorum; null: it is not reached.
  controller_actor peer(uint64_t node, const std::string& address) const;
  void receive(uint32_t node, const std::string& letter);
  /// Carries out what an event led to.
  void carry_out(caf::expected<consensus::effects> x);
  void send(const consensus::envelope& x);
  void restore(const consensus::snapshot& x);
  void apply(const consensus::committed_entry& x);
  void settle(uint64_t index, uint64_t term, const metadata_change& change,
              const command& what);
  void begin_write();
  void on_synced(int64_t up_to);
  caf::error finish_snapshot();
  void take_snapshot_if_due();
  void set_timer();
  void on_tick();

  // -- leading (quorum_leading.cpp) ------------------------------------------

  /// Begins or ends to lead, as the server says.
  void follow_role();
  /// Has commands agreed on; whoever asks is answered when the last one is.
  caf::error submit(const std::vector<command>& commands, asker who);
  /// The same for what this one wants itself: it tries again later.
  void pursue(const std::vector<command>& commands);
  void fence_silent_nodes();

  /// Leaders are to wait no more for nodes that are fenced by now, once they
  /// say that they know of them.
  void shrink_later();

  /// `node` lives and knows the metadata up to `known`.
  void shrink_for(uint32_t node, uint64_t known);
  void do_upkeep();
  void step_membership();
  membership_view view_members() const;
  /// The member has heard of this leader within the election timeout.
  bool answers(uint64_t member) const;
  /// So has a majority of those that vote: nobody else leads.
  bool is_followed() const;
  /// It also has nearly all that the leader has.
  bool keeps_up(uint64_t member) const;
  void hand_out_ids();
  void answer_all(const caf::error& why);

  caf::timespan now() const;
  std::chrono::milliseconds raft_now() const;

  controller_actor::pointer self;
  quorum_controller_config config;
  std::unique_ptr<consensus::server_store> store;
  std::unique_ptr<consensus::server> server;
  metadata planned;
  metadata durable;
  std::vector<metadata_listener_actor> listeners;
  /// Of the other nodes, as far as they are reached: a second process that
  /// claims to be one of them takes nothing from it.
  std::map<node_disk, controller_actor> peers;
  /// By `anybody`.
  node_disk asked_last;

  // -- what is being written -------------------------------------------------

  struct installing {
    consensus::snapshot what;
  };
  struct taking {
    consensus::snapshot what;
  };
  using pending_write =
    std::variant<consensus::entries_written, installing, taking>;
  std::deque<pending_write> writes;
  /// So many at the front of `writes` are in the file, and being synced.
  size_t syncing = 0;
  /// What the disk has of entries, for a snapshot to keep the last of.
  consensus::entry_log written;
  uint64_t snapshot_index = 0;
  /// Agreed on, to be applied in this order.
  std::deque<consensus::committed_entry> unapplied;
  bool is_applying = false;
  bool is_taking = false;

  // -- what a leader has in memory -------------------------------------------

  struct pending_command {
    uint64_t term = 0;
    asker who;
  };
  std::map<uint64_t, pending_command> pending;
  /// The term in which this one leads; 0: it does not.
  uint64_t leading_term = 0;
  uint64_t elections_won = 0;
  liveness alive{caf::timespan{0}, caf::timespan{0}};
  /// What a fenced node has to know before it leads again.
  std::map<uint32_t, uint64_t> to_know;
  /// What a node has to know before what it leads does without fenced ones.
  std::map<uint32_t, uint64_t> to_shrink;
  std::set<uint32_t> leaving;

  /// When a member of the quorum is known to have heard of this one: when that
  /// was sent, not when the answer came, which may have waited here while this
  /// process was held up, and others elected another leader.
  struct contact {
    /// The first letter since the last answer.
    std::optional<caf::timespan> asked;
    std::optional<caf::timespan> heard;
  };
  std::map<uint64_t, contact> contacts;
  std::optional<caf::timespan> upkeep_due;
  std::optional<caf::timespan> return_due;
  /// Producer ids [next_id, ids_end) are reserved and not handed out.
  int64_t next_id = 0;
  int64_t ids_end = 0;
  bool is_reserving = false;
  std::deque<identity_promise> waiting_ids;

  shared_timer timer;
  bool has_failed = false;
  /// When it stops at the latest, once it is told to.
  std::optional<caf::timespan> stop_due;
  order_promise stop_promise;
};

/// CONTROLLER of a cluster. Ends at once, with the error, when what it keeps
/// does not open.
controller_actor::behavior_type quorum_controller(
  controller_actor::stateful_pointer<quorum_controller_state> self,
  quorum_controller_config config);

} // namespace troupe
