#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/protocol/clock.hpp"
#include "actors/protocol/interfaces.hpp"
#include "actors/storage/files.hpp"

namespace troupe {

/// Where the files of a backup are held, in the data directory: what a killed
/// node left there goes when the next one starts.
inline constexpr const char* backup_directory = "backup";

/// What a backup is made of.
struct backup_keeper_config {
  storage::files_ptr disk;
  node_actor node;
  controller_actor controller;
  /// The partitions that go first.
  std::string offsets_topic;
  /// Cluster, node and version, for the one who restores it.
  backup_summary about;
  epoch_offset epoch;
  /// It lets go when nobody asked for this long.
  caf::timespan lease = std::chrono::minutes{1};
};

/// BACKUP: has the node's logs linked into `backup_directory`, and keeps that
/// until it is told to let go, the lease passes or the node stops. Copying is
/// the client's.
///
/// The order is what makes it consistent. The logs do not stand still, so they
/// are not held at one moment; it goes from what refers to what is referred to:
///
/// 1. all shards of the offset store, 2. the metadata, 3. all partitions that
/// the metadata name and that are not held yet.
///
/// - A record acknowledged before the beginning is in its log then, and logs
///   only grow: it is in what is held later. So is a commit, or a topic.
/// - A position never points beyond its log: who committed it had read what is
///   below, so that was in the log when the shard was held, before the log was.
/// - A position never speaks of a partition that the metadata lack: it was
///   created before somebody committed in it. Of a topic deleted meanwhile it
///   may speak, as after any deletion: its id is in use no more.
/// - Every partition of the metadata is held: one that went away meanwhile was
///   deleted, then the metadata are held anew and 3. is done for what is new.
struct backup_keeper_state {
  static inline constexpr const char* name = "backup";

  explicit backup_keeper_state(backup_actor::pointer ptr);

  /// Whoever still waits is told, however the actor ended.
  ~backup_keeper_state();

  void begin(backup_keeper_config with);

  // -- what the clauses do ---------------------------------------------------

  caf::result<backup_summary> describe();
  caf::result<std::vector<log_snapshot>> logs_from(uint32_t number);
  caf::result<caf::ok_atom> stop();

  /// Ends a lease that was not renewed.
  void tick();

  /// Begins the next round, or lets go of more.
  void go_on();

  /// The client is there.
  void renew();

private:
  /// A partition that is to be held, and where its log is.
  struct wanted {
    topic_partition id;
    std::string directory;
  };

  void hold_shards();
  void hold_metadata();
  void on_metadata(log_snapshot& log, const metadata_update& content);
  /// Holds the partitions of `missing_`, a few at a time.
  void hold_next();
  void locate(const wanted& what);
  void on_located(const wanted& what, const partition_actor& where);
  void on_held(const wanted& what, log_snapshot log);
  void on_failed(const wanted& what, const caf::error& why);
  void add_missing(const topic_info& topic);
  void round_done();
  void ready();
  void fail(const caf::error& why);
  /// Lets go, once nothing is on its way any more.
  void release();
  /// Removes a part of what is held, so that nobody waits long.
  void let_go();
  caf::timespan now() const;
  static std::string held_in(const std::string& directory);

  backup_actor::pointer self;
  backup_keeper_config config_;
  log_snapshot metadata_;
  std::map<topic_partition, log_snapshot> partitions_;
  std::vector<wanted> missing_;
  size_t in_flight_ = 0;
  /// A partition went away while it was to be held.
  bool is_round_void_ = false;
  bool has_shards_ = false;
  uint32_t rounds_ = 0;
  /// When all is held: the metadata first, then the partitions.
  std::vector<log_snapshot> logs_;
  bool is_ready_ = false;
  caf::error failure_;
  bool is_releasing_ = false;
  caf::timespan lease_end_{0};
  std::vector<caf::typed_response_promise<backup_summary>> describers_;
  std::vector<caf::typed_response_promise<caf::ok_atom>> stoppers_;
};

/// Starts a backup.
backup_actor::behavior_type backup_keeper(
  backup_actor::stateful_pointer<backup_keeper_state> self,
  backup_keeper_config config);

} // namespace troupe
