#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "actors/protocol/client_messages.hpp"

namespace troupe::scenario {

/// One hand-out of a record to a handler.
struct ledger_entry {
  int64_t time_ms = 0;
  std::string group;
  std::string consumer;
  std::string topic;
  int32_t partition = 0;
  int64_t offset = 0;
  std::string key;
  std::string value;
  uint32_t attempt = 1;
  /// The handler was done with it.
  bool is_finished = false;
};

/// All hand-outs of a run, in their order. Handlers of any thread write to it.
class ledger {
public:
  /// Notes a hand-out; returns its number.
  size_t begin(int64_t time_ms, const std::string& group,
               const std::string& consumer, const delivery& what);

  void finish(size_t number);

  /// A copy of what came at or after number `from`.
  std::vector<ledger_entry> since(size_t from) const;

  size_t size() const;

  /// Whether a consumer has a record since `since_ms` that is not finished.
  bool is_busy(const std::string& consumer, int64_t since_ms) const;

  /// Finished hand-outs of a consumer; of all consumers when empty.
  int64_t finished(const std::string& group,
                   const std::string& consumer = {}) const;

  /// Called, under a lock, with every hand-out.
  void on_entry(std::function<void(const ledger_entry&)> listener);

private:
  mutable std::mutex mutex_;
  std::vector<ledger_entry> entries_;
  std::function<void(const ledger_entry&)> listener_;
};

} // namespace troupe::scenario
