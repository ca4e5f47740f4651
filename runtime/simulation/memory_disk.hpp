#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>

#include "actors/protocol/errors.hpp"
#include "runtime/simulation/memory_files.hpp"

namespace troupe::simulation {

/// What a name stands for.
struct memory_node {
  bool is_directory = false;
  /// As the running system sees it, and as a power cut would leave it.
  std::string content;
  std::string synced;
  /// Bytes that a failed sync gave up on: the system holds them for written, no
  /// later sync writes them.
  size_t given_up_begin = 0;
  size_t given_up_end = 0;
};

using memory_node_ptr = std::shared_ptr<memory_node>;
using memory_names = std::map<std::string, memory_node_ptr>;

/// The directory that holds `path`; the root is the empty path.
inline std::string parent_of(const std::string& path) {
  auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string{} : path.substr(0, slash);
}

inline bool is_inside(const std::string& path, const std::string& directory) {
  return path.size() > directory.size() && path.starts_with(directory)
         && path[directory.size()] == '/';
}

/// The disk itself: names and contents, what of them is durable, and the faults
/// it is told to have.
struct memory_files::disk {
  /// Names as the running system sees them, and as a power cut leaves them.
  memory_names live;
  memory_names durable;
  /// Grows with each crash: handles from before are dead.
  uint64_t life = 0;
  bool syncs_fail = false;
  bool appends_fail = false;
  bool locked = false;
  uint64_t capacity = std::numeric_limits<uint64_t>::max();
  uint64_t changes_left = std::numeric_limits<uint64_t>::max();
  uint64_t syncs = 0;

  /// Every change asks here first.
  caf::error permit_change(const std::string& path) {
    if (changes_left == 0)
      return make_error(ec::storage_failed, path + ": the machine has stopped");
    --changes_left;
    return caf::none;
  }

  uint64_t used() const {
    uint64_t result = 0;
    for (const auto& [path, x] : live)
      result += x->content.size();
    return result;
  }

  memory_node_ptr find(const std::string& path) const {
    auto i = live.find(path);
    return i == live.end() ? nullptr : i->second;
  }

  bool has_directory(const std::string& path) const {
    if (path.empty())
      return true;
    auto x = find(path);
    return x && x->is_directory;
  }

  void make_names_durable(const std::string& directory) {
    auto in_it = [&](const auto& x) { return parent_of(x.first) == directory; };
    std::erase_if(durable, in_it);
    for (const auto& x : live)
      if (in_it(x))
        durable.insert(x);
  }

  /// Goes on with the durable names that can still be reached.
  void restart() {
    live.clear();
    // Sorted: a directory comes before what it holds.
    for (const auto& [path, x] : durable)
      if (has_directory(parent_of(path)))
        live.emplace(path, x);
    durable = live;
    for (auto& [path, x] : live) {
      x->content = x->synced;
      x->given_up_begin = x->given_up_end = 0;
    }
    new_life();
  }

  void new_life() {
    ++life;
    locked = false;
    changes_left = std::numeric_limits<uint64_t>::max();
  }
};

} // namespace troupe::simulation
