#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include <caf/timespan.hpp>

#include "actors/protocol/cluster_messages.hpp"

namespace troupe {

/// What the leader of a partition knows of its replicas, and what follows from
/// it. Offsets are ends: everything below is there. Times are those of the
/// actor's clock, as `time_since_epoch`.
///
/// While another in-sync set is asked for, both count: whichever of them the
/// controller goes by, all of it has what was acknowledged. When nobody knows
/// whether the controller took it, all that were asked for go on counting until
/// it took a later one: that rules the earlier ones out.
///
/// Source: Apache Kafka's `Partition` (KIP-497), and KIP-101 for why ends and
/// epochs, not watermarks, tell what a replica has to cut.
class replication {
public:
  /// Node `self` leads by `role`, its log ends at `end` and is durable below
  /// `synced_end`; `high_watermark`: what it knew as a follower, of which only
  /// what is on its own disk counts.
  replication(uint32_t self, const replica_role& role, int64_t end,
              int64_t synced_end, int64_t high_watermark, caf::timespan now);

  /// The same leader epoch with another placement.
  void follow(const replica_role& role, caf::timespan now);

  const partition_placement& placement() const noexcept {
    return placement_;
  }

  bool is_replica(uint32_t node) const;

  // -- what happens ----------------------------------------------------------

  /// The leader's own log grew, or became durable.
  void grown(int64_t end, int64_t synced_end);

  /// A replica asked for what follows on its end; its log agrees below it.
  void fetched(uint32_t node, const uuid& directory_id, int64_t end,
               int64_t synced_end, caf::timespan now);

  // -- what follows ----------------------------------------------------------

  /// What is durable at all in sync: consumers see what is below, `acks=all`
  /// goes by it. Never goes back.
  int64_t high_watermark() const noexcept {
    return high_watermark_;
  }

  /// As many are in sync as the topic wants for `acks=all`.
  bool has_enough() const noexcept {
    return placement_.in_sync.size() >= min_in_sync_;
  }

  /// Where this leader's epoch begins: only once the high watermark is there,
  /// all that was acknowledged under earlier ones is below it.
  int64_t epoch_begin() const noexcept {
    return epoch_begin_;
  }

  /// Up to where `node`, which is out of sync, has to make its log durable to
  /// come in: others rely on its disk for what was acknowledged before, too.
  int64_t sync_wanted(uint32_t node) const;

  /// The placement to ask the controller for: without those that are behind for
  /// longer than `lag_max`, with those that caught up; or the same set as a
  /// later change. None: it stays, or one is asked for already.
  std::optional<partition_placement> propose(caf::timespan now,
                                             caf::timespan lag_max);

  /// What was proposed was refused, and will never be taken if that is
  /// `certain`. When it was taken, `follow` comes.
  void refused(bool is_certain);

  /// Which disks of its replicas this is about: one that took the place of
  /// another has nothing of it.
  std::vector<node_disk> disks() const;

  std::vector<replica_status> status(caf::timespan now) const;

private:
  struct replica {
    uuid directory_id;
    /// -1: it did not ask yet.
    int64_t end = -1;
    int64_t synced_end = -1;
    /// When it had all that there was.
    caf::timespan caught_up{0};
    /// The leader's end when it asked last, and when that was.
    int64_t leader_end = 0;
    caf::timespan asked{0};
  };

  bool is_in_sync(uint32_t node) const;
  /// Whether the others wait for this one.
  bool counts(uint32_t node) const;
  int64_t wanted_to_join() const;
  void advance();

  uint32_t self_;
  partition_placement placement_;
  uint32_t min_in_sync_ = 1;
  /// All in the in-sync sets that were asked for and may have been taken.
  std::vector<uint32_t> proposed_;
  bool is_asking_ = false;
  /// One of them may be taken still.
  bool is_uncertain_ = false;
  int64_t end_;
  int64_t synced_end_;
  int64_t epoch_begin_;
  int64_t high_watermark_;
  std::map<uint32_t, replica> replicas_;
};

} // namespace troupe
