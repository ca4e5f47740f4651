#pragma once

#include <string>
#include <string_view>
#include <vector>

/// What reads bytes or text that comes from outside, each with what must hold
/// whatever comes.
namespace troupe::fuzz {

/// A reader under test.
struct target {
  const char* name;

  /// Reads `input`; whether it was accepted. Throws `broken_promise` when it
  /// was handled wrongly: refusing it is right, believing damage is not.
  bool (*run)(std::string_view input);

  /// Makes the checksums in `input` right, so that changes get behind them.
  /// Null: there are none.
  std::string (*repair)(std::string input);

  /// Inputs to begin with: what the program itself writes.
  std::vector<std::string> (*seeds)();
};

/// All of them, by name.
const std::vector<target>& all_targets();

/// Throws when there is none of that name.
const target& find_target(std::string_view name);

/// Throws `broken_promise` with this text unless `holds`.
void must(bool holds, const std::string& promise);

// -- the targets, a source each
// ------------------------------------------------

extern const target codecs;
extern const target commands;
extern const target data_directories;
extern const target group_images;
extern const target log_files;
extern const target logs;
extern const target messages;
extern const target quorum;
extern const target record_batches;
extern const target scenarios;
extern const target settings_files;
extern const target shards;
extern const target texts;

} // namespace troupe::fuzz
