#include "runtime/simulation/memory_files.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "runtime/simulation/memory_disk.hpp"

#include "actors/protocol/errors.hpp"

namespace troupe::simulation {

namespace {

caf::error failed(const std::string& path, std::string_view why) {
  return make_error(ec::storage_failed, fmt::format("{}: {}", path, why));
}

/// `Disk` is `memory_files::disk`, which only its owner may name.
template <class Disk>
class memory_file final : public storage::file {
public:
  memory_file(std::shared_ptr<Disk> where, memory_node_ptr content,
              std::string path)
    : disk_(std::move(where)), node_(std::move(content)),
      path_(std::move(path)), life_(disk_->life) {}

  uint64_t size() const override {
    return node_->content.size();
  }

  caf::error append(const std::vector<std::string_view>& parts) override {
    if (auto refusal = check_change())
      return refusal;
    std::string all;
    for (auto part : parts)
      all += part;
    auto fault = disk_->appends_fail ? failed(path_, "input/output error")
                                     : disk_->fault_of_write(path_);
    if (fault) {
      node_->content += all.substr(0, all.size() / 2);
      return fault;
    }
    auto used = disk_->used();
    auto room = disk_->capacity - std::min(disk_->capacity, used);
    if (all.size() > room) {
      node_->content += all.substr(0, room);
      return disk_->no_room(path_);
    }
    node_->content += all;
    return caf::none;
  }

  caf::expected<bytes> read(uint64_t position, size_t length) const override {
    if (life_ != disk_->life)
      return failed(path_, "open since before the crash");
    const auto& all = node_->content;
    if (position >= all.size())
      return bytes{std::string{}};
    auto content = disk_->after_faults(path_, *node_, position,
                                       all.substr(position, length));
    if (!content)
      return std::move(content.error());
    return bytes{std::move(*content)};
  }

  caf::error sync() override {
    if (auto refusal = check_change())
      return refusal;
    auto& x = *node_;
    if (auto fault = disk_->fault_of_sync(path_)) {
      x.given_up_begin = std::min(x.synced.size(), x.content.size());
      x.given_up_end = x.content.size();
      return fault;
    }
    x.make_durable();
    return caf::none;
  }

  caf::error truncate(uint64_t size) override {
    if (auto refusal = check_change())
      return refusal;
    // What takes no room finds room.
    if (disk_->faults.draw(path_, {disk_fault::write_fails}))
      return failed(path_, "input/output error");
    node_->content.resize(size);
    node_->clean = std::min(node_->clean, node_->content.size());
    return caf::none;
  }

  const std::string& path() const override {
    return path_;
  }

private:
  caf::error check_change() {
    if (life_ != disk_->life)
      return failed(path_, "open since before the crash");
    return disk_->permit_change(path_);
  }

  std::shared_ptr<Disk> disk_;
  memory_node_ptr node_;
  std::string path_;
  uint64_t life_;
};

template <class Disk>
class memory_lock final : public storage::directory_lock {
public:
  explicit memory_lock(std::shared_ptr<Disk> where)
    : disk_(std::move(where)), life_(disk_->life) {}

