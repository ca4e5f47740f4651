#include "runtime/cli/signals.hpp"

#include <csignal>
#include <ctime>

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

} // namespace troupe::cli
