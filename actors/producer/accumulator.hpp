#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include <caf/timespan.hpp>

#include "actors/protocol/metadata_messages.hpp"
#include "actors/protocol/record_size.hpp"
#include "config/settings.hpp"

namespace troupe {

/// Which record of which post message: whom to answer.
struct ticket {
  uint64_t post = 0;
  uint32_t index = 0;

  friend bool operator==(const ticket&, const ticket&) = default;
};

/// A record that waits to leave.
struct queued_record {
  record content;
  /// Its share of the producer's buffer.
  uint64_t bytes = 0;
  /// When it was posted, by the actor's clock.
  caf::timespan posted{0};
  ticket from;
};

/// A batch on its way: it stays the same, byte by byte, until it is answered.
struct outgoing_batch {
  record_batch batch;
  /// Of its records, in their order.
  std::vector<ticket> tickets;
  uint64_t bytes = 0;
  /// When the oldest of its records was posted.
  caf::timespan posted{0};
  uint32_t attempts = 0;
};

/// The records of one producer for one partition, in order: a queue, and at
/// most one batch on its way. What is posted while that one travels forms the
/// next one, so batches grow with the load, and a repeated batch never
/// overtakes another. Times are those of the actor's clock, as
/// `time_since_epoch`.
class accumulator {
public:
  /// Under load a batch grows up to this many times `batch_bytes`.
  static constexpr uint64_t backlog_factor = 4;

  accumulator(uint64_t batch_bytes, caf::timespan linger,
              const compression& how = {});

  void push(queued_record x);

  /// Encodes what waits, as far as it fits into the next batch: while another
  /// one travels there is time for it. Only speed depends on it.
  void encode_ahead();

  /// Neither waiting records nor a batch on its way.
  bool is_empty() const noexcept {
    return queue_.empty() && !outgoing_;
  }

  /// When the next batch may leave: at once (0) when it is full or in a
  /// `hurry`, else after the linger time. Nothing while one is on its way or
  /// no record waits.
  std::optional<caf::timespan> leaves_at(bool hurry) const;

  /// When the oldest record was posted; nothing when empty.
  std::optional<caf::timespan> oldest() const;

  /// Numbers records from now on as those of `x`, beginning at 0. A batch on
  /// its way is stamped anew: only for one that is not in the log.
  void identify(const producer_identity& x);

  /// Forms the next batch of at most `bytes_max`, but of one record at least.
  /// There is none on its way, and records wait.
  outgoing_batch& form(uint64_t bytes_max);

  /// The batch on its way, or null.
  outgoing_batch* outgoing() noexcept {
    return outgoing_ ? &*outgoing_ : nullptr;
  }

  /// The batch on its way has arrived: the sequence goes on behind it.
  outgoing_batch acknowledge();

  /// The batch on its way is given up; its sequence numbers are used again.
  outgoing_batch give_up();

  /// The records of the batch on its way, which is not in the log, wait again,
  /// before all others: smaller batches are to be formed of them. Fails, and
  /// changes nothing, when they cannot be read.
  caf::error take_back();

  /// Takes the waiting records that were posted at or before `time`.
  std::vector<queued_record> take_posted_before(caf::timespan time);

private:
  /// The first records of the queue, as the next batch will have them.
  struct encoded {
    batch_builder records;
    std::vector<ticket> tickets;
    uint64_t bytes = 0;

    bool has_room(uint64_t more, uint64_t bytes_max) const noexcept {
      return records.count() == 0
             || batch_header::encoded_bytes + bytes + more <= bytes_max;
    }
  };

  void encode(uint64_t bytes_max);

  uint64_t batch_bytes_;
  caf::timespan linger_;
  compression compression_;
  std::deque<queued_record> queue_;
  uint64_t queue_bytes_ = 0;
  encoded ahead_;
  std::optional<outgoing_batch> outgoing_;
  producer_stamp stamp_;
};

} // namespace troupe
