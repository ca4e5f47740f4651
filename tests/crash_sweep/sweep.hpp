#pragma once

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <string>

#include "runtime/simulation/memory_files.hpp"

/// A crash at every input or output that a workload makes: before each change
/// of the disk a copy of it is taken, treated as the crash would treat it, and
/// given to a check, which opens it with the product's own code. So the
/// workload runs once, whatever the number of its I/Os.
namespace troupe::crash_sweep {

/// How the machine or the process ends.
enum class ending : uint8_t {
  /// Here, with all that was written: a killed process.
  cut,
  /// With any blocks of what was not synced, and any names.
  torn,
  /// With nothing that was not synced.
  lost,
};

inline const char* to_string(ending x) {
  return x == ending::cut ? "cut" : x == ending::torn ? "torn" : "lost";
}

using disk_ptr = std::shared_ptr<simulation::memory_files>;

/// Where in the sweep a check is: what it says on failure.
struct point {
  uint64_t io = 0;
  ending how = ending::cut;
  /// Which file the I/O that did not happen was for.
  std::string path;
  /// For a check's own choices; the same in every run.
  std::mt19937_64 random;
};

using check = std::function<void(const disk_ptr& left, point& at)>;

struct figures {
  uint64_t ios = 0;
  uint64_t crashes = 0;
};

/// With TROUPE_SWEEP=all in the environment every I/O is tried.
inline bool sweeps_all() {
  const auto* value = std::getenv("TROUPE_SWEEP");
  return value && std::string{value} == "all";
}

/// Lets `judge` look at what is left of `disk`, at each I/O from now on whose
/// number `stride` divides, while this lives.
class sweeper {
public:
  sweeper(disk_ptr disk, uint64_t stride, check judge)
    : disk_(std::move(disk)), stride_(sweeps_all() ? 1 : stride),
      judge_(std::move(judge)) {
    disk_->before_change([this](const std::string& path) { look(path); });
  }

  ~sweeper() {
    disk_->before_change(nullptr);
  }

  sweeper(const sweeper&) = delete;
  sweeper& operator=(const sweeper&) = delete;

  figures done;

private:
  void look(const std::string& path) {
    if (done.ios++ % stride_ != 0)
      return;
    for (auto how : {ending::cut, ending::torn, ending::lost}) {
      point at{done.ios, how, path, std::mt19937_64{done.ios * 3}};
      auto left = disk_->copy();
      using simulation::power_cut;
      auto block = at.random() % 2 == 0 ? 512u : 4096u;
      if (how == ending::torn)
        left->crash({power_cut::unsynced::blocks, block}, at.random);
      else if (how == ending::lost)
        left->crash();
      ++done.crashes;
      judge_(left, at);
    }
  }

  disk_ptr disk_;
  uint64_t stride_;
  check judge_;
};

/// A crash during the recovery of `left`, too, at one of its first I/Os; then
/// `judge` sees what two crashes left.
template <class Open>
void crash_again(const disk_ptr& left, point& at, Open open) {
  left->stop_after(at.random() % 12);
  open();
  using simulation::power_cut;
  left->crash({power_cut::unsynced::blocks, 512}, at.random);
}

} // namespace troupe::crash_sweep
