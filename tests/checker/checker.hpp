#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/checker/findings.hpp"
#include "tests/checker/group_book.hpp"
#include "tests/checker/history.hpp"
#include "tests/checker/log_book.hpp"

namespace troupe::checker {

/// Judges a history, event by event, by the invariants I1 to I5: each event
/// costs little, whatever came before it. The same one judges simulated nodes
/// and real ones that are killed.
///
/// Not judged: groups with `commit: before` or `start_is_stored: false`, whose
/// promises are others. What nobody tells cannot be wrong: without assignments
/// owners are judged by what they work on at once, without `positions_found`
/// commits by what is handed out.
class checker {
public:
  checker() : logs_(findings_) {}

  checker(const checker&) = delete;
  checker& operator=(const checker&) = delete;

  void on(const topic_served& x);
  void on(const topic_deleted& x);
  void on(const post_begun& x);
  void on(const post_acknowledged& x);
  void on(const group_joining& x);
  void on(const group_joined& x);
  void on(const assigned& x);
  void on(const released& x);
  void on(const partition_lost& x);
  void on(const member_lost& x);
  void on(const handing_begun& x);
  void on(const handing_ended& x);
  void on(const commit_asked& x);
  void on(const commit_answered& x);
  void on(const reset_begun& x);
  void on(const reset_done& x);
  void on(const node_ended& x);
  void on(const log_found& x);
  void on(const positions_found& x);

  /// The history has come to its end; with `is_complete` everything is to have
  /// been delivered to every group.
  void finish(bool is_complete);

  /// What is wrong, a line each; empty: nothing.
  const std::vector<std::string>& problems() const noexcept {
    return findings_.lines();
  }

  /// Events so far.
  uint64_t events() const noexcept {
    return now_;
  }

private:
  group_book& group(const std::string& name);

  findings findings_;
  log_book logs_;
  std::map<std::string, group_book> groups_;
  uint64_t now_ = 0;
  node_end ended_ = node_end::clean;
};

} // namespace troupe::checker
