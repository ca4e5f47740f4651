#pragma once

#include <cstdint>
#include <string>

#include "config/settings.hpp"

namespace troupe::storage {

/// What a look at the disk found.
struct disk_space {
  /// Bytes that can still be written.
  uint64_t free_bytes = 0;
  /// Bytes of all logs together.
  uint64_t used_bytes = 0;
};

/// Decides from what is seen of the disk whether records are taken. Once they
/// are refused, they are until there is a sixteenth of the limit more room than
/// it asks for, so that it does not change back and forth.
class quota {
public:
  explicit quota(const storage_settings& limits) : limits_(limits) {}

  /// The disk is like this now.
  void look(const disk_space& x);

  /// What was allowed is used up, before the next look.
  void use_up() noexcept {
    is_full_ = true;
  }

  /// Whether there is anything to look for.
  bool has_limits() const noexcept {
    return limits_.free_min > 0 || limits_.quota > 0;
  }

  bool is_full() const noexcept {
    return is_full_;
  }

  /// Bytes that may be appended until the next look.
  uint64_t allowance() const noexcept;

  /// Which limit is reached, by what, and what to do.
  std::string why() const;

private:
  storage_settings limits_;
  disk_space seen_;
  bool is_full_ = false;
};

} // namespace troupe::storage
