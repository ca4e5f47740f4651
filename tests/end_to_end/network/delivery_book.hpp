#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "tests/end_to_end/kill/record_book.hpp"

namespace troupe::testing {

/// A time in which something was done to the cluster, and it got over it.
struct trouble {
  std::string what;
  int64_t begin_ns = 0;
  /// 0: it goes on.
  int64_t end_ns = 0;
};

/// The longest time in which a partition acknowledged nothing.
struct silence {
  int64_t from_ns = 0;
  int64_t length_ns = 0;
};

/// Records that a group gets again, each with its reason, and how long nothing
/// was acknowledged. What must not be at all the checker finds; this one finds
/// repeats that nothing explains.
class delivery_book {
public:
  /// Troubles have to be told before the moments that they explain are judged.
  /// Returns its number.
  size_t begin(const std::string& what);
  void end(size_t number);

  void on(const moment& x);

  /// A partition's log at the end of all: what was handed out is in it.
  void judge(const checker::log_found& x);

  /// Repeats without a reason, and what was handed out and is in no log.
  const std::vector<std::string>& problems() const noexcept {
    return problems_;
  }

  uint64_t repeats() const noexcept {
    return repeats_;
  }

  /// How often which reason explained one.
  const std::map<std::string, uint64_t>& reasons() const noexcept {
    return reasons_;
  }

  /// By what was going on.
  const std::map<std::string, silence>& silences() const noexcept {
    return silences_;
  }

private:
  /// A member that holds a partition.
  struct reading {
    int64_t since_ns = 0;
    int64_t from = -1;
    int64_t failed = -1;
  };

  void on_handing(int64_t at_ns, const checker::handing_begun& x);
  void on_acknowledged(int64_t at_ns, const checker::post_acknowledged& x);

  /// The last one that began before `to` and was over, if at all, after `from`.
  const trouble* between(int64_t from_ns, int64_t to_ns) const;

  std::deque<trouble> troubles_;
  std::map<std::pair<std::string, checker::place>, int64_t> highest_;
  std::map<std::pair<std::string, checker::place>, reading> readings_;
  std::map<checker::place, int64_t> acknowledged_ns_;
  std::vector<std::string> problems_;
  uint64_t repeats_ = 0;
  std::map<std::string, uint64_t> reasons_;
  std::map<std::string, silence> silences_;
};

} // namespace troupe::testing
