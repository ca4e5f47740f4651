#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "tests/checker/findings.hpp"
#include "tests/checker/log_book.hpp"

namespace troupe::checker {

/// How a member reads a partition that it holds.
struct reading {
  /// Where it was told to begin; -1: nobody said. Judged when it does: a member
  /// that is fenced may be told late.
  int64_t from = -1;
  bool is_judged = true;
  /// The last record it was given, -1: none; and whether its handler is done
  /// with it, or still at work.
  int64_t last = -1;
  bool is_done = false;
  bool is_at_work = false;
  /// What it was given is not in the log any more.
  bool is_ghost = false;
};

/// One group in one partition: where it began, what it was given and finished,
/// what it committed. Finds commits that go back or cover what is not finished
/// (I2), losses and repeats (I3), disorder (I4).
class position_book {
public:
  /// `name` is 'group, topic-partition', for messages.
  position_book(std::string name, findings& out)
    : name_(std::move(name)), out_(out) {}

  /// The group asks to join for the first time: with `latest` it does not begin
  /// below `low`.
  void begin_from(int64_t low) {
    low_ = low;
  }

  /// Judges where a member was told to read from, once. `log` null: nothing is
  /// known of it.
  void judge_begin(reading& by, start_rule::kind rule, uint64_t joined,
                   const known_log* log);

  void hand_out(reading& by, const std::string& member, int64_t offset,
                bool has_gaps);
  /// A record that a power cut took from the log after it was fetched: it may
  /// be worked on, and even committed, until the reader learns of the cut.
  void hand_out_ghost(reading& by, int64_t offset);
  void end_hand_out(reading& by, int64_t offset, bool is_done);

  void ask(const std::string& member, int64_t next, bool has_gaps);
  void answer(const std::string& member, int64_t next, bool is_accepted);

  /// The group's positions may be moved from now on; and were, to `to`.
  void doubt() {
    is_in_doubt_ = true;
  }
  void settle() {
    is_in_doubt_ = false;
  }
  void reset(int64_t to);

  /// The log was found to end here; `told`: where a member was told to begin,
  /// at most.
  void cut(int64_t end, int64_t told);

  /// What lies on the disk after the node has ended: nothing that was asked
  /// before happens any more.
  void find(int64_t next, int64_t start, node_end how);

  /// Every record of the log from the group's begin on was finished.
  void judge_all(const known_log& log, uint64_t joined);

private:
  void begin_at(int64_t offset, start_rule::kind rule, uint64_t joined,
                const known_log* log);
  /// Whether a member may be told to go on there: that it is where the group
  /// was, or somewhere behind a cut.
  bool is_expected(int64_t offset) const;
  bool is_possible(int64_t offset) const;
  void commit(int64_t next);
  bool is_done_up_to(int64_t next);
  /// No commit is on the disk: a reset that nobody was told of took it.
  void find_reset(int64_t start);

  std::string name_;
  findings& out_;
  int64_t low_ = 0;
  /// Where the group began, or was reset to.
  std::optional<int64_t> begin_;
  int64_t committed_ = -1;
  /// Commits above `committed_` that may have happened.
  std::set<int64_t> unsettled_;
  struct question {
    /// What was committed when it was asked.
    int64_t committed = -1;
    /// The first record that nobody had finished. Asking is no harm: a member
    /// that does not know yet that the log was cut, and it replaced, may.
    std::optional<int64_t> unfinished;
  };
  std::multimap<std::pair<std::string, int64_t>, question> asked_;
  bool has_asked_ = false;
  /// Nothing below is handed out again.
  int64_t floor_ = 0;
  /// The largest offset that may be handed out without skipping one.
  std::optional<int64_t> high_;
  /// Finished: all in [begin, done_up_to), and these.
  int64_t done_up_to_ = 0;
  std::set<int64_t> done_;
  bool is_in_doubt_ = false;
  /// A member was told to go on where the group was, or where it was reset to.
  std::optional<int64_t> maybe_reset_;
  /// The start as it is stored: the log may end below it since.
  std::optional<int64_t> stored_start_;
  struct settled {
    int64_t committed = -1;
    int64_t floor = 0;
  };
  /// Before a commit that nobody was told of, and that a killed node left on
  /// the disk: a power cut may still take it.
  std::optional<settled> safe_;
  /// The log was cut below where the group was: it goes back to here, and may
  /// commit only once it has caught up.
  std::optional<int64_t> cut_;
  /// Behind the last one that was given out and is not there any more: commits
  /// up to here say nothing of the records that are there now.
  int64_t ghosts_end_ = -1;
};

} // namespace troupe::checker
