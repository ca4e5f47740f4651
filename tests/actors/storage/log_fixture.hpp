#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "actors/storage/log.hpp"
#include "runtime/simulation/memory_files.hpp"
#include "tests/catch.hpp"

namespace troupe::storage {

constexpr int64_t t0 = 1'700'000'000'000;

inline bytes text(std::string_view x) {
  return bytes{std::string{x}};
}

/// A record of key, value (null for a tombstone) and time.
inline record keyed(std::string_view key, const char* value,
                    int64_t timestamp_ms = t0) {
  return {text(key), value ? text(value) : bytes{}, {}, timestamp_ms};
}

/// A log on a disk in memory.
struct log_fixture {
  std::shared_ptr<simulation::memory_files> disk =
    std::make_shared<simulation::memory_files>();
  topic_settings settings;
  std::string directory = "topics/a/0";
  std::unique_ptr<log> it;

  caf::error try_open(int64_t now_ms = t0) {
    it.reset();
    auto opened = log::open(disk, directory, settings, now_ms);
    if (!opened)
      return opened.error();
    it = std::move(*opened);
    return caf::none;
  }

  void open(int64_t now_ms = t0) {
    auto failure = try_open(now_ms);
    INFO(what(failure));
    REQUIRE_FALSE(failure);
  }

  /// Stops cleanly and opens again.
  void reopen(int64_t now_ms = t0) {
    auto failure = it->close();
    INFO(what(failure));
    REQUIRE_FALSE(failure);
    open(now_ms);
  }

  caf::error try_append(const std::vector<record>& records,
                        int64_t now_ms = t0) {
    auto batch = make_batch(records);
    auto base = it->append(batch, now_ms);
    return base ? caf::error{} : base.error();
  }

  void append(const std::vector<record>& records, int64_t now_ms = t0) {
    auto failure = try_append(records, now_ms);
    INFO(what(failure));
    REQUIRE_FALSE(failure);
  }

  /// One batch of one record.
  void append(std::string_view value, int64_t timestamp_ms = t0) {
    append({{{}, text(value), {}, timestamp_ms}}, timestamp_ms);
  }

  void append_many(int first, int last) {
    for (int i = first; i < last; ++i)
      append("value " + std::to_string(i), t0 + i);
  }

  caf::error sync() {
    auto job = it->to_sync();
    for (const auto& f : job.files)
      if (auto failure = f->sync()) {
        it->sync_failed();
        return failure;
      }
    it->synced(job.up_to);
    return caf::none;
  }

  /// All records from `offset` on, as consumers read them.
  std::vector<placed_record> read_from(int64_t offset,
                                       size_t max_bytes = 1000) {
    std::vector<placed_record> result;
    while (offset < it->end()) {
      auto batches = it->read(offset, max_bytes);
      INFO((batches ? std::string{} : what(batches.error())));
      REQUIRE(batches);
      REQUIRE_FALSE(batches->empty());
      for (const auto& batch : *batches) {
        auto records = read_records(batch);
        REQUIRE(records);
        for (auto& x : *records)
          if (x.offset >= offset)
            result.push_back(std::move(x));
        REQUIRE(batch.header.last_offset() >= offset);
        offset = batch.header.last_offset() + 1;
      }
    }
    return result;
  }

  std::vector<std::string> values_from(int64_t offset) {
    std::vector<std::string> result;
    for (const auto& x : read_from(offset))
      result.push_back(x.content.value.str());
    return result;
  }

  /// Names in the log's directory that end so.
  std::vector<std::string> names(std::string_view suffix) {
    std::vector<std::string> result;
    auto all = disk->list(directory);
    for (auto& x : *all)
      if (x.ends_with(suffix))
        result.push_back(x);
    return result;
  }

  std::string path(std::string_view name) const {
    return directory + "/" + std::string{name};
  }
};

} // namespace troupe::storage
