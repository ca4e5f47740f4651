#include "runtime/cli/signals.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "actors/protocol/errors.hpp"

namespace troupe::cli {

namespace {

sigset_t stop_set() {
  sigset_t result;
  sigemptyset(&result);
  sigaddset(&result, SIGTERM);
  sigaddset(&result, SIGINT);
  return result;
}

} // namespace

stop_signals::stop_signals() {
  auto set = stop_set();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // Writing to a reader that has gone is an error of the write, not the end.
  std::signal(SIGPIPE, SIG_IGN);
}

int stop_signals::wait(const std::function<bool()>& give_up) const {
  auto set = stop_set();
  constexpr timespec look_interval{0, 100'000'000};
  while (!give_up()) {
    auto signal = sigtimedwait(&set, nullptr, &look_interval);
    if (signal > 0)
      return signal;
  }
  return 0;
}

bool stop_signals::has_come() const {
  auto set = stop_set();
  constexpr timespec no_time{0, 0};
  return sigtimedwait(&set, nullptr, &no_time) > 0;
}

bool output_is_closed() {
  pollfd output{STDOUT_FILENO, 0, 0};
  return poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

caf::error flush_output() {
  if (std::fflush(stdout) == 0 && !std::ferror(stdout))
    return caf::none;
  return make_error(ec::not_available,
                    std::string{"standard output cannot be written: "}
                      + std::strerror(errno));
}

} // namespace troupe::cli
