#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/partition/partition.hpp"
#include "actors/storage/files.hpp"
#include "runtime/simulation/memory_files.hpp"
#include "runtime/simulation/virtual_system.hpp"
#include "tests/later.hpp"

/// What tests of partitions and of those who talk to them share.
namespace troupe::test {

using tests::ask_later;
using tests::later;

/// A flusher that takes `delay` for each job, one after the other, and counts
/// them.
struct disk_pace {
  caf::timespan delay{0};
  uint32_t jobs = 0;
};

using slow_flusher_actor =
  flusher_actor::extend<caf::reacts_to<caf::tick_atom>>;

struct slow_flusher_state {
  std::deque<std::pair<caf::typed_response_promise<caf::ok_atom>, sync_job>>
    jobs;
};

inline slow_flusher_actor::behavior_type slow_flusher(
  slow_flusher_actor::stateful_pointer<slow_flusher_state> self,
  std::shared_ptr<disk_pace> pace) {
  return {
    [=](sync_atom, const sync_job& job) {
      ++pace->jobs;
      auto promise = self->make_response_promise<caf::ok_atom>();
      self->state.jobs.emplace_back(promise, job);
      self->delayed_send(slow_flusher_actor{self}, pace->delay,
                         caf::tick_atom_v);
      return promise;
    },
    [=](caf::tick_atom) {
      auto [promise, job] = std::move(self->state.jobs.front());
      self->state.jobs.pop_front();
      for (auto& file : job.files)
        if (auto failed = file->sync()) {
          promise.deliver(std::move(failed));
          return;
        }
      promise.deliver(caf::ok_atom_v);
    },
  };
}

/// A disk, a flusher and one partition that can be stopped, killed and opened
/// again.
class bench {
public:
  explicit bench(uint64_t seed = 0) : sys(seed) {
    flusher = sys.spawn(slow_flusher, pace);
    config.id = {uuid{1, 2}, 0};
    config.name = "messages-0";
    config.disk = disk;
    config.directory = "messages-0";
    config.flusher = flusher;
    config.epoch = sys.epoch();
  }

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
