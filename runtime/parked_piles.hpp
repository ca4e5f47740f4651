#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/consumer/dead_letter.hpp"
#include "actors/protocol/record_batch.hpp"

namespace troupe {

/// A letter in its place in the log of parked records.
struct parked_letter {
  int64_t offset = 0;
  dead_letter what;
};

/// The letters of a key that are parked: a pile.
struct parked_pile {
  int32_t partition = 0;
  /// Null: records without one, which park only themselves.
  bytes key;
  uint64_t letters = 0;
  /// Offsets in the log of parked records.
  int64_t first = 0;
  int64_t last = 0;
  /// Why the newest one failed of those that were tried.
  std::string reason;
};

/// All letters of a topic and group that are parked, for whoever shows them or
/// brings them back: like `parked_keys`, which knows only of which keys there
/// are some. Values in, values out.
class parked_piles {
public:
  parked_piles(std::string topic, std::string group);

  /// The offset from which on the log is still to be read.
  int64_t position() const noexcept {
    return position_;
  }

  /// What stands in the log, in its order; none is taken twice.
  void take(const placed_record& x);

  /// All before `end` was read.
  void pass(int64_t end);

  /// All of them, by partition and key.
  std::vector<parked_pile> all() const;

  /// The record as a letter that is parked; none: it is something else, or was
  /// brought back.
  std::optional<dead_letter> letter_in(const placed_record& x) const;

  /// What stands before is of no use any more.
  int64_t needed_from() const;

private:
  struct contents {
    std::deque<int64_t> letters;
    std::string reason;
  };

  /// Without a key: 0 and nothing.
  using pile_name = std::pair<int32_t, std::pair<bool, std::string>>;

  static pile_name name_of(int32_t partition, const bytes& key);

  std::string topic_;
  std::string group_;
  int64_t position_ = 0;
  /// The first record that is of others.
  std::optional<int64_t> foreign_;
  std::map<pile_name, contents> piles_;
};

} // namespace troupe
