#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/checker/findings.hpp"
#include "tests/checker/log_book.hpp"
#include "tests/checker/position_book.hpp"

namespace troupe::checker {

/// One group: who holds what by their own knowledge, and where it is in each
/// partition. Finds two owners (I1), and hand-outs by who holds nothing.
///
/// A member that is fenced learns so later than the next owner learns of its
/// partitions; and it may learn late, first, that it was given some. So two
/// that hold one partition are only wrong when none of them turns out to be
/// lost, or when the lost one's commit was accepted.
class group_book {
public:
  group_book(std::string name, const log_book& logs, findings& out)
    : name_(std::move(name)), logs_(logs), out_(out) {}

  void on(const group_joining& x);
  void on_joined(uint64_t now);
  void on(const assigned& x);
  void on(const released& x);
  void on(const partition_lost& x);
  void on(const member_lost& x);
  void on(const handing_begun& x);
  void on(const handing_ended& x);
  void on(const commit_asked& x);
  void on(const commit_answered& x);
  void on_reset_begun();
  void on(const reset_done& x);
  void on_log(const place& where);
  void on_positions(const std::vector<found_position>& xs, node_end how);
  void on_deleted(const std::string& topic);

  /// The end of the history; `is_complete`: everything was to be delivered.
  void finish(bool is_complete);

private:
  /// Commits that one of two holders has asked for, and who of them got one.
  struct claims {
    std::set<std::pair<std::string, int64_t>> asked;
    std::set<std::string> committed;
  };

  struct holders {
    std::map<std::string, reading> by_member;
    /// Pairs that held it at once.
    std::map<std::pair<std::string, std::string>, claims> rivals;
  };

  void lose(const place& where, holders& held, const std::string& member,
            bool is_told);
  position_book& position(const place& where);
  void judge_begin(const place& where, reading& by);
  bool has_gaps(const place& where) const;

  std::string name_;
  const log_book& logs_;
  findings& out_;
  start_rule::kind rule_ = start_rule::kind::latest;
  std::set<std::string> topics_;
  bool is_joining_ = false;
  /// A reset is under way.
  bool is_in_doubt_ = false;
  uint64_t joined_ = 0;
  /// Assignments are told.
  bool is_watched_ = false;
  std::map<place, holders> holders_;
  std::map<place, position_book> positions_;
};

} // namespace troupe::checker
