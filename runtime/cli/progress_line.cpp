#include "runtime/cli/progress_line.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "runtime/cli/table.hpp"

namespace troupe::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto terminal_interval = 200ms;
constexpr auto other_interval = 5s;

double seconds(std::chrono::steady_clock::duration x) {
  return std::chrono::duration<double>(x).count();
}

} // namespace

progress_line::progress_line(std::string verb, uint64_t total,
                             uint64_t bytes_per_second)
  : verb_(std::move(verb)), total_(total), bytes_per_second_(bytes_per_second),
    is_terminal_(isatty(STDERR_FILENO) == 1), begin_(clock::now()),
    shown_(begin_) {}

progress_line::~progress_line() {
  if (is_terminal_ && is_shown_)
    std::fputs("\n", stderr);
}

caf::error progress_line::add(uint64_t bytes) {
  done_ += bytes;
  if (bytes_per_second_ > 0)
    std::this_thread::sleep_until(
      begin_
      + std::chrono::duration_cast<clock::duration>(
        std::chrono::duration<double>(
          static_cast<double>(done_)
          / static_cast<double>(bytes_per_second_))));
  auto now = clock::now();
  if (now - shown_ >= (is_terminal_ ? clock::duration{terminal_interval}
                                    : clock::duration{other_interval}))
    show(now);
  return caf::none;
}

void progress_line::show(clock::time_point now) {
  shown_ = now;
  is_shown_ = true;
  auto total = std::max(total_, done_);
  auto text = fmt::format(
    "{} {} of {} ({}%), {}/s", verb_, show_bytes(done_), show_bytes(total),
    total == 0 ? 100 : done_ * 100 / total,
    show_bytes(static_cast<uint64_t>(static_cast<double>(done_)
                                     / std::max(seconds(now - begin_), 1e-3))));
  // Behind a shorter line the rest of the one before is cleared.
  fmt::print(stderr, "{}{}{}", is_terminal_ ? "\r" : "", text,
             is_terminal_ ? "\033[K" : "\n");
  std::fflush(stderr);
}

} // namespace troupe::cli
