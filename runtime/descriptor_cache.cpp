#include "runtime/descriptor_cache.hpp"

#include <algorithm>
#include <utility>

#include <sys/resource.h>

namespace troupe {

namespace {

/// What sockets, directories and standard streams need, at least.
constexpr size_t kept_free_min = 128;
constexpr size_t open_min = 16;
/// More open files than this help nobody.
constexpr size_t open_files_bound = 100'000;

} // namespace

size_t open_files_max() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return open_min;
  if (limit.rlim_cur < limit.rlim_max) {
    auto raised = limit;
    raised.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0)
      limit = raised;
  }
  auto all =
    static_cast<size_t>(std::min<rlim_t>(limit.rlim_cur, 2 * open_files_bound));
  auto kept_free = std::max(all / 4, kept_free_min);
  return std::clamp(all > kept_free ? all - kept_free : 0, open_min,
                    open_files_bound);
}

void descriptor_cache::add(entry& x) {
  std::lock_guard guard{mutex_};
  x.place_ = open_.insert(open_.end(), &x);
  x.is_listed_ = true;
  while (open_.size() > open_max_ && close_one(&x))
    ;
}

void descriptor_cache::remove(entry& x) {
  std::lock_guard guard{mutex_};
  if (std::exchange(x.is_listed_, false))
    open_.erase(x.place_);
}

bool descriptor_cache::make_room() {
  std::lock_guard guard{mutex_};
  return close_one(nullptr);
}

size_t descriptor_cache::size() const {
  std::lock_guard guard{mutex_};
  return open_.size();
}

bool descriptor_cache::close_one(const entry* spared) {
  // One with unsynced bytes has to be synced first: only when there is no
  // other.
  return close_one(spared, false) || close_one(spared, true);
}

bool descriptor_cache::close_one(const entry* spared, bool force) {
  // What was used gets a second chance when the hand first comes by.
  for (auto left = 2 * open_.size(); left > 0; --left) {
    auto& x = *open_.front();
    if (&x != spared && !x.was_used() && x.give_up(force)) {
      x.is_listed_ = false;
      open_.pop_front();
      return true;
    }
    open_.splice(open_.end(), open_, open_.begin());
  }
  return false;
}

} // namespace troupe
