#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace troupe::testing {

/// What a program printed, and how it ended.
struct outcome {
  /// 128 + the signal when a signal ended it; -1: it took too long.
  int exit_code = -1;
  std::string out;
  std::string err;
};

/// A program of this project as a process. Killed, at the latest, with this, or
/// with the thread that started it.
class process {
public:
  /// Starts the program with standard input from a string; output goes to files
  /// below `directory`. `network`: the descriptor of a network namespace to run
  /// it in; -1: that of this process.
  process(const std::string& directory, const std::string& name,
          const std::string& program, const std::vector<std::string>& args,
          const std::string& input = {}, int network = -1);

  ~process();

  process(const process&) = delete;
  process& operator=(const process&) = delete;

  void send(int signal);

  pid_t pid() const {
    return pid_;
  }

  /// Waits for its end, at most `bound`.
  outcome wait(std::chrono::seconds bound);

  bool is_running();

  std::string out() const;
  std::string err() const;

private:
  pid_t pid_ = -1;
  int status_ = 0;
  bool is_reaped_ = false;
  std::string out_;
  std::string err_;
};

/// Looks at `done` until it holds, at most `bound`; whether it holds.
bool eventually(const std::function<bool()>& done,
                std::chrono::milliseconds bound);

/// A port of the loopback interface that nobody listens on.
uint16_t free_port();

} // namespace troupe::testing
