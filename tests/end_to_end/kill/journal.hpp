#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "tests/checker/history.hpp"

/// What a client of a node that is killed tells of itself. It may be killed
/// too, so each event is in its file before what follows from it is done.
namespace troupe::testing {

using client_event =
  std::variant<checker::post_begun, checker::post_acknowledged,
               checker::group_joining, checker::group_joined, checker::assigned,
               checker::released, checker::partition_lost,
               checker::handing_begun, checker::handing_ended,
               checker::commit_asked, checker::commit_answered>;

/// Nanoseconds of a clock that all processes of this machine share: what one
/// does after it heard of another has the later time.
int64_t shared_now_ns();

struct client_moment {
  int64_t at_ns = 0;
  client_event what;
};

/// A file of events, a line each. May be told by several threads.
class journal {
public:
  /// Makes the file; throws when it cannot.
  explicit journal(const std::string& path);

  ~journal();

  journal(const journal&) = delete;
  journal& operator=(const journal&) = delete;

  /// The event is in the file, and stamped, before this returns.
  void tell(const client_event& x);

private:
  std::mutex mutex_;
  int file_ = -1;
};

/// Reads a journal while it is written.
class journal_reader {
public:
  explicit journal_reader(std::string path) : path_(std::move(path)) {}

  /// What was added since the last call. A line that was cut off by a kill is
  /// none: what it was to tell was not done.
  std::vector<client_moment> next();

  const std::string& path() const noexcept {
    return path_;
  }

private:
  std::string path_;
  std::streamoff at_ = 0;
};

} // namespace troupe::testing
