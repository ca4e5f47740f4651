#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

/// A world of the exploration as plain bytes: everything that decides what can
/// happen next, and nothing else. Small numbers stand for offsets, epochs, ids
/// and lives; `normal_form.hpp` renames them, so that worlds which differ only
/// in them are one. All zero is a world in which nothing has happened, and
/// what means nothing is zero.
namespace troupe::explore {

using u8 = uint8_t;

inline constexpr size_t slots_max = 3;
inline constexpr size_t partitions_max = 3;
/// Members that a group may have at once: some of the past may linger.
inline constexpr size_t rows_max = 4;
inline constexpr size_t unsent_max = 2;
inline constexpr size_t inquiries_max = 2;
inline constexpr size_t up_max = 2;
inline constexpr size_t down_max = 4;
inline constexpr size_t late_max = 3;

/// A bit a partition.
using partition_set = u8;

template <class T>
using per_partition = std::array<T, partitions_max>;

inline constexpr bool has(unsigned set, size_t i) {
  return (set >> i & 1) != 0;
}

inline constexpr u8 bit(size_t i) {
  return static_cast<u8>(1u << i);
}

/// Who joined: a slot is a member's place and name, `number` counts its joins.
/// Number 0 is nobody.
struct member_id {
  u8 slot = 0;
  u8 number = 0;

  friend bool operator==(const member_id&, const member_id&) = default;
};

// -- what the coordinator has -------------------------------------------------

/// A member as the group's table knows it.
struct row {
  member_id id;
  u8 is_away = 0;
  u8 epoch = 0;
  u8 revocation = 0;
  partition_set assigned = 0;
  partition_set revoking = 0;
  partition_set target = 0;
  /// Of assigned and revoking partitions.
  per_partition<u8> held_epoch{};
  per_partition<u8> held_start{};
};

/// What is durable of a group; rows ascend by id.
struct table {
  u8 has_header = 0;
  u8 is_started = 0;
  u8 epoch = 0;
  /// Partitions that the topic had when the group started.
  u8 started_index = 0;
  u8 rows_used = 0;
  std::array<row, rows_max> rows{};
  /// Offset + 1, 0: null.
  per_partition<u8> next{};
  per_partition<u8> start{};
};

/// Whether the coordinator has an actor to push to.
enum handle : u8 { unknown_handle, live_handle, dead_handle };

struct waiting_join {
  member_id id;
  u8 handle = unknown_handle;
};

/// A group in memory, and what the actor around it keeps.
struct core {
  table known;
  /// Partitions that the topic has.
  u8 partitions = 0;
  partition_set ready = 0;
  per_partition<u8> ready_at{};
  partition_set asking = 0;
  /// Joins that wait for the first start, in their order.
  u8 waiting_used = 0;
  std::array<waiting_join, slots_max> waiting{};
  u8 is_asking = 0;
  u8 asked_index = 0;
  /// A bit a row.
  u8 unsure = 0;
  u8 rebalance_timer = 0;
  std::array<u8, rows_max> handles{};
};

/// Questions to partitions that are under way.
struct inquiry {
  enum kind : u8 { none, start, give };

  u8 what = none;
  partition_set asked = 0;
  u8 is_answered = 0;
  /// The ends of the logs when they were asked.
  per_partition<u8> ends{};
};

// -- messages -----------------------------------------------------------------

struct up_message {
  enum kind : u8 { none, join, beat, revoked, leave, commit };

  u8 what = none;
  member_id from;
  /// Of a heartbeat; of a commit: when the record was handed out.
  u8 epoch = 0;
  /// Owned, by a heartbeat; released; the one of a commit.
  partition_set set = 0;
  partition_set draining = 0;
  /// That `revoked` answers.
  u8 revocation = 0;
  /// The offset to commit; whether a leave keeps partitions.
  u8 value = 0;
};

struct down_message {
  enum kind : u8 {
    none,
    joined,
    refused,
    assign,
    revoke,
    state,
    fenced,
    /// A heartbeat was taken; it comes from a member unknown.
    alive,
    unknown,
    committed,
  };

  u8 what = none;
  /// Leaves when so many writes are durable.
  u8 waits = 0;
  /// 0: of the coordinator that lives, else of an earlier one.
  u8 age = 0;
  u8 number = 0;
  u8 epoch = 0;
  partition_set set = 0;
  partition_set revoking = 0;
  u8 revocation = 0;
  /// Of a commit, as `ec`.
  u8 outcome = 0;
  per_partition<u8> offsets{};
};

/// First in, first out.
template <class T, size_t Size>
struct channel {
  u8 used = 0;
  std::array<T, Size> items{};

  bool is_full() const {
    return used == Size;
  }

  void push(const T& x) {
    items[used++] = x;
  }

  T pop() {
    T result = items[0];
    for (size_t i = 1; i < used; ++i)
      items[i - 1] = items[i];
    items[--used] = T{};
    return result;
  }

  void clear() {
    *this = channel{};
  }
};

// -- members ------------------------------------------------------------------

struct member {
  enum kind : u8 { out, joining, in, dead };
  enum commit_state : u8 { no_commit, unsent, sent };

  u8 phase = out;
  u8 number = 0;
  u8 epoch = 0;
  /// Of the youngest coordinator that it has heard.
  u8 age = 0;
  /// Has to find the coordinator again; 2: it will be another one.
  u8 is_lost = 0;
  partition_set owned = 0;
  partition_set draining = 0;
  per_partition<u8> revocation{};
  /// Of held partitions: the next offset to hand out.
  per_partition<u8> next{};
  /// The handler's partition + 1.
  u8 busy = 0;
  u8 busy_offset = 0;
  u8 busy_number = 0;
  u8 busy_epoch = 0;
  u8 commit = no_commit;
  u8 commit_place = 0;
  u8 commit_next = 0;
  u8 commit_epoch = 0;

  // On their way.
  channel<up_message, up_max> up;
  /// Not in line: a commit, and a message that was repeated.
  up_message commit_up;
  up_message repeated;
  channel<down_message, down_max> down;
  /// Of coordinators that are no more.
  channel<down_message, late_max> late;
};

/// Everything.
struct world {
  core group;
  /// Writes that are not durable yet. With none the table that is durable is
  /// the group's; with one it is `durable`; with two `between` lies in between.
  u8 unsent = 0;
  table durable;
  table between;
  std::array<inquiry, inquiries_max> inquiries{};
  per_partition<u8> ends{};
  /// A bit a record that a handler finished.
  per_partition<u8> finished{};
  std::array<member, slots_max> members{};
  /// Something failed: a record may be repeated from now on.
  u8 had_fault = 0;
};

/// The table after the first `writes` of those that are under way.
inline const table& table_after(const world& x, size_t writes) {
  if (writes == x.unsent)
    return x.group.known;
  return writes == 0 ? x.durable : x.between;
}

template <class T>
bool is_same(const T& x, const T& y) {
  static_assert(std::has_unique_object_representations_v<T>);
  return std::memcmp(&x, &y, sizeof(T)) == 0;
}

/// The row of a member, null: there is none.
inline const row* find_row(const table& x, const member_id& id) {
  for (size_t i = 0; i < x.rows_used; ++i)
    if (x.rows[i].id == id)
      return &x.rows[i];
  return nullptr;
}

} // namespace troupe::explore
