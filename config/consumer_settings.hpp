#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// What a consumer and its group are told, with all defaults.
namespace troupe {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

inline constexpr uint64_t kib = 1024;
inline constexpr uint64_t mib = 1024 * kib;
inline constexpr uint64_t gib = 1024 * mib;

/// Where a group begins in a partition when it starts for the first time.
struct start_rule {
  enum class kind : uint8_t {
    /// With what is posted from now on.
    latest,
    /// With the first record that is still there.
    earliest,
    /// At `value`, an offset.
    offset,
    /// With the first record at or after `value`, milliseconds since the epoch.
    timestamp,
    /// With the first record that is at most `value` milliseconds old.
    ago,
  };

  kind what = kind::latest;
  int64_t value = 0;

  friend bool operator==(const start_rule&, const start_rule&) = default;
};

/// Which assignor computes who owns what.
inline constexpr const char* default_assignor = "uniform";

/// Settings of a consumer group; those of its first member hold.
struct group_settings {
  start_rule start;
  /// False: the letter of 'null means the beginning' on every later assignment.
  bool start_is_stored = true;
  std::string assignor = default_assignor;
  /// Positions of a group go after this long without members; 0: never.
  milliseconds retention = 0ms;
  /// Records per second that all members together hand to their handlers; 0: no
  /// bound.
  double records_per_second = 0;

  friend bool operator==(const group_settings&,
                         const group_settings&) = default;
};

/// When a consumer commits what its handler finished.
struct commit_policy {
  enum class kind : uint8_t {
    /// After each record.
    each,
    /// After `count` records of a partition.
    every,
    /// Every `interval`.
    interval,
    /// Before the handler gets the record: at most once.
    before,
  };

  kind what = kind::each;
  uint32_t count = 1;
  milliseconds interval = 1s;

  friend bool operator==(const commit_policy&, const commit_policy&) = default;
};

/// What becomes of a record that its handler cannot do.
struct failure_policy {
  enum class kind : uint8_t {
    /// It is tried again for ever, and its partition waits.
    retry,
    /// It goes to `<topic>.<group>.dead`, and its partition goes on.
    dead,
    /// It goes to `<topic>.<group>.parked` with all later ones of its key, and
    /// the other keys go on.
    park,
  };

  kind what = kind::retry;
  /// Of `dead` and `park`: how often it is tried before.
  uint32_t attempts_max = 5;
  /// After so many failures of the gateway in a row nothing is sent for
  /// `circuit_pause`; 0: never.
  uint32_t circuit_failures = 5;
  milliseconds circuit_pause = 10s;

  friend bool operator==(const failure_policy&,
                         const failure_policy&) = default;
};

/// Settings of one consumer.
struct consumer_settings {
  std::string group;
  std::vector<std::string> topics;
  /// The handler's name in the registry, and what it is told.
  std::string handler = "print";
  std::map<std::string, std::string> options;
  group_settings group_rules;
  /// Not empty: a static member, whose partitions wait for its return.
  std::string instance_id;
  commit_policy commit;
  /// Records per second that this consumer hands to its handler; 0: no bound.
  double records_per_second = 0;
  /// Records that are with the handler at once, one per partition; 0: one for
  /// each owned partition.
  uint32_t handlers_in_flight = 0;
  /// Bytes fetched ahead per partition, and in one fetch.
  uint64_t fetch_ahead_bytes = 1 * mib;
  uint64_t fetch_bytes_max = 256 * kib;
  uint64_t fetch_bytes_min = 1;
  milliseconds fetch_wait_max = 500ms;
  milliseconds heartbeat_interval = 1s;
  milliseconds session_timeout = 3s;
  /// handler_timeout <= drain_timeout < rebalance_timeout.
  milliseconds handler_timeout = 30s;
  milliseconds drain_timeout = 30s;
  milliseconds rebalance_timeout = 60s;
  /// Wait before a failed record is handed out again, and before a crashed
  /// handler is started again: doubled each time up to the largest.
  milliseconds retry_backoff = 100ms;
  milliseconds retry_backoff_max = 30s;
  failure_policy failures;

  friend bool operator==(const consumer_settings&,
                         const consumer_settings&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, start_rule& x) {
  return f(x.what, x.value);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, group_settings& x) {
  return f(x.start, x.start_is_stored, x.assignor, x.retention,
           x.records_per_second);
}

} // namespace troupe
