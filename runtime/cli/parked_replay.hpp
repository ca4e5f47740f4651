#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "actors/protocol/interfaces.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/parked_piles.hpp"

namespace troupe::cli {

/// The log of what a group has parked of a topic.
class parked_box {
public:
  static caf::expected<parked_box> open(client& to, const std::string& topic,
                                        const std::string& group);

  /// Reads on to the end as it is now; waits for that long for it to grow.
  caf::error read_on(caf::timespan wait = caf::timespan{0});

  /// Parked letters from `offset` on that `wants` holds for: as many as go in
  /// one post. Empty: there are none.
  caf::expected<std::vector<parked_letter>> letters_from(
    int64_t offset, const std::function<bool(const dead_letter&)>& wants);

  /// Deletes what is of no use any more.
  caf::error tidy();

  const parked_piles& piles() const noexcept {
    return piles_;
  }

  /// Of the log.
  const std::string& topic() const noexcept {
    return topic_;
  }

private:
  parked_box(client& to, std::string topic, parked_piles piles)
    : to_(&to), topic_(std::move(topic)), piles_(std::move(piles)) {}

  client* to_;
  std::string topic_;
  partition_actor log_;
  int64_t begin_ = 0;
  parked_piles piles_;
};

struct parked_replay_options {
  std::string topic;
  std::string group;
  /// None: all.
  std::optional<std::string> key;
  int32_t partition = -1;
  /// The group may go on for that long without committing one of them.
  std::chrono::milliseconds timeout{0};
};

struct parked_replay_result {
  /// Letters that were handled again.
  uint64_t replayed = 0;
  /// Of the keys that were meant.
  uint64_t still_parked = 0;
  /// Why it ended early; empty: it did not.
  std::string problem;
};

/// Those that are to be brought back.
std::vector<parked_pile> meant(const parked_box& box,
                               const parked_replay_options& options);

/// Brings keys back, in their order. An error: the node refused something.
caf::expected<parked_replay_result> replay_parked(
  client& to, parked_box& box, const parked_replay_options& options);

} // namespace troupe::cli
