#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include <caf/error.hpp>
#include <caf/timespan.hpp>

#include "actors/protocol/group_messages.hpp"
#include "actors/protocol/record_batch.hpp"

namespace troupe {

/// A position that can be committed; `next` -1: there is none.
struct commit_point {
  int64_t next = -1;
  /// The leader epoch of the record before `next`, -1: unknown.
  int32_t leader_epoch = -1;
  /// The member epoch under which that record was handed out.
  int64_t handed_epoch = 0;

  friend bool operator==(const commit_point&, const commit_point&) = default;
};

/// How pressing a partition's commit is: what `commit_plan` decides on.
struct commit_need {
  /// Records finished since the last request; 0: only a gap was passed.
  uint32_t finished = 0;
  /// No record is out or buffered.
  bool is_idle = false;
  /// The partition is to be given up as soon as this is answered.
  bool is_draining = false;
  /// The last request failed or its outcome is unknown.
  bool is_repeat = false;
  /// A record waits for it (`commit: before`).
  bool is_announced = false;
};

/// One partition on its way through a consumer: the batches fetched ahead, the
/// one record that is out, what is finished, what is committed. Values in,
/// values out; times are any steady clock's.
///
/// A record is *waiting* when it may go, *handed* while the handler has it,
/// *failed* until its retry. With `commits_before` it is first *announced*,
/// until its commit is answered, then *cleared*: a cleared record is handed out
/// even when the partition is paused or draining, since nobody else will.
class in_flight {
public:
  /// Begins at `start.offset`. Buffers up to `ahead_bytes`, fetches up to
  /// `fetch_bytes` at once; a single batch may be larger than both.
  in_flight(const assigned_partition& start, uint64_t ahead_bytes,
            uint64_t fetch_bytes, bool commits_before = false);

  // -- fetching ------------------------------------------------------------

  /// Whether there is room for another fetch, and use for it.
  bool wants_fetch() const noexcept;

  /// Where the next fetch begins...
  int64_t fetch_offset() const noexcept {
    return fetch_offset_;
  }

  /// ... and the leader epoch of the record before, -1: unknown.
  int32_t fetch_epoch() const noexcept {
    return fetch_epoch_;
  }

  uint64_t buffered_bytes() const noexcept {
    return buffered_bytes_;
  }

  /// Buffers what a fetch from `asked_offset` brought; ignores the answer when
  /// the next fetch begins elsewhere by now.
  void take(int64_t asked_offset, const std::vector<record_batch>& batches);

  /// Retention was faster: goes on at `log_start`. Returns how many offsets
  /// are skipped.
  int64_t skip_to(int64_t log_start);

  /// The log was cut at `end`: forgets everything behind it and goes on there.
  void cut_at(int64_t end);

  /// Fetches again what is buffered: a batch was damaged on its way.
  void refetch();

  /// Why no more records can be read from the buffer; none: they can.
  const caf::error& damage() const noexcept {
    return damage_;
  }

  // -- handing out -----------------------------------------------------------

  /// The record that may go now; null: none may.
  const placed_record* next(caf::timespan now);

  /// Whether `next` has to be announced, not handed.
  bool must_announce() const noexcept {
    return commits_before_ && phase_ == phase::waiting;
  }

  /// Whether a record's commit was accepted already (`commits_before`), so that
  /// its hand-out is owed.
  bool is_cleared() const noexcept {
    return phase_ == phase::cleared;
  }

  /// Asks for the commit of the record before it goes.
  void announce(int64_t member_epoch);

  /// The record is with the handler; returns the attempt, from 1.
  uint32_t hand(int64_t member_epoch);

  /// The record that is out; its content may be borrowed, to be given back
  /// before anything else happens here.
  placed_record& handed() noexcept {
    return record_;
  }

  const placed_record& handed() const noexcept {
    return record_;
  }

  /// The handler is done with the record. False: the log was cut below it
  /// meanwhile, the result means nothing.
  bool finish();

  /// The handler failed: the record goes again at `retry_at`. False as above.
  bool fail(caf::timespan retry_at);

  /// Gives up the record that is out: it stays uncommitted.
  void abandon();

  /// Whether a record is announced, cleared or handed.
  bool is_out() const noexcept {
    return phase_ == phase::announced || phase_ == phase::cleared
           || phase_ == phase::handed;
  }

  /// How often the record that is out was handed out.
  uint32_t attempts() const noexcept {
    return attempts_;
  }

  bool is_handed() const noexcept {
    return phase_ == phase::handed;
  }

  /// What is with the handler was cut from the log: its result means nothing.
  bool is_void() const noexcept {
    return is_void_;
  }

  /// When a failed record goes again.
  std::optional<caf::timespan> retry_at() const noexcept;

  /// The next offset to hand out.
  int64_t position() const noexcept {
    return position_;
  }

  /// The offset after the last record that was handed out, -1: none was.
  int64_t handed_next() const noexcept {
    return handed_next_;
  }

  void set_paused(bool x) noexcept {
    is_paused_ = x;
  }

  bool is_paused() const noexcept {
    return is_paused_;
  }

  // -- committing ------------------------------------------------------------

  /// What can be committed now; `member_epoch` stands for 'when it was passed'
  /// of a gap before the first record.
  commit_point uncommitted(int64_t member_epoch) const noexcept;

  commit_need need() const noexcept;

  /// A commit of `next` is on its way.
  void ask(int64_t next) noexcept;

  /// It was accepted; an announced record is cleared by it.
  void accept() noexcept;

  /// It failed for now or its outcome is unknown: to be asked again.
  void repeat() noexcept;

  /// Whether a commit waits for its answer.
  bool is_asking() const noexcept {
    return asked_next_ >= 0;
  }

  /// The next offset to commit as far as known, -1: null.
  int64_t committed_next() const noexcept {
    return committed_next_;
  }

  // -- giving up
  // ---------------------------------------------------------------

  /// Hands out nothing more: what is buffered or waits for its retry is
  /// forgotten.
  void drain();

  bool is_draining() const noexcept {
    return is_draining_;
  }

  /// Nothing is out, everything finished is committed.
  bool is_drained() const noexcept;

private:
  enum class phase : uint8_t {
    none,
    waiting,
    announced,
    cleared,
    handed,
    failed,
  };

  void clear_buffer();

  /// Reads on to the next record to hand out; false: there is none.
  bool decode();

  uint64_t ahead_bytes_;
  uint64_t fetch_bytes_;
  bool commits_before_;
  bool is_paused_;
  bool is_draining_ = false;

  std::deque<record_batch> batches_;
  /// Reads the first of `batches_`.
  std::optional<record_reader> reader_;
  uint64_t buffered_bytes_ = 0;
  int64_t fetch_offset_;
  int32_t fetch_epoch_;
  caf::error damage_;

  phase phase_ = phase::none;
  placed_record record_;
  int32_t record_epoch_ = -1;
  int64_t out_epoch_ = 0;
  uint32_t attempts_ = 0;
  caf::timespan retry_at_{0};
  /// The log was cut below the record that is with the handler.
  bool is_void_ = false;
  int64_t position_;
  int64_t handed_next_ = -1;

  /// Everything below is finished or can never be delivered.
  commit_point passed_;
  /// The first record that was finished; -1: none.
  int64_t first_finished_ = -1;
  uint32_t finished_unasked_ = 0;
  int64_t asked_next_ = -1;
  int64_t committed_next_;
  bool is_repeat_ = false;
};

} // namespace troupe
