#include "runtime/scenario/player.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "runtime/scenario/cluster_story.hpp"
#include "runtime/scenario/performance.hpp"
#include "runtime/scenario/step_text.hpp"

namespace troupe::scenario {

namespace {

/// How often a condition is looked at, and how often groups are sampled.
constexpr milliseconds look_interval = 10ms;
constexpr milliseconds sample_interval = 100ms;

run_line line_of(const ledger_entry& x) {
  auto again =
    x.attempt > 1 ? fmt::format(", attempt {}", x.attempt) : std::string{};
  return {x.time_ms, line_kind::read, x.group,
          fmt::format("{} reads {} from {}-{} [offset {}]{}", x.consumer,
                      x.value, x.topic, x.partition, x.offset, again)};
}

/// The order of what happened in the same millisecond: cause before effect.
int rank(line_kind kind) {
  switch (kind) {
    case line_kind::fault:
      return 1;
    case line_kind::election:
      return 2;
    case line_kind::rebalance:
      return 3;
    case line_kind::read:
      return 4;
    case line_kind::commit:
      return 5;
    default:
      return 0;
  }
}

} // namespace

// -- the frame ---------------------------------------------------------------

run_record performance::run() {
  auto wall_begin = std::chrono::steady_clock::now();
  record_.title = script_.title;
  record_.description = script_.description;
  record_.file = options_.file;
  record_.seed = script_.seed;
  record_.is_virtual_time = stage_.is_virtual();
  record_.begin_ms = mark_ms_ = stage_.now_ms();
  if (options_.on_line)
    book_->on_entry(
      [this](const ledger_entry& x) { options_.on_line(line_of(x)); });
  step beginning{"$.topics", 0, note{}};
  if (auto failed = company_->begin()) {
    fail(beginning, failed);
  } else {
    // The story of a cluster begins once it is one.
    if (company_->as_cluster() != nullptr)
      record_.begin_ms = mark_ms_ = stage_.now_ms();
    for (const auto& x : script_.steps) {
      current_ = &x;
      auto text = describe(x.what);
      if (!text.empty())
        line(line_kind::step, {}, text);
      if (auto why = std::visit(*this, x.what)) {
        fail(x, why);
        break;
      }
      // A step of its own time: what follows from it is told after it, what
      // the next one does before.
      if (!text.empty() && stage_.is_virtual())
        stage_.advance(milliseconds{1});
      observer_.sample();
    }
  }
  book_->on_entry(nullptr);
  tell_story();
  record_.end_ms = stage_.now_ms();
  using std::chrono::duration_cast;
  record_.wall_ms =
    duration_cast<milliseconds>(std::chrono::steady_clock::now() - wall_begin)
      .count();
  return std::move(record_);
}

void performance::line(line_kind kind, const std::string& group,
                       std::string text) {
  run_line x{stage_.now_ms(), kind, group, std::move(text)};
  if (options_.on_line)
    options_.on_line(x);
  record_.lines.push_back(std::move(x));
}

void performance::fail(const step& where, const caf::error& why) {
  auto text = what(why);
  line(line_kind::problem, {}, fmt::format("{}: {}", where.path, text));
  record_.expectations.push_back(
    {where.path, "the step can be played", false, {text}});
}

/// Adds commits and rebalances, which are known afterwards, and what was seen
/// of the groups.
void performance::tell_story() {
  for (const auto& x : book_->since(0))
    record_.lines.push_back(line_of(x));
  if (!company_->door())
    return;
  std::map<std::pair<std::string, partition_name>, int64_t> last;
  auto events = observer_.position_events();
  if (!events)
    line(line_kind::problem, {},
         "positions cannot be read: " + what(events.error()));
  for (const auto& x : events ? *events : std::vector<position_event>{}) {
    auto [i, is_new] = last.try_emplace({x.group, x.where}, -1);
    if (x.next >= 0 && x.next != i->second)
      record_.lines.push_back({x.time_ms, line_kind::commit, x.group,
                               fmt::format("{} commits {} on {}", x.group,
                                           x.next - 1, to_string(x.where))});
    i->second = x.next;
  }
  observer_.write_to(record_);
  for (const auto& group : record_.groups)
    for (const auto& event : group.events)
      record_.lines.push_back({event.time_ms, line_kind::rebalance, group.group,
                               fmt::format("{} [epoch {}]: {}", group.group,
                                           event.epoch, event.cause)});
  add_cluster_lines(record_);
  std::stable_sort(record_.lines.begin(), record_.lines.end(),
                   [](const run_line& x, const run_line& y) {
                     return std::pair{x.time_ms, rank(x.kind)}
                            < std::pair{y.time_ms, rank(y.kind)};
                   });
}

// -- waiting -----------------------------------------------------------------

void performance::pass(milliseconds time) {
  auto interval = std::max(sample_interval, time / 200);
  // A look may take time, too.
  auto end = stage_.now_ms() + time.count();
  for (auto left = time; left > 0ms;
       left = milliseconds{end - stage_.now_ms()}) {
    stage_.advance(std::min(left, interval));
    observer_.sample();
  }
}

caf::error performance::wait_for(milliseconds within, const std::string& what,
                                 const std::function<bool()>& done) {
  auto end = stage_.now_ms() + within.count();
  auto next_sample = stage_.now_ms() + sample_interval.count();
  while (!done()) {
    if (stage_.now_ms() >= end)
      return make_error(ec::timed_out, fmt::format("{} did not come within {}",
                                                   what, describe(within)));
    stage_.advance(look_interval);
    if (stage_.now_ms() >= next_sample) {
      observer_.sample();
      next_sample = stage_.now_ms() + sample_interval.count();
    }
  }
  return caf::none;
}

bool performance::is_stable(const std::string& group) {
  auto seen = observer_.describe(group);
  return seen && seen->state == "stable"
         && seen->members.size() == company_->running(group).size();
}

caf::error performance::wait_until_stable(const std::string& group,
                                          milliseconds within) {
  auto stable =
    wait_for(within, group + " being stable", [&] { return is_stable(group); });
  if (!stable)
    return stable;
  // Why not: what its consumers say is wrong.
  std::string text = what(stable);
  for (const auto& x : company_->consumers())
    if (x.group == group && x.is_running())
      if (auto status =
            stage_.ask<consumer_status>(5s, x.handle, status_atom_v))
        if (!status->last_problem.empty())
          text += fmt::format("; {}: {}", x.name, status->last_problem);
  return make_error(ec::timed_out, text);
}

std::string performance::backlog_of(const std::string& group) {
  if (!posts_->is_settled())
    return "posts are not acknowledged";
  for (const auto& x : company_->consumers()) {
    if (!x.is_running() || (!group.empty() && x.group != group))
      continue;
    if (book_->is_busy(x.name, x.entries_before))
      return x.name + " works on a record";
    auto seen = observer_.describe(x.group);
    if (!seen)
      return x.group + ": " + what(seen.error());
    for (const auto& position : seen->positions)
      if (!position.is_paused && position.high_watermark < 0
          && (position.next >= 0 || position.start >= 0))
        return fmt::format("it is not known where {}-{} ends", position.topic,
                           position.id.partition);
    for (const auto& position : seen->positions)
      if (!position.is_paused && position.lag() > 0)
        return fmt::format("{} is {} behind on {}-{}", x.group, position.lag(),
                           position.topic, position.id.partition);
  }
  return {};
}

run_record play(const script& what, stage& on, const play_options& options) {
  return performance{what, on, options}.run();
}

} // namespace troupe::scenario
