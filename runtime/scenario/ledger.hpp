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
  /// When the handler was done with it or had failed; -1: it works on it, or
  /// was killed.
  int64_t ended_ms = -1;
};

/// All hand-outs of a run, in their order. Handlers of any thread write to it.
class ledger {
public:
  /// Notes a hand-out; returns its number.
  size_t begin(int64_t time_ms, const std::string& group,
               const std::string& consumer, const delivery& what);

  /// The handler is done with a hand-out, or has failed.
  void end(size_t number, int64_t time_ms, bool is_finished);

  /// A copy of what came at or after number `from`.
  std::vector<ledger_entry> since(size_t from) const;

  size_t size() const;

  /// Whether the handler of a consumer works on a record that it was given at
  /// or after number `from`.
  bool is_busy(const std::string& consumer, size_t from) const;

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
