#pragma once

#include <cstdint>

#include "actors/protocol/group_messages.hpp"

namespace troupe {

/// Told, inside a consumer, of what it holds and commits: for programs that
/// keep something for each partition. It must not block; between `on_assigned`
/// and the end of the holding all is about one partition and in order. When the
/// consumer itself ends, it holds nothing any more and says nothing.
class consumer_listener {
public:
  virtual ~consumer_listener() = default;

  /// The partition is this consumer's, and goes on at `x.offset`.
  virtual void on_assigned(const assigned_partition&) {}

  /// It has been drained and is given up.
  virtual void on_released(const topic_partition&) {}

  /// It is lost without a word: somebody else may have it already.
  virtual void on_lost(const topic_partition&) {}

  /// Records before `next` are about to be committed...
  virtual void on_commit(const topic_partition&, int64_t /* next */) {}

  /// ... and this is the answer, `ec::none` when they are. It does not come
  /// when the coordinator is lost meanwhile: then they may be or not.
  virtual void on_committed(const topic_partition&, int64_t /* next */,
                            ec /* outcome */) {}
};

} // namespace troupe
