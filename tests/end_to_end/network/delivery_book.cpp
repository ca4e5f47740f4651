#include "tests/end_to_end/network/delivery_book.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace troupe::testing {

using namespace checker;

namespace {

/// A member is missed after its session of 15 s, its partitions are moved, and
/// leaders go back to where they were: so long after a trouble a rebalance may
/// come from it.
constexpr int64_t aftermath_ns = 40'000'000'000;

} // namespace

size_t delivery_book::begin(const std::string& what) {
  troubles_.push_back({what, shared_now_ns(), 0});
  return troubles_.size() - 1;
}

void delivery_book::end(size_t number) {
  troubles_[number].end_ns = shared_now_ns();
}

const trouble* delivery_book::between(int64_t from_ns, int64_t to_ns) const {
  auto i = std::find_if(troubles_.rbegin(), troubles_.rend(), [&](auto& x) {
    return x.begin_ns <= to_ns && (x.end_ns == 0 || x.end_ns >= from_ns);
  });
  return i == troubles_.rend() ? nullptr : &*i;
}

void delivery_book::on(const moment& x) {
  auto* told = std::get_if<client_event>(&x.what);
  if (!told)
    return;
  if (auto* given = std::get_if<assigned>(told)) {
    readings_[{given->member, given->where}] = {x.at_ns, given->offset, -1};
  } else if (auto* begun = std::get_if<handing_begun>(told)) {
    on_handing(x.at_ns, *begun);
  } else if (auto* ended = std::get_if<handing_ended>(told)) {
    if (!ended->is_done)
      readings_[{ended->member, ended->where}].failed = ended->offset;
  } else if (auto* posted = std::get_if<post_acknowledged>(told)) {
    on_acknowledged(x.at_ns, *posted);
  }
}

void delivery_book::on_handing(int64_t at_ns, const handing_begun& x) {
  auto [i, is_first] = highest_.try_emplace({x.group, x.where}, x.offset);
  if (is_first || x.offset > i->second) {
    i->second = x.offset;
    return;
  }
  ++repeats_;
  auto& by = readings_[{x.member, x.where}];
  if (std::exchange(by.failed, -1) == x.offset) {
    ++reasons_["its handler had failed"];
    return;
  }
  // It went back: to where it was told to begin when it got the partition.
  auto* why = between(by.since_ns - aftermath_ns, by.since_ns);
  if (why && by.from >= 0 && x.offset >= by.from) {
    ++reasons_["rebalance: " + why->what];
    return;
  }
  problems_.push_back(fmt::format(
    "{}, {}: {} got {} again at {} ns, and nothing explains it: it was to "
    "begin at {}, {} ns before{}",
    x.group, to_string(x.where), x.member, x.offset, at_ns, by.from,
    at_ns - by.since_ns, why ? "" : ", in no trouble"));
}

void delivery_book::on_acknowledged(int64_t at_ns, const post_acknowledged& x) {
  auto [i, is_first] = acknowledged_ns_.try_emplace(x.where, at_ns);
  auto before = std::exchange(i->second, at_ns);
  if (is_first)
    return;
  auto* why = between(before, at_ns);
  auto& longest = silences_[why ? why->what : "no fault"];
  if (at_ns - before > longest.length_ns)
    longest = {before, at_ns - before};
}

void delivery_book::judge(const log_found& x) {
  for (const auto& [which, offset] : highest_)
    if (which.second == x.where && offset >= x.end)
      problems_.push_back(fmt::format("{} got {} of {}, whose log ends at {}",
                                      which.first, offset, to_string(x.where),
                                      x.end));
}

} // namespace troupe::testing
