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

/// What became of the posts of a run.
class post_book {
public:
  void expect(size_t count);
  void acknowledge(int64_t time_ms, const record_metadata& where,
                   const std::string& value);
  void fail(const std::string& value, const std::string& why);

  /// Every expected post is acknowledged or has failed.
  bool is_settled() const;

  std::vector<posted_record> acknowledged() const;
  std::vector<std::string> failures() const;

private:
  mutable std::mutex mutex_;
  size_t open_ = 0;
  std::vector<posted_record> acknowledged_;
  std::vector<std::string> failures_;
};

/// Starts posting what a step says, at its rate. The actor ends when all is
/// acknowledged or has failed; so does `book` know.
caf::actor start_posting(caf::actor_system& system, const produce& step,
                         producer_actor producer,
                         std::shared_ptr<post_book> book, epoch_offset epoch);

} // namespace troupe::scenario
