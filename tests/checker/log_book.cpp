#include "tests/checker/log_book.hpp"

#include <algorithm>

namespace troupe::checker {

std::string to_string(const place& x) {
  return fmt::format("{}-{}", x.topic, x.partition);
}

int64_t known_log::durable_end() const {
  for (auto i = records.rbegin(); i != records.rend(); ++i)
    if (i->second.acks == acks::all)
      return i->first + 1;
  return 0;
}

void log_book::serve(const topic_served& x, uint64_t now) {
  if (is_deleted(x.topic))
    return;
  for (int32_t p = 0; p < x.partitions; ++p) {
    auto [i, is_new] = logs_.try_emplace({x.topic, p});
    if (is_new)
      i->second.since = now;
    i->second.may_have_gaps = x.may_have_gaps;
  }
}

void log_book::forget(const topic_deleted& x) {
  deleted_.emplace(x.topic, 0);
  std::erase_if(logs_, [&](const auto& y) { return y.first.topic == x.topic; });
}

void log_book::expect(const post_begun& x, uint64_t now) {
  if (!posts_.try_emplace(x.value, post{now, {}}).second)
    out_.add("history", "two posts of the value '{}'", x.value);
}

known_record* log_book::note(const place& where, int64_t offset,
                             const std::string& value) {
  if (is_deleted(where.topic))
    return nullptr;
  auto& log = logs_[where];
  auto [i, is_new] = log.records.try_emplace(offset);
  auto& result = i->second;
  if (!is_new) {
    if (result.value != value)
      out_.add("I5", "{} offset {} is '{}' now and was '{}'", to_string(where),
               offset, value, result.value);
    return &result;
  }
  result.value = value;
  auto p = posts_.find(value);
  if (p == posts_.end()) {
    out_.add("I5", "{} offset {} is '{}', which nobody has posted",
             to_string(where), offset, value);
    return &result;
  }
  result.posted = p->second.begun;
  if (auto& seen = p->second.seen; seen)
    out_.add("I3", "'{}' is there twice: {} offset {} and {} offset {}", value,
             to_string(seen->first), seen->second, to_string(where), offset);
  p->second.seen = {where, offset};
  return &result;
}

void log_book::acknowledge(const post_acknowledged& x) {
  if (auto* known = note(x.where, x.offset, x.value))
    known->acks = x.acks;
}

void log_book::see(const place& where, int64_t offset,
                   const std::string& value) {
  note(where, offset, value);
}

void log_book::end_life(node_end how) {
  for (const auto& [where, log] : logs_) {
    auto& end = ends_[where];
    end = std::max(end, how);
  }
}

bool log_book::must_be_there(const place& where, const known_record& x) const {
  auto i = ends_.find(where);
  auto how = i == ends_.end() ? node_end::clean : i->second;
  return how == node_end::power_cut ? x.acks == acks::all
                                    : x.acks != acks::none;
}

void log_book::judge(const log_found& x) {
  if (is_deleted(x.where.topic))
    return;
  auto& log = logs_[x.where];
  auto next = log.may_have_gaps ? -1 : 0;
  std::map<int64_t, const std::string*> found;
  for (const auto& [offset, value] : x.records) {
    if (next >= 0 && offset != next)
      out_.add("I5", "{} on the disk goes on with offset {}, not {}",
               to_string(x.where), offset, next);
    next = log.may_have_gaps ? -1 : offset + 1;
    found.emplace(offset, &value);
  }
  std::erase_if(log.records, [&](const auto& y) {
    const auto& [offset, known] = y;
    if (found.count(offset))
      return false;
    if (log.may_have_gaps && offset < x.end)
      return true;
    if (must_be_there(x.where, known))
      out_.add("I5",
               "'{}' was acknowledged at {} offset {} (acks={}) and is not on "
               "the disk, which ends at {}",
               known.value, to_string(x.where), offset,
               known.acks == acks::all ? "all" : "leader", x.end);
    if (auto p = posts_.find(known.value); p != posts_.end())
      p->second.seen.reset();
    return true;
  });
  for (const auto& [offset, value] : found)
    note(x.where, offset, *value);
  ends_.erase(x.where);
}

const known_log* log_book::find(const place& where) const {
  auto i = logs_.find(where);
  return i == logs_.end() ? nullptr : &i->second;
}

} // namespace troupe::checker
