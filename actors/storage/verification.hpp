#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <caf/expected.hpp>

#include "actors/storage/files.hpp"

namespace troupe::storage {

/// Something that was found in the directory of a log.
struct finding {
  /// Records are damaged or missing, or what is known of them is: the log does
  /// not open, or not all of it can be read. False: nothing is lost, for people
  /// to know.
  bool is_damage = false;
  /// Relative to the data directory.
  std::string file;
  /// Where in it, and how many bytes from there to the next that is intact.
  uint64_t position = 0;
  uint64_t bytes = 0;
  /// The first offset that is concerned, -1: none.
  int64_t offset = -1;
  std::string text;
};

/// What the directory of a log holds.
struct verification {
  static constexpr size_t findings_max = 1'000;

  std::string directory;
  int64_t start = 0;
  /// Behind the last batch that is intact.
  int64_t end = 0;
  uint32_t segments = 0;
  uint64_t bytes = 0;
  uint64_t batches = 0;
  uint64_t records = 0;
  /// The first `findings_max`, and how many of all are damage.
  std::vector<finding> findings;
  uint64_t damages = 0;

  void add(finding x);
};

/// Reads all of the log in `directory`, every batch and every record, and what
/// is written of it beside; changes nothing. `on_progress` is called with the
/// number of bytes read since its last call. Fails only when the disk refuses
/// to list or read.
caf::expected<verification> verify_log(
  files& disk, const std::string& directory,
  const std::function<void(uint64_t)>& on_progress = nullptr);

/// Whether a directory with these names in it is one of a log.
bool is_log_directory(const std::vector<std::string>& names);

} // namespace troupe::storage
