#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/protocol/interfaces.hpp"

namespace troupe::tests {

/// The log of a partition that does as a test says: what the shard must cope
/// with and a real partition seldom does.
struct partition_script {
  std::vector<record_batch> batches;
  int64_t log_start = 0;
  int64_t log_end = 0;
  /// What appends, done or not, are answered with.
  std::optional<caf::error> append_failure;
  /// Appends and fetches wait until `release`.
  bool holds_appends = false;
  bool holds_fetches = false;
  /// What an answer adds to the offset: somebody else's records.
  int64_t offset_shift = 0;

  using append_promise = caf::typed_response_promise<append_result>;
  using fetch_promise = caf::typed_response_promise<fetch_result>;
  std::vector<std::pair<append_promise, append_result>> held_appends;
  std::vector<std::pair<fetch_promise, fetch_request>> held_fetches;

  /// Adds a batch at the end.
  append_result add(record_batch batch) {
    batch.header.base_offset = log_end;
    log_end = batch.header.last_offset() + 1;
    batches.push_back(batch);
    return {batch.header.base_offset + offset_shift, 1, false};
  }

  /// One batch at a time, so that every log is read in many chunks.
  fetch_result read(const fetch_request& x) const {
    fetch_result result;
    result.log_start = log_start;
    result.high_watermark = log_end;
    result.log_end = log_end;
    if (x.offset < log_start)
      result.status = fetch_status::below_start;
    else if (x.offset > log_end)
      result.status = fetch_status::above_end;
    else
      for (const auto& batch : batches)
        if (batch.header.last_offset() >= x.offset) {
          result.batches = {batch};
          break;
        }
    return result;
  }

  /// Answers everything that is held, and holds nothing more. For the actor: a
  /// test sends it a `tick`.
  void release() {
    holds_appends = holds_fetches = false;
    for (auto& [promise, answer] : std::exchange(held_appends, {}))
      if (append_failure)
        promise.deliver(*append_failure);
      else
        promise.deliver(answer);
    for (auto& [promise, request] : std::exchange(held_fetches, {}))
      promise.deliver(read(request));
  }
};

using script_ptr = std::shared_ptr<partition_script>;

inline partition_actor::behavior_type scripted_partition(
  partition_actor::pointer self, script_ptr script) {
  auto elsewhere = [] {
    return make_error(ec::not_available, "not in this script");
  };
  return {
    [=](append_atom, const append_request& x) -> caf::result<append_result> {
      auto answer = script->add(x.batch);
      if (!script->holds_appends)
        return answer;
      auto promise =
        self->make_response_promise<partition_script::append_promise>();
      script->held_appends.emplace_back(promise, answer);
      return promise;
    },
    [=](fetch_atom, const fetch_request& x) -> caf::result<fetch_result> {
      if (!script->holds_fetches)
        return script->read(x);
      auto promise =
        self->make_response_promise<partition_script::fetch_promise>();
      script->held_fetches.emplace_back(promise, x);
      return promise;
    },
    [=](offset_atom, const offset_query&) -> caf::result<offset_answer> {
      return elsewhere();
    },
    [=](epoch_atom, int32_t) -> caf::result<epoch_end> { return elsewhere(); },
    [=](role_atom, const replica_role&) -> caf::result<caf::ok_atom> {
      return elsewhere();
    },
    [=](replicate_atom, const replica_fetch&) -> caf::result<replica_records> {
      return elsewhere();
    },
    [=](delete_atom, const delete_request&) -> caf::result<delete_result> {
      return elsewhere();
    },
    [=](config_atom, const topic_settings&) -> caf::result<caf::ok_atom> {
      return elsewhere();
    },
    [=](status_atom) -> caf::result<partition_status> { return elsewhere(); },
    [=](snapshot_atom, const std::string&) -> caf::result<log_snapshot> {
      return elsewhere();
    },
    [=](stop_atom) -> caf::result<caf::ok_atom> { return elsewhere(); },
    [=](tick_atom) { script->release(); },
    [](upkeep_atom) {},
  };
}

} // namespace troupe::tests
