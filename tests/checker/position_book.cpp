#include "tests/checker/position_book.hpp"

#include <algorithm>

namespace troupe::checker {

bool position_book::is_expected(int64_t offset) const {
  if (unsettled_.count(offset) || (cut_ && offset == *cut_))
    return true;
  return committed_ >= 0 ? offset == committed_ : !begin_ || offset == *begin_;
}

bool position_book::is_possible(int64_t offset) const {
  // Behind a cut its reader goes back.
  return is_expected(offset) || (cut_ && offset >= *cut_);
}

void position_book::begin_at(int64_t offset, start_rule::kind rule,
                             uint64_t joined, const known_log* log) {
  begin_ = offset;
  stored_start_ = offset;
  done_up_to_ = offset;
  high_ = offset;
  floor_ = offset;
  if (offset < low_)
    out_.add("I3",
             "{}: begins at {}; all below {} was there when the group first "
             "asked to join",
             name_, offset, low_);
  if (!log || log->may_have_gaps || joined == 0)
    return;
  if ((rule == start_rule::kind::earliest || log->since > joined) && offset > 0)
    out_.add("I3", "{}: begins at {}, not at 0", name_, offset);
  for (const auto& [at, record] : log->records)
    if (at < offset && record.posted > joined)
      out_.add("I3",
               "{}: begins at {}; '{}' at {} was posted after the group had "
               "begun",
               name_, offset, record.value, at);
}

void position_book::judge_begin(reading& by, start_rule::kind rule,
                                uint64_t joined, const known_log* log) {
  if (by.is_judged)
    return;
  by.is_judged = true;
  auto offset = by.from;
  if (is_in_doubt_ && begin_ && is_expected(offset))
    maybe_reset_ = offset;
  else if (is_in_doubt_)
    reset(offset);
  is_in_doubt_ = false;
  // What is told is durable.
  safe_.reset();
  if (!begin_ && committed_ < 0)
    // Told a place behind a cut, its reader goes back to the cut.
    begin_at(std::min(offset, cut_.value_or(offset)), rule, joined, log);
  else if (!is_possible(offset))
    out_.add("I2", "{}: is to go on at {}; it had committed up to {}", name_,
             offset, committed_ >= 0 ? committed_ : *begin_);
  // Who gave the partition up, or lost it, commits there no more.
  if (unsettled_.count(offset))
    commit(offset);
  unsettled_.clear();
  if (!cut_) {
    floor_ = std::max(floor_, offset);
  } else if (offset <= *cut_) {
    // The coordinator knows of the cut: commits may follow the log again.
    committed_ = std::min(committed_, offset);
    ghosts_end_ = -1;
  }
}

void position_book::hand_out(reading& by, const std::string& member,
                             int64_t offset, bool has_gaps) {
  if (!begin_) {
    begin_ = offset;
    done_up_to_ = floor_ = offset;
    if (offset < low_)
      out_.add("I3", "{}: {} got {}; the group begins at {} or later", name_,
               member, offset, low_);
  }
  if (offset < floor_)
    out_.add("I3", "{}: {} got {}, the group has committed up to {}", name_,
             member, offset, floor_);
  if (!high_)
    high_ = offset;
  if (offset > *high_ && !has_gaps)
    out_.add("I4", "{}: {} got {}, nobody had got {}", name_, member, offset,
             *high_);
  high_ = std::max(*high_, offset + 1);
  auto is_back = cut_ && offset >= *cut_;
  // A handler that hangs gets the same one again, unless that is gone.
  if (by.last >= 0 && by.is_at_work && offset != by.last
      && !(is_back && (by.is_ghost || by.last >= *cut_)))
    out_.add("I4", "{}: {} got {} while it worked on {}", name_, member, offset,
             by.last);
  auto want = by.last < 0 ? by.from : by.is_done ? by.last + 1 : by.last;
  if (want >= 0 && offset != want && !is_back && !(has_gaps && offset > want))
    out_.add("I4", "{}: {} got {}, not {}", name_, member, offset, want);
  by = {by.from, by.is_judged, offset, false, true, false};
}

void position_book::hand_out_ghost(reading& by, int64_t offset) {
  cut_ = std::min(cut_.value_or(offset), offset);
  ghosts_end_ = std::max(ghosts_end_, offset + 1);
  by = {by.from, by.is_judged, offset, false, true, true};
}

void position_book::end_hand_out(reading& by, int64_t offset, bool is_done) {
  if (by.last == offset) {
    by.is_at_work = false;
    by.is_done = is_done;
  }
  if (is_done && !by.is_ghost && offset >= done_up_to_)
    done_.insert(offset);
}

bool position_book::is_done_up_to(int64_t next) {
  while (!done_.empty() && *done_.begin() <= done_up_to_) {
    done_up_to_ = std::max(done_up_to_, *done_.begin() + 1);
    done_.erase(done_.begin());
  }
  return next <= done_up_to_;
}

void position_book::ask(const std::string& member, int64_t next,
                        bool has_gaps) {
  has_asked_ = true;
  // What was committed of a log that was cut since may be taken back.
  question x{cut_ ? std::min(committed_, *cut_) : committed_, {}};
  if (!is_done_up_to(next) && !has_gaps && next > ghosts_end_)
    x.unfinished = done_up_to_;
  asked_.emplace(std::pair{member, next}, x);
  if (next > committed_)
    unsettled_.insert(next);
}

void position_book::answer(const std::string& member, int64_t next,
                           bool is_accepted) {
  auto i = asked_.find({member, next});
  if (i == asked_.end())
    return;
  auto [before, unfinished] = i->second;
  asked_.erase(i);
  if (!is_accepted) {
    unsettled_.erase(next);
    return;
  }
  if (unfinished)
    out_.add("I3", "{}: {} committed up to {}, nobody had finished {}", name_,
             member, next, *unfinished);
  if (next < before)
    out_.add("I2", "{}: {} committed up to {}, it was {} before", name_, member,
             next, before);
  commit(next);
  safe_.reset();
  maybe_reset_.reset();
}

void position_book::commit(int64_t next) {
  committed_ = std::max(committed_, next);
  unsettled_.erase(unsettled_.begin(), unsettled_.upper_bound(committed_));
  if (next <= ghosts_end_)
    return;
  floor_ = std::max(floor_, next);
  cut_.reset();
}

void position_book::reset(int64_t to) {
  begin_ = high_ = to;
  stored_start_ = to;
  maybe_reset_.reset();
  committed_ = -1;
  unsettled_.clear();
  asked_.clear();
  floor_ = done_up_to_ = to;
  done_.clear();
  is_in_doubt_ = false;
  cut_.reset();
  ghosts_end_ = -1;
  safe_.reset();
}

void position_book::cut(int64_t end, int64_t told) {
  auto top =
    std::max({committed_, told, begin_.value_or(-1), high_.value_or(-1),
              unsettled_.empty() ? -1 : *unsettled_.rbegin()});
  if (end >= top)
    return;
  ghosts_end_ = std::max(ghosts_end_, top);
  cut_ = std::min(cut_.value_or(end), end);
  floor_ = std::min(floor_, end);
  if (begin_)
    begin_ = std::min(*begin_, end);
  if (high_)
    high_ = std::min(*high_, end);
  done_up_to_ = std::min(done_up_to_, end);
  done_.erase(done_.lower_bound(end), done_.end());
}

void position_book::find(int64_t next, int64_t start, node_end how) {
  asked_.clear();
  if (next < 0 && start >= 0)
    find_reset(start);
  is_in_doubt_ = false;
  maybe_reset_.reset();
  if (start >= 0)
    stored_start_ = start;
  auto before = settled{committed_, floor_};
  if (how == node_end::power_cut) {
    if (safe_ && next >= safe_->committed && next < committed_) {
      committed_ = next;
      floor_ = safe_->floor;
    }
    safe_.reset();
  }
  if (cut_ && next >= *cut_ && next < committed_)
    committed_ = next; // The coordinator knows of the cut.
  if (next < committed_)
    out_.add("I5", "{}: {} is on the disk, {} was committed", name_, next,
             committed_);
  else if (next >= 0 && has_asked_ && !is_possible(next))
    out_.add("I2", "{}: {} is on the disk, nobody has committed that", name_,
             next);
  if (next < 0 && start >= 0 && begin_ && start != *begin_ && !cut_)
    out_.add("I5", "{}: begins at {} by the disk, and began at {}", name_,
             start, *begin_);
  if (next >= 0 && begin_ && next > committed_) {
    if (!is_done_up_to(next) && !cut_ && next > ghosts_end_)
      out_.add("I3", "{}: {} is on the disk, nobody has finished {}", name_,
               next, done_up_to_);
    committed_ = next;
    if (!cut_)
      floor_ = std::max(floor_, next);
    if (how != node_end::power_cut && !safe_)
      safe_ = before;
  }
  unsettled_.clear();
}

void position_book::find_reset(int64_t start) {
  if (is_in_doubt_ && (committed_ >= 0 || stored_start_ != start)) {
    reset(start);
  } else if (maybe_reset_ == start) {
    // Its reader has gone on from there.
    begin_ = start;
    committed_ = -1;
  }
}

void position_book::judge_all(const known_log& log, uint64_t joined) {
  for (const auto& [at, record] : log.records) {
    auto is_due = begin_ ? at >= *begin_ : joined > 0 && record.posted > joined;
    if (is_due && at >= done_up_to_ && done_.count(at) == 0)
      out_.add("I3", "{}: '{}' at {} was never finished{}", name_, record.value,
               at, begin_ ? "" : "; the group never began there");
  }
}

} // namespace troupe::checker
