#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include <caf/expected.hpp>

#include "actors/protocol/record_batch.hpp"

namespace troupe {

/// A batch of an idempotent producer that lies in the log.
struct known_batch {
  int32_t base_sequence = 0;
  int32_t last_sequence = 0;
  int64_t base_offset = 0;
  int64_t last_offset = 0;

  friend bool operator==(const known_batch&, const known_batch&) = default;
};

/// A producer and its last batches in the log, oldest first; at least one.
struct known_producer {
  int64_t id = -1;
  int16_t epoch = 0;
  std::deque<known_batch> batches;

  friend bool operator==(const known_producer&,
                         const known_producer&) = default;
};

/// What a partition remembers of its idempotent producers, so that a batch that
/// is sent again is not appended again: per producer id the epoch and the last
/// five batches. Bounded: the producer that was silent longest is forgotten.
/// Follows from the log alone. Source of the rules: `ProducerAppendInfo` of
/// Apache Kafka.
class producer_table {
public:
  /// Batches remembered of each producer: as many as a Kafka client has on
  /// their way at once.
  static constexpr size_t batches_kept = 5;

  explicit producer_table(uint32_t producers_max);

  /// What `all` told, as far as there is room.
  producer_table(uint32_t producers_max,
                 const std::vector<known_producer>& all);

  /// Everything, the producer that was silent longest first.
  std::vector<known_producer> all() const;

  /// What to do with a batch that is to be appended: nothing (append it), the
  /// batch that it repeats (answer with its place), or an error:
  /// `producer_fenced` under an epoch that has passed, `out_of_order_sequence`
  /// when records before it are missing. Of an unknown producer any sequence is
  /// taken. A batch without producer id is always appended.
  caf::expected<std::optional<known_batch>> check(const batch_header& x) const;

  /// Remembers a batch that is in the log at its base offset.
  void add(const batch_header& x);

  size_t size() const noexcept {
    return producers_.size();
  }

private:
  struct producer {
    int16_t epoch = 0;
    std::deque<known_batch> batches;
    std::list<int64_t>::iterator place;
  };

  /// Moves a producer behind all others; makes it, and room for it.
  producer& touch(int64_t id);

  uint32_t producers_max_;
  std::unordered_map<int64_t, producer> producers_;
  /// Producer ids, the one that was silent longest first.
  std::list<int64_t> by_silence_;
};

} // namespace troupe
