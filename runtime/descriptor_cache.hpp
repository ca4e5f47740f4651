#pragma once

#include <atomic>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>

namespace troupe {

/// How many files this process may keep open, with descriptors left for all
/// else. Raises the process's limit as far as it may go first.
size_t open_files_max();

/// Bounds how many files are open at once: for one more, another that has not
/// been used for a while is closed; it opens again when it is used. Any thread
/// may use it.
class descriptor_cache {
public:
  /// A file that can be closed behind its owner's back. Its owner removes it
  /// before it goes.
  class entry {
  public:
    virtual ~entry() = default;

  private:
    friend class descriptor_cache;

    /// Closes the descriptor unless it is in use, or has unsynced bytes and
    /// `force` is not set; whether it is closed now.
    virtual bool give_up(bool force) = 0;

    /// Whether it was used since the last call.
    virtual bool was_used() = 0;

    std::list<entry*>::iterator place_;
    bool is_listed_ = false;
  };

  explicit descriptor_cache(size_t open_max) : open_max_(open_max) {}

  /// Takes note of a file that is open now; others are closed for it.
  void add(entry& x);

  /// Forgets a file.
  void remove(entry& x);

  /// Closes a file, for there is no descriptor left; whether one was closed.
  bool make_room();

  size_t size() const;

private:
  bool close_one(const entry* spared);
  bool close_one(const entry* spared, bool force);

  const size_t open_max_;
  mutable std::mutex mutex_;
  /// In the order in which the hand of the clock comes by.
  std::list<entry*> open_;
};

using descriptor_cache_ptr = std::shared_ptr<descriptor_cache>;

} // namespace troupe
