#pragma once

#include <cstdint>
#include <string>

#include <caf/expected.hpp>

#include "actors/protocol/record_batch.hpp"

namespace troupe {

/// Chooses the partitions for the records of one topic, as Kafka's clients do:
/// the one that was asked for, else by the key's hash, else *sticky*: records
/// without key share a partition until a batch leaves or is full, then the next
/// partition has its turn. So batches are large and all partitions get their
/// share.
class partitioner {
public:
  /// Records without key begin at partition `first` modulo the partitions;
  /// `batch_bytes` of them are a full batch.
  partitioner(std::string topic, uint64_t batch_bytes, uint64_t first = 0);

  /// The partition for a record of `record_bytes`: `wanted` if that is not -1.
  /// `unknown_partition` when the topic, with `partitions` of them, lacks it.
  caf::expected<int32_t> choose(int32_t wanted, const bytes& key,
                                uint64_t record_bytes, int32_t partitions);

  /// A batch for `partition` left: its turn is over.
  void batch_left(int32_t partition);

private:
  void next_turn();

  std::string topic_;
  uint64_t batch_bytes_;
  uint64_t turn_;
  /// Partition and bytes of the present turn; -1: nothing was chosen in it.
  int32_t sticky_ = -1;
  uint64_t sticky_bytes_ = 0;
};

} // namespace troupe
