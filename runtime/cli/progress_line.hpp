#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <caf/error.hpp>

namespace troupe::cli {

/// How far a long piece of work is, as one line on standard error that is
/// written anew: 'copied 1.2 GiB of 3.4 GiB (35%), 80.0 MiB/s'. Where no person
/// looks on, a line every few seconds. Also keeps the work to a pace.
class progress_line {
public:
  /// `verb` is what is done to `total` bytes; at most `bytes_per_second` of
  /// them, 0: no bound.
  progress_line(std::string verb, uint64_t total, uint64_t bytes_per_second);

  /// Leaves the line behind, when there is one.
  ~progress_line();

  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;

  /// So many more bytes are done. Waits when that was too fast.
  caf::error add(uint64_t bytes);

private:
  using clock = std::chrono::steady_clock;

  void show(clock::time_point now);

  std::string verb_;
  uint64_t total_;
  uint64_t bytes_per_second_;
  uint64_t done_ = 0;
  bool is_terminal_;
  bool is_shown_ = false;
  clock::time_point begin_;
  clock::time_point shown_;
};

} // namespace troupe::cli
