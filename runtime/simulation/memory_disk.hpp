#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "actors/protocol/errors.hpp"
#include "runtime/simulation/fault_source.hpp"
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

  /// So many bytes at the front are the same in both.
  size_t clean = 0;

  /// Makes the content durable. Costs what is new, not what is there.
  void make_durable() {
    if (given_up_end > 0) {
      synced = written();
    } else {
      synced.resize(clean);
      synced.append(content, clean);
    }
    clean = given_up_end > 0 ? std::min(given_up_begin, content.size())
                             : content.size();
  }

  /// The content as far as it can ever reach the disk.
  std::string written() const {
    auto result = content;
    auto end = std::min(given_up_end, result.size());
    for (auto i = given_up_begin; i < end; ++i)
      result[i] = '\0';
    return result;
  }
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
  fault_source faults;
  std::function<void(const std::string&)> before_change;

  /// Every change asks here first.
  caf::error permit_change(const std::string& path) {
    if (before_change)
      before_change(path);
    if (changes_left == 0)
      return make_error(ec::storage_failed, path + ": the machine has stopped");
    --changes_left;
    return caf::none;
  }

  /// The error of a write of `path` that goes wrong; none: it goes well.
  caf::error fault_of_write(const std::string& path) {
    auto hit = faults.draw(path, {disk_fault::write_fails, disk_fault::full});
    if (!hit)
      return caf::none;
    return hit->what == disk_fault::full
             ? no_room(path)
             : make_error(ec::storage_failed, path + ": input/output error");
  }

  caf::error fault_of_sync(const std::string& path) {
    ++syncs;
    if (!syncs_fail && !faults.draw(path, {disk_fault::sync_fails}))
      return caf::none;
    return make_error(ec::storage_failed,
                      path + ": input/output error on sync");
  }

  /// What a read of `content` from `path` at `position` comes to; `x` is what
  /// lies there.
  caf::expected<std::string> after_faults(const std::string& path,
                                          memory_node& x, size_t position,
                                          std::string content) {
    auto hit =
      faults.draw(path, {disk_fault::read_fails, disk_fault::flip_at_rest,
                         disk_fault::flip_on_read});
    if (!hit)
      return content;
    if (hit->what == disk_fault::read_fails)
      return make_error(ec::storage_failed, path + ": input/output error");
    if (content.empty())
      return content;
    auto at = hit->bit / 8 % content.size();
    auto mask = static_cast<char>(1u << (hit->bit % 8));
    content[at] = static_cast<char>(content[at] ^ mask);
    if (hit->what == disk_fault::flip_at_rest) {
      x.content[position + at] = content[at];
      if (position + at < x.synced.size())
        x.synced[position + at] =
          static_cast<char>(x.synced[position + at] ^ mask);
    }
    return content;
  }

  caf::error no_room(const std::string& path) {
    ++faults.counts.without_room;
    return make_error(ec::storage_full, path + ": no space left on device");
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
    memory_names gone;
    for (auto i = durable.begin(); i != durable.end();)
      if (auto x = i++; in_it(*x) && find(x->first) != x->second)
        gone.insert(durable.extract(x));
    for (const auto& x : live)
      if (in_it(x))
        durable.insert(x);
    for (const auto& [path, x] : gone)
      if (x->is_directory)
        move_durable(path, x);
  }

  /// What is in a directory goes with it to its new name: another one of its
  /// old name has nothing of it.
  void move_durable(const std::string& from, const memory_node_ptr& x) {
    memory_names moved;
    for (auto i = durable.lower_bound(from + "/");
         i != durable.end() && is_inside(i->first, from);)
      moved.insert(durable.extract(i++));
    auto to = std::find_if(durable.begin(), durable.end(),
                           [&](const auto& y) { return y.second == x; });
    if (to == durable.end())
      return;
    for (auto& [path, inner] : moved)
      durable.emplace(to->first + path.substr(from.size()), inner);
  }

  /// Of directories that another one of the same name has replaced: decides
  /// which it is, with all in it, and tells where the old one stays.
  std::vector<std::string> choose_directories(std::mt19937_64& random);

  /// Decides what of the unsynced made it to the disk (memory_disk.cpp).
  void cut_power(const power_cut& how, std::mt19937_64& random);

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
      x->clean = x->content.size();
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
