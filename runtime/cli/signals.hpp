#pragma once

#include <functional>

#include <caf/error.hpp>

namespace troupe::cli {

/// Turns SIGTERM and SIGINT into ordinary events of a program with threads.
/// Made before the first thread: all threads inherit what it blocks.
class stop_signals {
public:
  /// Blocks the signals for this thread and those it starts.
  stop_signals();

  /// Waits for a signal, at most until `give_up` holds, which is looked at a
  /// few times a second; the signal's number, or 0.
  int wait(const std::function<bool()>& give_up) const;

  /// Whether one has come; does not wait.
  bool has_come() const;
};

/// Whether nobody will ever read standard output: it is a pipe whose reader has
/// gone.
bool output_is_closed();

/// Brings out what was printed; the error says why it cannot be.
caf::error flush_output();

} // namespace troupe::cli
