#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "actors/protocol/record_batch.hpp"

namespace troupe {

/// Says in the log of a group's parked records that those of a key that stand
/// before `before` were brought back: a record with that key, no value, and
/// headers that begin with `parked-release-`.
struct release_marker {
  std::string topic;
  int32_t partition = 0;
  std::string group;
  /// Null: records without a key.
  bytes key;
  /// An offset of the log that it stands in.
  int64_t before = 0;

  friend bool operator==(const release_marker&,
                         const release_marker&) = default;
};

record to_record(const release_marker& x);

/// None: it is no release marker.
std::optional<release_marker> read_release_marker(const record& x);

/// Which keys of a topic are parked by a group: those that have a letter in its
/// log of parked records at or behind their newest marker's `before`. Letters
/// and markers come in the order of that log, and none twice; what this
/// consumer posts may come sooner, by `posted`. Values in, values out.
class parked_keys {
public:
  /// Of each partition of `topic` at most `keys_max`: see `has_room`.
  parked_keys(std::string topic, std::string group, size_t keys_max);

  /// The offset from which on the log is still to be read.
  int64_t position() const noexcept {
    return position_;
  }

  /// Knows nothing any more, and reads from the beginning of the log.
  void reset();

  /// A letter, a marker, or what is neither.
  void take(const placed_record& x);

  /// All before `end` was read.
  void pass(int64_t end);

  /// The log begins there now: letters before are gone, and park nothing.
  void cut_before(int64_t log_start);

  /// A letter is in the log at `offset`; it may have been read already, with
  /// markers behind it.
  void posted(int32_t partition, const bytes& key, int64_t offset);

  /// Never for a record without a key: it parks only itself.
  bool contains(int32_t partition, const bytes& key) const;

  /// Whether one more key may be parked. What is in the log counts, come what
  /// may.
  bool has_room(int32_t partition) const;

  /// How many keys are parked.
  size_t size() const;

private:
  /// By key: the offset of its last letter.
  using key_map = std::map<std::string, int64_t, std::less<>>;

  std::string topic_;
  std::string group_;
  size_t keys_max_;
  int64_t position_ = 0;
  int64_t log_start_ = 0;
  std::map<int32_t, key_map> parked_;
};

} // namespace troupe
