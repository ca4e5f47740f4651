#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include "actors/storage/files.hpp"
#include "actors/storage/quota.hpp"
#include "actors/storage/room.hpp"

namespace troupe {

/// The room on the disk behind a node's data directory. Appends only count down
/// what the last look allowed; the looks are made by `disk_watch`.
class disk_room final : public storage::room {
public:
  disk_room(storage::files_ptr disk, const storage_settings& limits);

  /// Looks at the disk.
  void look();

  caf::error take(uint64_t bytes) override;

  void grow(int64_t bytes) override;

  /// Whether there is a limit that can be reached.
  bool is_bounded() const noexcept {
    return is_bounded_;
  }

  /// Why no records are taken; empty when they are.
  std::string problem() const;

  /// As the last look found it; the largest number: not known.
  uint64_t free_bytes() const noexcept {
    return free_.load(std::memory_order_relaxed);
  }

  /// Bytes of all logs.
  uint64_t used_bytes() const noexcept;

private:
  storage::files_ptr disk_;
  bool is_bounded_ = false;
  std::atomic<int64_t> used_{0};
  std::atomic<uint64_t> free_{0};
  /// Bytes that may be appended until the next look.
  std::atomic<int64_t> left_{0};
  mutable std::mutex mutex_;
  /// Behind the mutex.
  storage::quota quota_;
  std::string failure_;
};

/// Has `room` look at the disk again and again. The calls are short: they ask
/// the kernel for what it has in memory.
caf::actor spawn_disk_watch(caf::actor_system& system,
                            std::shared_ptr<disk_room> room,
                            milliseconds interval);

} // namespace troupe