  ~memory_lock() override {
    if (life_ == disk_->life)
      disk_->locked = false;
  }

private:
  std::shared_ptr<Disk> disk_;
  uint64_t life_;
};

} // namespace

memory_files::memory_files() : disk_(std::make_shared<disk>()) {}

memory_files::~memory_files() = default;

// -- faults ------------------------------------------------------------------

void memory_files::crash() {
  std::mt19937_64 unused;
  crash(power_cut{}, unused);
}

void memory_files::crash(std::mt19937_64& random) {
  crash(power_cut{power_cut::unsynced::prefix, 4096}, random);
}

void memory_files::crash(const power_cut& how, std::mt19937_64& random) {
  disk_->cut_power(how, random);
  disk_->restart();
}

void memory_files::kill() {
  disk_->new_life();
}

void memory_files::fail_syncs(bool value) {
  disk_->syncs_fail = value;
}

void memory_files::fail_appends(bool value) {
  disk_->appends_fail = value;
}

void memory_files::set_capacity(uint64_t bytes) {
  disk_->capacity = bytes;
}

void memory_files::stop_after(uint64_t count) {
  disk_->changes_left = count;
}

void memory_files::plan(planned_fault x) {
  disk_->faults.plan(std::move(x));
}

void memory_files::faults_by_chance(const fault_rates& rates, uint64_t seed) {
  disk_->faults.by_chance(rates, seed);
}

void memory_files::end_faults() {
  disk_->faults.clear();
  disk_->syncs_fail = disk_->appends_fail = false;
  disk_->capacity = std::numeric_limits<uint64_t>::max();
}

const fault_counts& memory_files::faults() const noexcept {
  return disk_->faults.counts;
}

caf::timespan memory_files::extra_sync_time(const std::string& path) {
  auto hit = disk_->faults.draw(path, {disk_fault::slow_sync});
  return hit ? hit->slow_time : caf::timespan{0};
}

void memory_files::before_change(std::function<void(const std::string&)> call) {
  disk_->before_change = std::move(call);
}

std::shared_ptr<memory_files> memory_files::copy() const {
  auto result = std::make_shared<memory_files>();
  std::map<const memory_node*, memory_node_ptr> copies;
  auto copy_names = [&](const memory_names& from, memory_names& to) {
    for (const auto& [path, x] : from) {
      auto& made = copies[x.get()];
      if (!made)
        made = std::make_shared<memory_node>(*x);
      to.emplace_hint(to.end(), path, made);
    }
  };
  copy_names(disk_->live, result->disk_->live);
  copy_names(disk_->durable, result->disk_->durable);
  return result;
}

// -- a look inside -----------------------------------------------------------

std::string memory_files::content(const std::string& path) const {
  auto x = disk_->find(path);
  return x ? x->content : std::string{};
}

void memory_files::set_content(const std::string& path, std::string content) {
  auto& x = disk_->live[path];
  if (!x)
    x = std::make_shared<memory_node>();
  x->content = std::move(content);
  x->synced = x->content;
  x->clean = x->content.size();
  x->given_up_begin = x->given_up_end = 0;
  disk_->durable[path] = x;
}

uint64_t memory_files::used_bytes() const {
  return disk_->used();
}

uint64_t memory_files::sync_count() const noexcept {
  return disk_->syncs;
}

// -- files -------------------------------------------------------------------

caf::expected<storage::file_ptr> memory_files::open(const std::string& path) {
  auto x = disk_->find(path);
  if (!x) {
    if (auto refusal = disk_->permit_change(path))
      return refusal;
    if (!disk_->has_directory(parent_of(path)))
      return failed(path, "no such directory");
    x = std::make_shared<memory_node>();
    disk_->live.emplace(path, x);
  }
  if (x->is_directory)
    return failed(path, "is a directory");
  return storage::file_ptr{
    std::make_shared<memory_file<disk>>(disk_, std::move(x), path)};
}

caf::expected<std::string> memory_files::read_all(const std::string& path) {
  auto x = disk_->find(path);
  if (!x || x->is_directory)
    return failed(path, "no such file");
  return disk_->after_faults(path, *x, 0, x->content);
}

caf::error memory_files::replace(const std::string& path,
                                 std::string_view content, bool durable) {
  if (auto refusal = disk_->permit_change(path))
    return refusal;
  if (!disk_->has_directory(parent_of(path)))
    return failed(path, "no such directory");
  if (auto fault = disk_->fault_of_write(path))
    return fault;
  if (durable)
    if (auto fault = disk_->fault_of_sync(path))
      return fault;
  auto old = disk_->find(path);
  auto others = disk_->used() - (old ? old->content.size() : 0);
  if (others + content.size() > disk_->capacity)
    return disk_->no_room(path);
  auto x = std::make_shared<memory_node>();
  x->content = std::string{content};
  // Renamed over a synced file, a name stands for the old content or the new
  // one; without the sync it may stand for anything in between.
  if (durable)
    x->make_durable();
  disk_->live[path] = std::move(x);
  if (durable)
    disk_->make_names_durable(parent_of(path));
  return caf::none;
}

bool memory_files::exists(const std::string& path) {
  return disk_->find(path) != nullptr;
}

caf::expected<std::vector<std::string>> memory_files::list(
  const std::string& directory) {
  std::vector<std::string> result;
  for (const auto& [path, x] : disk_->live)
    if (parent_of(path) == directory)
      result.push_back(directory.empty() ? path
                                         : path.substr(directory.size() + 1));
  return result;
}

caf::error memory_files::make_directory(const std::string& directory) {
  if (directory.empty() || disk_->has_directory(directory))
    return caf::none;
  if (auto failure = make_directory(parent_of(directory)))
    return failure;
  if (auto refusal = disk_->permit_change(directory))
    return refusal;
  if (disk_->find(directory))
    return failed(directory, "is a file");
  auto x = std::make_shared<memory_node>();
  x->is_directory = true;
  disk_->live.emplace(directory, std::move(x));
  return caf::none;
}

caf::error memory_files::sync_directory(const std::string& directory) {
  if (auto refusal = disk_->permit_change(directory))
    return refusal;
  if (auto fault = disk_->fault_of_sync(directory))
    return fault;
  disk_->make_names_durable(directory);
  return caf::none;
}

caf::error memory_files::rename(const std::string& from,
                                const std::string& to) {
  if (auto refusal = disk_->permit_change(from))
    return refusal;
  auto x = disk_->find(from);
  if (!x)
    return failed(from, "no such file");
  if (!disk_->has_directory(parent_of(to)))
    return failed(to, "no such directory");
  memory_names moved;
  for (const auto& [path, inner] : disk_->live)
    if (path == from || is_inside(path, from))
      moved.emplace(to + path.substr(from.size()), inner);
  std::erase_if(disk_->live, [&](const auto& i) {
    return i.first == from || is_inside(i.first, from);
  });
  for (auto& [path, inner] : moved)
    disk_->live[path] = inner;
  return caf::none;
}

caf::error memory_files::link(const std::string& from, const std::string& to) {
  if (auto refusal = disk_->permit_change(to))
    return refusal;
  auto x = disk_->find(from);
  if (!x || x->is_directory)
    return failed(from, "no such file");
  if (!disk_->has_directory(parent_of(to)))
    return failed(to, "no such directory");
  if (!disk_->live.emplace(to, std::move(x)).second)
    return failed(to, "is there already");
  return caf::none;
}

caf::error memory_files::remove(const std::string& path) {
  if (!disk_->find(path))
    return caf::none;
  if (auto refusal = disk_->permit_change(path))
    return refusal;
  std::erase_if(disk_->live, [&](const auto& x) {
    return x.first == path || is_inside(x.first, path);
  });
  return caf::none;
}

caf::expected<std::unique_ptr<storage::directory_lock>> memory_files::lock() {
  if (disk_->locked)
    return make_error(ec::data_dir_locked,
                      "memory: locked by another user of this disk");
  disk_->locked = true;
  return std::unique_ptr<storage::directory_lock>{
    std::make_unique<memory_lock<disk>>(disk_)};
}

caf::expected<uint64_t> memory_files::free_bytes() {
  constexpr auto unbounded = std::numeric_limits<uint64_t>::max();
  if (disk_->capacity == unbounded)
    return unbounded;
  return disk_->capacity - std::min(disk_->capacity, disk_->used());
}

std::string memory_files::location() const {
  return "memory";
}

} // namespace troupe::simulation
