#pragma once

#include <string>
#include <vector>

#include <fmt/format.h>

#include "actors/consumer/dead_letter.hpp"
#include "actors/consumer/parked_keys.hpp"
#include "tests/actors/consumer/stage.hpp"

/// A consumer that parks keys, and the log that they go to.
namespace troupe::stage {

using texts = std::vector<std::string>;

inline record keyed(const char* key, const std::string& value) {
  return {key ? bytes{key} : bytes{}, bytes{value}, {}, 1'000};
}

/// A handler that rejects what is 'bad', while it does.
struct parking : theatre {
  explicit parking(int32_t partitions = 1) : theatre(0, partitions) {
    settings.failures.what = failure_policy::kind::park;
    settings.failures.attempts_max = 3;
    for (int32_t n = 0; n < partitions; ++n)
      team.first.push_back(from(n, 0));
    hand.decide = [this](const delivery& x) {
      return fails && x.content.value.view().starts_with("bad")
               ? make_error(ec::record_rejected, "no such number")
               : caf::error{};
    };
  }

  /// Values, in the order in which they were handed out.
  texts handed() const {
    texts result;
    for (const auto& x : hand.got)
      result.push_back(x.content.value.str());
    return result;
  }

  /// 'key value attempts' of what is parked; 'key < before' of markers.
  texts in_log() const {
    texts result;
    for (const auto& batch : parked.batches) {
      auto records = read_records(batch);
      for (const auto& x : *records) {
        auto key =
          x.content.key.is_null() ? "-" : std::string{x.content.key.view()};
        if (auto letter = read_dead_letter(x.content))
          result.push_back(fmt::format(
            "{} {} {}", key, letter->content.value.view(), letter->attempts));
        else if (auto marker = read_release_marker(x.content))
          result.push_back(fmt::format("{} < {}", key, marker->before));
      }
    }
    return result;
  }

  void release(const char* key, int64_t before, int32_t partition = 0) {
    post_parked(to_record(
      release_marker{"messages", partition, "SMSGroup", bytes{key}, before}));
  }

  bool fails = true;
};

} // namespace troupe::stage
