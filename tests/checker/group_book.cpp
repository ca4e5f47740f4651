#include "tests/checker/group_book.hpp"

#include <algorithm>

namespace troupe::checker {

position_book& group_book::position(const place& where) {
  auto i = positions_.find(where);
  if (i == positions_.end()) {
    i = positions_
          .emplace(
            where,
            position_book{fmt::format("{}, {}", name_, to_string(where)), out_})
          .first;
    if (is_in_doubt_)
      i->second.doubt();
  }
  return i->second;
}

bool group_book::has_gaps(const place& where) const {
  auto* log = logs_.find(where);
  return log && log->may_have_gaps;
}

void group_book::on(const group_joining& x) {
  topics_.insert(x.topics.begin(), x.topics.end());
  if (is_joining_)
    return;
  is_joining_ = true;
  rule_ = x.start;
  if (rule_ == start_rule::kind::latest)
    for (const auto& [where, log] : logs_.logs())
      if (topics_.count(where.topic))
        position(where).begin_from(log.durable_end());
}

void group_book::on_joined(uint64_t now) {
  if (joined_ == 0)
    joined_ = now;
}

void group_book::on(const assigned& x) {
  if (logs_.is_deleted(x.where.topic))
    return;
  is_watched_ = true;
  auto& held = holders_[x.where];
  for (const auto& [member, how] : held.by_member)
    if (member != x.member)
      held.rivals[{member, x.member}] = {};
  held.by_member[x.member] = {x.offset, false};
}

void group_book::judge_begin(const place& where, reading& by) {
  position(where).judge_begin(by, rule_, joined_, logs_.find(where));
}

void group_book::on(const released& x) {
  auto i = holders_.find(x.where);
  if (i == holders_.end())
    return;
  auto by = i->second.by_member.find(x.member);
  if (by == i->second.by_member.end())
    return;
  i->second.by_member.erase(by);
}

void group_book::on(const partition_lost& x) {
  auto i = holders_.find(x.where);
  if (i != holders_.end())
    lose(x.where, i->second, x.member, true);
}

void group_book::on(const member_lost& x) {
  for (auto& [where, held] : holders_)
    lose(where, held, x.member, !x.has_ended);
}

/// `is_told`: the member was told that it is not the owner.
void group_book::lose(const place& where, holders& held,
                      const std::string& member, bool is_told) {
  held.by_member.erase(member);
  std::erase_if(held.rivals, [&](const auto& x) {
    const auto& [pair, both] = x;
    if (pair.first != member && pair.second != member)
      return false;
    // Who came later may have lost it since, before the other one was told.
    if (is_told && pair.first == member && both.committed.count(member))
      out_.add("I2", "{}, {}: {} committed there after it had lost it", name_,
               to_string(where), member);
    return true;
  });
}

void group_book::on(const handing_begun& x) {
  if (logs_.is_deleted(x.where.topic))
    return;
  auto& held = holders_[x.where];
  auto i = held.by_member.find(x.member);
  if (i == held.by_member.end()) {
    if (is_watched_)
      out_.add("I1", "{}, {}: {} got {}, but does not hold it", name_,
               to_string(x.where), x.member, x.offset);
    i = held.by_member.emplace(x.member, reading{}).first;
  }
  if (!is_watched_)
    for (const auto& [member, how] : held.by_member)
      if (member != x.member && how.is_at_work)
        out_.add("I1", "{}, {}: {} got {} while {} worked on {}", name_,
                 to_string(x.where), x.member, x.offset, member, how.last);
  judge_begin(x.where, i->second);
  if (x.is_stale)
    position(x.where).hand_out_ghost(i->second, x.offset);
  else
    position(x.where).hand_out(i->second, x.member, x.offset,
                               has_gaps(x.where));
}

void group_book::on(const handing_ended& x) {
  if (logs_.is_deleted(x.where.topic))
    return;
  auto& held = holders_[x.where];
  reading gone;
  auto i = held.by_member.find(x.member);
  position(x.where).end_hand_out(i == held.by_member.end() ? gone : i->second,
                                 x.offset, x.is_done);
}

void group_book::on(const commit_asked& x) {
  if (logs_.is_deleted(x.where.topic))
    return;
  for (auto& [pair, both] : holders_[x.where].rivals)
    if (pair.first == x.member || pair.second == x.member)
      both.asked.emplace(x.member, x.next);
  position(x.where).ask(x.member, x.next, has_gaps(x.where));
}

void group_book::on(const commit_answered& x) {
  if (logs_.is_deleted(x.where.topic))
    return;
  if (x.is_accepted)
    for (auto& [pair, both] : holders_[x.where].rivals)
      if (both.asked.count({x.member, x.next}))
        both.committed.insert(x.member);
  position(x.where).answer(x.member, x.next, x.is_accepted);
}

void group_book::on_reset_begun() {
  is_in_doubt_ = true;
  for (auto& [where, position] : positions_)
    position.doubt();
}

void group_book::on(const reset_done& x) {
  is_in_doubt_ = false;
  for (auto& [where, position] : positions_)
    position.settle();
  for (const auto& [where, to] : x.to)
    if (!logs_.is_deleted(where.topic))
      position(where).reset(to);
}

void group_book::on_log(const place& where) {
  auto* log = logs_.find(where);
  if (!log || (holders_.count(where) == 0 && positions_.count(where) == 0))
    return;
  // Who was told to begin behind the end begins there.
  int64_t told = -1;
  for (auto& [member, by] : holders_[where].by_member)
    if (!by.is_judged && by.from > log->end()) {
      told = std::max(told, by.from);
      by = {};
    }
  position(where).cut(log->end(), told);
}

void group_book::on_positions(const std::vector<found_position>& xs,
                              node_end how) {
  std::map<place, const found_position*> found;
  for (const auto& x : xs)
    if (x.group == name_ && !logs_.is_deleted(x.where.topic)) {
      found[x.where] = &x;
      position(x.where);
    }
  for (auto& [where, position] : positions_) {
    auto i = found.find(where);
    if (i == found.end())
      position.find(-1, -1, how);
    else {
      position.find(i->second->next, i->second->start, how);
      // Nobody may have been told of a start that the log ends below by now.
      if (auto* log = logs_.find(where))
        position.cut(log->end(), i->second->start);
    }
  }
  is_in_doubt_ = false;
}

void group_book::on_deleted(const std::string& topic) {
  auto is_there = [&](const auto& x) { return x.first.topic == topic; };
  std::erase_if(holders_, is_there);
  std::erase_if(positions_, is_there);
}

void group_book::finish(bool is_complete) {
  for (auto& [where, held] : holders_)
    for (auto& [member, by] : held.by_member)
      judge_begin(where, by);
  for (const auto& [where, held] : holders_)
    for (const auto& [pair, both] : held.rivals)
      out_.add("I1", "{}, {}: {} and {} held it at once", name_,
               to_string(where), pair.first, pair.second);
  if (!is_complete)
    return;
  for (const auto& [where, log] : logs_.logs())
    if (topics_.count(where.topic))
      position(where).judge_all(log, joined_);
}

} // namespace troupe::checker
