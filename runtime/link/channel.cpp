#include "runtime/link/channel.hpp"

namespace troupe::link {

bool channel::is_full(uint64_t bytes) const {
  std::lock_guard guard{mutex_};
  return unanswered_ > 0 && unanswered_ + bytes > limits_.window_bytes;
}

channel::verdict channel::put(buffer message) {
  return put(std::move(message), limits_.window_bytes, false);
}

channel::verdict channel::put_reserved(buffer message) {
  auto bound = limits_.window_bytes;
  if (message.size() <= limits_.small_bytes)
    bound += limits_.reserve_bytes;
  return put(std::move(message), bound, true);
}

channel::verdict channel::put(buffer message, uint64_t bound, bool must_go) {
  auto result = verdict::taken;
  bool is_first = false;
  {
    std::lock_guard guard{mutex_};
    if (!is_open_)
      return verdict::closed;
    if (unanswered_ > 0 && unanswered_ + message.size() > bound) {
      if (!must_go || is_stuck_)
        return verdict::full;
      is_stuck_ = true;
      is_first = true;
      result = verdict::full;
    } else {
      unanswered_ += message.size();
      is_first = waiting_.empty();
      waiting_.push_back(std::move(message));
    }
  }
  wake_if(is_first);
  return result;
}

void channel::put_control(buffer frame) {
  bool is_first = false;
  {
    std::lock_guard guard{mutex_};
    if (!is_open_)
      return;
    is_first = waiting_.empty();
    waiting_.push_back(std::move(frame));
  }
  wake_if(is_first);
}

void channel::wake_if(bool is_first) {
  if (is_first)
    wake_();
}

std::vector<buffer> channel::take() {
  std::lock_guard guard{mutex_};
  return std::exchange(waiting_, {});
}

bool channel::answered(uint64_t bytes) {
  std::lock_guard guard{mutex_};
  if (bytes > unanswered_)
    return false;
  unanswered_ -= bytes;
  return true;
}

uint64_t channel::unanswered() const {
  std::lock_guard guard{mutex_};
  return unanswered_;
}

bool channel::is_stuck() const {
  std::lock_guard guard{mutex_};
  return is_stuck_;
}

bool channel::is_open() const {
  std::lock_guard guard{mutex_};
  return is_open_;
}

void channel::close() {
  std::lock_guard guard{mutex_};
  is_open_ = false;
  waiting_.clear();
}

} // namespace troupe::link
