#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "actors/consumer/handler.hpp"
#include "actors/protocol/clock.hpp"
#include "config/scenario.hpp"
#include "runtime/scenario/ledger.hpp"

namespace troupe::scenario {

/// Decides which attempts fail, for all consumers of a group.
class failure_plan {
public:
  explicit failure_plan(failure_rule rule);

  /// Whether this attempt of `consumer` at the record is to fail.
  bool fails(const std::string& consumer, const delivery& what);

private:
  failure_rule rule_;
  std::mutex mutex_;
  std::map<std::string, uint64_t> attempts_by_consumer_;
  std::map<std::pair<topic_partition, int64_t>, uint32_t> attempts_by_record_;
};

/// What a consumer of a scenario does with its records: writes them in the
/// ledger, works for `spec.handler_time`, fails when the plan says so. A time
/// is what the actors' clock says with `epoch`, or `clock_ms` where there is no
/// actor.
handler make_scripted_handler(const group_spec& spec,
                              const std::string& consumer,
                              std::shared_ptr<ledger> book,
                              std::shared_ptr<failure_plan> failures,
                              epoch_offset epoch,
                              std::function<int64_t()> clock_ms);

} // namespace troupe::scenario
