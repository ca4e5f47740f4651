#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/controller/metadata.hpp"
#include "actors/protocol/clock.hpp"
#include "actors/protocol/interfaces.hpp"
#include "actors/storage/log.hpp"

namespace troupe {

/// What a controller stands on, and what it holds topics to.
struct controller_config {
  storage::files_ptr disk;
  /// Of its log, in the data directory.
  std::string directory;
  uint32_t node_id = 1;
  /// Topic ids are derived from it.
  uuid cluster_id;
  /// Of all topics together.
  uint32_t partitions_max = 100'000;
  /// Partitions of `__commit_offsets`.
  uint32_t shards = 50;
  flusher_actor flusher;
  epoch_offset epoch;
};

/// The controller of a node.
///
/// A command is checked against `planned`, the state as if all that was
/// appended were durable, and appended. Once the flusher has synced it, it is
/// applied to `durable`, told to the listeners, and answered, in this order:
/// nobody is ever told what a power cut can take back. Commands that come
/// during a sync share the next one.
///
/// When its log cannot be opened, written or synced, it answers what waits with
/// the error and quits with it, to be rebuilt from the log by who spawned it. A
/// full disk only fails the command.
struct controller_state {
  static inline constexpr const char* name = "controller";

  explicit controller_state(controller_actor::pointer ptr);

  /// Whoever still waits is told, however the actor ended.
  ~controller_state();

  using topic_promise = caf::typed_response_promise<topic_info>;
  using identity_promise = caf::typed_response_promise<producer_identity>;

  /// A command that is in the log, but not durable yet.
  struct unsynced_command {
    command what;
    int32_t term = 0;
    /// Who asked; for a reservation: nobody.
    topic_promise promise;
  };

  /// Opens the log and applies what is in it.
  caf::error open(controller_config config);

  // -- what the clauses do ---------------------------------------------------

  /// Takes a plan of `planned` to its end.
  caf::result<topic_info> carry_out(caf::expected<command> plan);
  caf::result<producer_identity> identify();
  caf::result<metadata_update> watch(const metadata_listener_actor& listener);
  node_status status() const;
  caf::result<log_snapshot, metadata_update> snapshot(const std::string& to);
  caf::result<caf::ok_atom> stop();

  // -- how a command becomes durable -----------------------------------------

  caf::error append(const command& what, topic_promise promise);
  void sync();
  void on_synced(int64_t up_to);
  void complete(unsynced_command& x);

  // -- producer ids ----------------------------------------------------------

  caf::error reserve();
  void hand_out();

  // -- the end ---------------------------------------------------------------

  void close_when_idle();
  void on_down(const caf::actor_addr& who);
  /// An exit signal closes the log as `stop` does.
  void on_exit(caf::error reason);
  /// Answers all that waits with `reason`, then quits with it.
  void fail(const caf::error& reason);
  void answer_all(const caf::error& reason);

  controller_actor::pointer self;
  controller_config config;
  std::unique_ptr<storage::log> log;
  metadata planned;
  metadata durable;
  std::deque<unsynced_command> unsynced;
  bool is_syncing = false;
  std::vector<metadata_listener_actor> listeners;
  /// The ids [next_id, ids_end) are reserved and not handed out.
  int64_t next_id = 0;
  int64_t ids_end = 0;
  bool is_reserving = false;
  std::deque<identity_promise> waiting_ids;
  bool is_stopping = false;
  caf::typed_response_promise<caf::ok_atom> stop_promise;
};

/// Starts a controller; it ends at once, with the error, when its log does not
/// open.
controller_actor::behavior_type controller(
  controller_actor::stateful_pointer<controller_state> self,
  controller_config config);

} // namespace troupe
