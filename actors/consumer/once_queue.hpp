#pragma once

#include <cstddef>
#include <deque>

namespace troupe {

/// A queue in which each element stands at most once, marked by a flag of its
/// own: so that a thousand elements cost nothing while nothing happens to them.
/// It does not own them: whoever ends one takes it out before.
template <class T, bool T::*is_in>
class once_queue {
public:
  /// Puts `x` at the end, unless it is in the queue.
  void push(T& x) {
    if (x.*is_in)
      return;
    x.*is_in = true;
    queue_.push_back(&x);
  }

  /// Takes the first one out; there is one.
  T& pop() {
    auto& result = *queue_.front();
    queue_.pop_front();
    result.*is_in = false;
    return result;
  }

  /// Puts one that was taken out back to the front.
  void push_front(T& x) {
    if (x.*is_in)
      return;
    x.*is_in = true;
    queue_.push_front(&x);
  }

  void erase(T& x) {
    if (!(x.*is_in))
      return;
    x.*is_in = false;
    std::erase(queue_, &x);
  }

  bool empty() const noexcept {
    return queue_.empty();
  }

  size_t size() const noexcept {
    return queue_.size();
  }

private:
  std::deque<T*> queue_;
};

} // namespace troupe
