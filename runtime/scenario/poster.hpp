#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include "actors/protocol/clock.hpp"
#include "actors/protocol/interfaces.hpp"
#include "config/scenario.hpp"

namespace troupe::scenario {

/// A record that was acknowledged.
struct posted_record {
  int64_t time_ms = 0;
  std::string topic;
  int32_t partition = 0;
  int64_t offset = 0;
  std::string value;
};

struct post_counts {
  int64_t acknowledged = 0;
  int64_t failed = 0;
  int64_t waiting = 0;
};

/// What became of the posts of a run.
class post_book {
public:
  /// Posts that belong together are coming; returns their number.
  size_t expect(size_t count);
  void acknowledge(size_t which, int64_t time_ms, const record_metadata& where,
                   const std::string& value);
  void fail(size_t which, const std::string& value, const std::string& why);
  /// What is open of this number has failed.
  void abandon(size_t which, const std::string& why);

  /// Every expected post is acknowledged or has failed.
  bool is_settled() const;

  /// Those of this number are.
  bool is_settled(size_t which) const;

  std::vector<posted_record> acknowledged() const;

  /// What became of the posts of this number so far.
  post_counts counts(size_t which) const;
  size_t size() const;

  /// What of this number has failed, and why.
  std::vector<std::string> failures(size_t which) const;

private:
  mutable std::mutex mutex_;
  struct entry {
    size_t open = 0;
    int64_t acknowledged = 0;
    std::vector<std::string> failures;
  };
  std::vector<entry> entries_;
  std::vector<posted_record> acknowledged_;
};

/// Starts posting what a step says, at its rate; returns the posts' number in
/// `book`, which is told what becomes of them.
size_t start_posting(caf::actor_system& system, const produce& step,
                     producer_actor producer, std::shared_ptr<post_book> book,
                     epoch_offset epoch);

} // namespace troupe::scenario
