#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "runtime/link/frame.hpp"
#include "runtime/link/limits.hpp"

namespace troupe::link {

/// What waits to be sent over one link, and how much of what was sent the other
/// side has not taken: the window. Many threads put, the link takes.
class channel {
public:
  enum class verdict : uint8_t {
    taken,
    /// Nothing of it is kept.
    full,
    closed,
  };

  /// `wake` is called, by any thread, when there is something to take after
  /// there was nothing.
  channel(const limits& bounds, std::function<void()> wake)
    : limits_(bounds), wake_(std::move(wake)) {}

  /// Whether a message of this size would be refused now.
  bool is_full(uint64_t bytes) const;

  /// A message within the window.
  verdict put(buffer message);

  /// A message that must not be lost: small ones may use the reserve, too. If
  /// there is no room for it, the link `is_stuck`.
  verdict put_reserved(buffer message);

  /// A frame of the link itself.
  void put_control(buffer frame);

  /// Everything that waits, in order.
  std::vector<buffer> take();

  /// The other side's actors took so many bytes; false: more than were sent.
  bool answered(uint64_t bytes);

  uint64_t unanswered() const;

  /// The other side does not even take what may not be lost.
  bool is_stuck() const;

  bool is_open() const;

  /// Drops what waits.
  void close();

private:
  verdict put(buffer message, uint64_t bound, bool must_go);
  void wake_if(bool is_first);

  const limits limits_;
  std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::vector<buffer> waiting_;
  uint64_t unanswered_ = 0;
  bool is_stuck_ = false;
  bool is_open_ = true;
};

} // namespace troupe::link
