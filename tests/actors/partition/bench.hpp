#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/partition/partition.hpp"
#include "actors/storage/files.hpp"
#include "runtime/simulation/memory_files.hpp"
#include "runtime/simulation/slow_flusher.hpp"
#include "runtime/simulation/virtual_system.hpp"
#include "tests/later.hpp"

/// What tests of partitions and of those who talk to them share.
namespace troupe::test {

using tests::ask_later;
using tests::later;

/// How long the flusher takes for each job, and how many it has begun.
struct disk_pace {
  caf::timespan delay{0};
  uint32_t jobs = 0;
};

inline flusher_actor spawn_flusher(simulation::virtual_system& sys,
                                   std::shared_ptr<disk_pace> pace) {
  return simulation::spawn_slow_flusher(sys.system(), [pace](const sync_job&) {
    ++pace->jobs;
    return pace->delay;
  });
}

/// A disk, a flusher and one partition that can be stopped, killed and opened
/// again.
class bench {
public:
  explicit bench(uint64_t seed = 0) : sys(seed) {
    flusher = spawn_flusher(sys, pace);
    config.id = {uuid{1, 2}, 0};
    config.name = "messages-0";
    config.disk = disk;
    config.directory = "messages-0";
    config.flusher = flusher;
    config.epoch = sys.epoch();
  }

  /// A flusher with work ends only when told.
  ~bench() {
    caf::anon_send_exit(flusher, caf::exit_reason::kill);
    sys.run();
  }

  bench(const bench&) = delete;

  /// Opens the partition.
  partition_actor open() {
    handle = sys.spawn(partition, config);
    sys.run();
    return handle;
  }

  /// Ends the partition without clean-up.
  void kill() {
    caf::anon_send_exit(handle, caf::exit_reason::kill);
    sys.run();
    handle = nullptr;
  }

  caf::expected<append_result> append(const record_batch& batch,
                                      enum acks acks = acks::all) {
    return sys.ask<append_result>(handle, append_atom_v,
                                  append_request{batch, acks});
  }

  later<append_result> append_later(const record_batch& batch,
                                    enum acks acks = acks::all) {
    return ask_later<append_result>(sys, handle, append_atom_v,
                                    append_request{batch, acks});
  }

  caf::expected<fetch_result> fetch(const fetch_request& x) {
    return sys.ask<fetch_result>(handle, fetch_atom_v, x);
  }

  later<fetch_result> fetch_later(const fetch_request& x) {
    return ask_later<fetch_result>(sys, handle, fetch_atom_v, x);
  }

  partition_status status() {
    return *sys.ask<partition_status>(handle, status_atom_v);
  }

  /// Timers that are set in the whole system.
  size_t timers() {
    using caf::scheduler::test_coordinator;
    return dynamic_cast<test_coordinator&>(sys.system().scheduler())
      .clock()
      .schedule()
      .size();
  }

  std::shared_ptr<simulation::memory_files> disk =
    std::make_shared<simulation::memory_files>();
  std::shared_ptr<disk_pace> pace = std::make_shared<disk_pace>();
  simulation::virtual_system sys;
  flusher_actor flusher;
  partition_config config;
  partition_actor handle;
};

/// Records with the values given.
inline record_batch batch_of(const std::vector<std::string>& values,
                             const producer_stamp& producer = {}) {
  std::vector<record> records;
  for (auto& value : values)
    records.push_back({bytes{}, bytes{value}, {}, 1000});
  return make_batch(records, producer);
}

/// The values in `batches`.
inline std::vector<std::string> values_of(
  const std::vector<record_batch>& batches) {
  std::vector<std::string> result;
  for (auto& batch : batches) {
    auto records = read_records(batch);
    for (auto& x : *records)
      result.push_back(x.content.value.str());
  }
  return result;
}

/// All values in the log; where a read fails, the error.
inline std::vector<std::string> stored(bench& b) {
  std::vector<std::string> result;
  for (auto offset = b.status().log_start;;) {
    auto found = b.fetch({.offset = offset, .bytes_max = 1 * mib});
    if (!found) {
      result.push_back(what(found.error()));
      return result;
    }
    if (found->batches.empty())
      return result;
    for (auto& value : values_of(found->batches))
      result.push_back(std::move(value));
    offset = found->batches.back().header.last_offset() + 1;
  }
}

/// The error's name, or `ok`.
template <class T>
std::string outcome(const caf::expected<T>& x) {
  return x ? "ok" : to_string(code_of(x.error()));
}

} // namespace troupe::test
