#include "runtime/scenario/judge.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace troupe::scenario {

namespace {

using lines = std::vector<std::string>;

std::string show(const std::optional<int64_t>& x) {
  return x ? std::to_string(*x) : "null";
}

std::string show(const std::vector<std::string>& xs) {
  return fmt::format("[{}]", fmt::join(xs, ", "));
}

partition_name name_of(const group_position& x) {
  return {x.topic, x.id.partition};
}

const group_position* find(const observation& seen, const partition_name& x) {
  for (const auto& position : seen.group.positions)
    if (name_of(position) == x)
      return &position;
  return nullptr;
}

void judge_reads(const expect& wanted, const observation& seen, lines& out) {
  if (wanted.reads) {
    std::map<partition_name, lines> read;
    for (const auto& x : seen.window)
      read[{x.topic, x.partition}].push_back(x.value);
    auto all = *wanted.reads;
    for (const auto& [where, values] : read)
      all.try_emplace(where);
    for (const auto& [where, values] : all)
      if (read[where] != values)
        out.push_back(fmt::format("reads['{}']: expected {}, read {}",
                                  to_string(where), show(values),
                                  show(read[where])));
  }
  if (wanted.reads_any_order) {
    lines read;
    for (const auto& x : seen.window)
      read.push_back(x.value);
    auto sorted = *wanted.reads_any_order;
    std::sort(sorted.begin(), sorted.end());
    std::sort(read.begin(), read.end());
    if (read != sorted)
      out.push_back(fmt::format("reads_any_order: expected {}, read {}",
                                show(sorted), show(read)));
  }
  auto count = static_cast<int64_t>(seen.window.size());
  if (wanted.reads_count && !wanted.reads_count->contains(count))
    out.push_back(fmt::format("reads_count: expected {}, read {}",
                              show(*wanted.reads_count), count));
}

/// Compares one number of each listed partition.
template <class Get>
void judge_offsets(const char* what, const offsets_expectation& wanted, Get get,
                   lines& out) {
  for (const auto& [where, value] : wanted) {
    std::optional<int64_t> found = get(where);
    if (found != value)
      out.push_back(fmt::format("{}['{}']: expected {}, found {}", what,
                                to_string(where), show(value), show(found)));
  }
}

std::optional<int64_t> unless_null(int64_t x) {
  return x < 0 ? std::nullopt : std::optional<int64_t>{x};
}

void judge_positions(const expect& wanted, const observation& seen,
                     lines& out) {
  using found = std::optional<int64_t>;
  auto with = [&](auto get) {
    return [&seen, get](const partition_name& x) -> found {
      auto* position = find(seen, x);
      return position ? get(*position) : std::nullopt;
    };
  };
  judge_offsets("committed", wanted.committed,
                with([](const group_position& x) -> found {
                  return x.next < 0 ? found{} : found{x.committed()};
                }),
                out);
  judge_offsets(
    "next", wanted.next,
    with([](const group_position& x) { return unless_null(x.next); }), out);
  judge_offsets(
    "start", wanted.start,
    with([](const group_position& x) { return unless_null(x.start); }), out);
  judge_offsets(
    "lag", wanted.lag,
    with([](const group_position& x) { return unless_null(x.lag()); }), out);
  judge_offsets(
    "end", wanted.end,
    [&](const partition_name& x) -> found {
      auto i = seen.ends.find(x);
      return i == seen.ends.end() ? found{} : found{i->second};
    },
    out);
  if (wanted.lag_total) {
    int64_t total = 0;
    for (const auto& x : seen.group.positions)
      total += std::max<int64_t>(x.lag(), 0);
    if (total != *wanted.lag_total)
      out.push_back(
        fmt::format("lag: expected {}, found {}", *wanted.lag_total, total));
  }
}

void judge_owners(const expect& wanted, const observation& seen, lines& out) {
  for (const auto& [where, owner] : wanted.owners) {
    auto* position = find(seen, where);
    auto found = position ? position->owner : std::string{};
    if (found != owner.value_or(""))
      out.push_back(fmt::format("owners['{}']: expected {}, found {}",
                                to_string(where), owner.value_or("nobody"),
                                found.empty() ? "nobody" : found));
  }
  uint32_t owning = 0;
  uint32_t idle = 0;
  for (const auto& member : seen.group.members)
    ++(member.owned.empty() ? idle : owning);
  if (wanted.owners_count && *wanted.owners_count != owning)
    out.push_back(fmt::format("owners_count: expected {}, found {}",
                              *wanted.owners_count, owning));
  if (wanted.idle && *wanted.idle != idle)
    out.push_back(
      fmt::format("idle: expected {}, found {}", *wanted.idle, idle));
}

void judge_counts(const expect& wanted, const observation& seen, lines& out) {
  if (wanted.lost && *wanted.lost != seen.lost)
    out.push_back(
      fmt::format("lost: expected {}, found {}", *wanted.lost, seen.lost));
  if (wanted.delivered_twice
      && !wanted.delivered_twice->contains(seen.delivered_twice))
    out.push_back(fmt::format("delivered_twice: expected {}, found {}",
                              show(*wanted.delivered_twice),
                              seen.delivered_twice));
  if (wanted.delivered_twice_committed
      && *wanted.delivered_twice_committed != seen.delivered_twice_committed)
    out.push_back(fmt::format(
      "delivered_twice_committed: expected {}, found {}",
      *wanted.delivered_twice_committed, seen.delivered_twice_committed));
  if (!wanted.rate)
    return;
  auto rate =
    seen.seconds_since_mark > 0
      ? static_cast<double>(seen.handed_since_mark) / seen.seconds_since_mark
      : 0.0;
  if (std::abs(rate - wanted.rate->value) > wanted.rate->tolerance)
    out.push_back(fmt::format("rate: expected {:g} records/s within {:g}, "
                              "found {:.2f} ({} in {:.1f} s)",
                              wanted.rate->value, wanted.rate->tolerance, rate,
                              seen.handed_since_mark, seen.seconds_since_mark));
}

void judge_events(const expect& wanted, const observation& seen, lines& out) {
  auto from = seen.events.begin();
  for (const auto& part : wanted.events) {
    auto i = std::find_if(from, seen.events.end(), [&](const auto& x) {
      return x.cause.find(part) != std::string::npos;
    });
    if (i == seen.events.end()) {
      lines causes;
      for (const auto& x : seen.events)
        causes.push_back(x.cause);
      out.push_back(fmt::format("events: no '{}' in this order; there are {}",
                                part, show(causes)));
      return;
    }
    from = std::next(i);
  }
}

} // namespace

std::string show(const bounds& x) {
  if (x.min && x.max)
    return *x.min == *x.max ? std::to_string(*x.min)
                            : fmt::format("{} to {}", *x.min, *x.max);
  return x.min ? fmt::format("at least {}", *x.min)
               : fmt::format("at most {}", x.max.value_or(0));
}

std::vector<std::string> judge(const expect& wanted, const observation& seen) {
  auto result = seen.problems;
  judge_reads(wanted, seen, result);
  judge_positions(wanted, seen, result);
  judge_owners(wanted, seen, result);
  judge_counts(wanted, seen, result);
  judge_events(wanted, seen, result);
  judge_cluster(wanted, seen, result);
  return result;
}

} // namespace troupe::scenario
