#include "runtime/disk_room.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <caf/event_based_actor.hpp>

#include "actors/protocol/errors.hpp"
#include "actors/protocol/messages.hpp"

namespace troupe {

namespace {

constexpr auto unknown = std::numeric_limits<uint64_t>::max();

int64_t as_signed(uint64_t x) {
  return static_cast<int64_t>(
    std::min(x, uint64_t{std::numeric_limits<int64_t>::max()}));
}

caf::behavior watch(caf::event_based_actor* self,
                    std::shared_ptr<disk_room> room, milliseconds interval) {
  self->delayed_send(self, interval, tick_atom_v);
  return {
    [=](tick_atom) {
      room->look();
      self->delayed_send(self, interval, tick_atom_v);
    },
  };
}

} // namespace

disk_room::disk_room(storage::files_ptr disk, const storage_settings& limits)
  : disk_(std::move(disk)), quota_(limits) {
  look();
  is_bounded_ =
    quota_.has_limits() && (limits.quota > 0 || free_bytes() != unknown);
}

void disk_room::look() {
  auto found = disk_->free_bytes();
  std::lock_guard guard{mutex_};
  // A disk that does not tell is no reason to refuse records.
  failure_ = found ? std::string{} : what(found.error());
  free_ = found ? *found : unknown;
  quota_.look({free_, used_bytes()});
  left_ = as_signed(quota_.allowance());
}

caf::error disk_room::take(uint64_t bytes) {
  auto wanted = as_signed(bytes);
  if (!is_bounded_ || left_.fetch_sub(wanted) >= wanted) {
    used_ += wanted;
    return caf::none;
  }
  std::lock_guard guard{mutex_};
  quota_.use_up();
  left_ = 0;
  return make_error(ec::storage_full, quota_.why());
}

void disk_room::grow(int64_t bytes) {
  used_ += bytes;
}

std::string disk_room::problem() const {
  std::lock_guard guard{mutex_};
  if (!failure_.empty())
    return "the disk does not say how much is free: " + failure_;
  return quota_.is_full() ? quota_.why() : std::string{};
}

uint64_t disk_room::used_bytes() const noexcept {
  return static_cast<uint64_t>(std::max<int64_t>(used_, 0));
}

caf::actor spawn_disk_watch(caf::actor_system& system,
                            std::shared_ptr<disk_room> room,
                            milliseconds interval) {
  return system.spawn(watch, std::move(room), interval);
}

} // namespace troupe
