#include "runtime/http/board.hpp"

#include <utility>

namespace troupe::http {

board::board(maker make, uint32_t watchers_max, std::chrono::milliseconds pause)
  : make_(std::move(make)), watchers_max_(watchers_max), pause_(pause),
    thread_([this] { run(); }) {
  // nop
}

board::~board() {
  close();
  thread_.join();
}

bool board::join() {
  std::lock_guard guard{mutex_};
  if (is_closed_ || watchers_ >= watchers_max_)
    return false;
  ++watchers_;
  changed_.notify_all();
  return true;
}

void board::leave() {
  std::lock_guard guard{mutex_};
  --watchers_;
}

std::optional<board::page> board::next(uint64_t number) {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [&] { return is_closed_ || now_.number > number; });
  if (is_closed_)
    return std::nullopt;
  return now_;
}

void board::close() {
  std::lock_guard guard{mutex_};
  is_closed_ = true;
  changed_.notify_all();
}

void board::run() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [&] { return is_closed_ || watchers_ > 0; });
    if (is_closed_)
      return;
    lock.unlock();
    auto text = make_();
    lock.lock();
    ++now_.number;
    now_.text = std::move(text);
    changed_.notify_all();
    changed_.wait_for(lock, pause_, [&] { return is_closed_; });
  }
}

} // namespace troupe::http
