#include "runtime/scenario/player.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "runtime/scenario/company.hpp"
#include "runtime/scenario/judge.hpp"
#include "runtime/scenario/ledger.hpp"
#include "runtime/scenario/observer.hpp"
#include "runtime/scenario/poster.hpp"
#include "runtime/scenario/step_text.hpp"

namespace troupe::scenario {

namespace {

/// How often a condition is looked at, and how often groups are sampled.
constexpr milliseconds look_interval = 10ms;
constexpr milliseconds sample_interval = 100ms;

/// Where the read window of a group begins, and what it had read by the last
/// mark.
struct read_marks {
  size_t window = 0;
  size_t mark = 0;
};

run_line line_of(const ledger_entry& x) {
  auto again =
    x.attempt > 1 ? fmt::format(", attempt {}", x.attempt) : std::string{};
  return {x.time_ms, line_kind::read, x.group,
          fmt::format("{} reads {} from {}-{} [offset {}]{}", x.consumer,
                      x.value, x.topic, x.partition, x.offset, again)};
}

class performance {
public:
  performance(const script& play, stage& on, const play_options& options)
    : script_(play), stage_(on), options_(options),
      book_(std::make_shared<ledger>()), posts_(std::make_shared<post_book>()),
      company_(on, play, book_), observer_(on, company_, play, book_, posts_) {}

  run_record run();

  // One for each kind of step.
  caf::error operator()(const produce& x);
  caf::error operator()(const start& x);
  caf::error operator()(const stop& x);
  caf::error operator()(const crash& x);
  caf::error operator()(const pause& x);
  caf::error operator()(const restart_node& x);
  caf::error operator()(const wait_until_drained& x);
  caf::error operator()(const wait& x);
  caf::error operator()(const advance& x);
  caf::error operator()(const create_topic& x);
  caf::error operator()(const delete_topic& x);
  caf::error operator()(const grow& x);
  caf::error operator()(const reset& x);
  caf::error operator()(const mark& x);
  caf::error operator()(const note& x);
  caf::error operator()(const expect& x);

private:
  void line(line_kind kind, const std::string& group, std::string text);
  void fail(const step& where, const caf::error& why);

  /// Lets time pass and samples.
  void pass(milliseconds time);

  /// Lets time pass until `done`; `timed_out` says what was waited for.
  template <class F>
  caf::error wait_for(milliseconds within, const std::string& what, F done);

  caf::error wait_until_stable(const std::string& group, milliseconds within);
  bool is_stable(const std::string& group);
  bool is_drained(const std::string& group);
  std::vector<ledger_entry> entries_since(const std::string& group,
                                          size_t from) const;
  observation observe(const expect& wanted);
  caf::expected<coordinator_actor> coordinator(const std::string& group);
  void tell_story();

  const script& script_;
  stage& stage_;
  const play_options& options_;
  std::shared_ptr<ledger> book_;
  std::shared_ptr<post_book> posts_;
  company company_;
  observer observer_;
  run_record record_;
  const step* current_ = nullptr;
  std::map<std::string, read_marks> marks_;
  int64_t mark_ms_ = 0;
};

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
  if (auto failed = company_.start_node()) {
    fail(beginning, failed);
  } else {
    for (const auto& x : script_.steps) {
      current_ = &x;
      if (auto text = describe(x.what); !text.empty())
        line(line_kind::step, {}, text);
      if (auto why = std::visit(*this, x.what)) {
        fail(x, why);
        break;
      }
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
  if (!company_.node())
    return;
  std::map<std::pair<std::string, partition_name>, int64_t> last;
  for (const auto& x : observer_.position_events()) {
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
  std::stable_sort(
    record_.lines.begin(), record_.lines.end(),
    [](const run_line& x, const run_line& y) { return x.time_ms < y.time_ms; });
}

// -- waiting -----------------------------------------------------------------

void performance::pass(milliseconds time) {
  auto interval = std::max(sample_interval, time / 200);
  while (time > 0ms) {
    auto some = std::min(time, interval);
    stage_.advance(some);
    observer_.sample();
    time -= some;
  }
}

template <class F>
caf::error performance::wait_for(milliseconds within, const std::string& what,
                                 F done) {
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
         && seen->members.size() == company_.running(group).size();
}

caf::error performance::wait_until_stable(const std::string& group,
                                          milliseconds within) {
  auto stable =
    wait_for(within, group + " being stable", [&] { return is_stable(group); });
  if (!stable)
    return stable;
  // Why not: what its consumers say is wrong.
  std::string text = what(stable);
  for (const auto& x : company_.consumers())
    if (x.group == group && x.is_running())
      if (auto status =
            stage_.ask<consumer_status>(5s, x.handle, status_atom_v))
        if (!status->last_problem.empty())
          text += fmt::format("; {}: {}", x.name, status->last_problem);
  return make_error(ec::timed_out, text);
}

bool performance::is_drained(const std::string& group) {
  if (!posts_->is_settled())
    return false;
  for (const auto& x : company_.consumers()) {
    if (!x.is_running() || (!group.empty() && x.group != group))
      continue;
    if (book_->is_busy(x.name, x.started_ms))
      return false;
    auto seen = observer_.describe(x.group);
    if (!seen)
      return false;
    for (const auto& position : seen->positions)
      if (!position.is_paused && position.lag() > 0)
        return false;
  }
  return true;
}

// -- steps -------------------------------------------------------------------

caf::error performance::operator()(const produce& x) {
  auto acks = x.acks.value_or(script_.settings.producer.acks);
  start_posting(stage_.system(), x, company_.producer(acks), posts_,
                stage_.epoch());
  if (x.in_background)
    return caf::none;
  auto bound = script_.settings.producer.delivery_timeout + 10s;
  if (x.rate > 0)
    bound += milliseconds{
      static_cast<int64_t>(1000 * static_cast<double>(x.size()) / x.rate)};
  auto failures = posts_->failures().size();
  if (auto late = wait_for(bound, "the acknowledgement of all posts",
                           [&] { return posts_->is_settled(); }))
    return late;
  auto all = posts_->failures();
  if (all.size() > failures)
    return make_error(ec::not_available,
                      fmt::format("{} posts failed, first: {}",
                                  all.size() - failures, all[failures]));
  return caf::none;
}

caf::error performance::operator()(const start& x) {
  auto names = company_.start(*script_.find_group(x.group), x.consumers);
  if (!names)
    return names.error();
  if (!x.waits_until_stable)
    return caf::none;
  return wait_until_stable(x.group, x.within);
}

caf::error performance::operator()(const stop& x) {
  return company_.stop(company_.choose(x.group, x.who), x.within);
}

caf::error performance::operator()(const crash& x) {
  auto names = company_.choose(x.group, x.who);
  if (!x.is_during_record) {
    company_.crash(names);
    return caf::none;
  }
  for (const auto& name : names) {
    auto consumer = std::find_if(
      company_.consumers().begin(), company_.consumers().end(),
      [&](const auto& y) { return y.is_running() && y.name == name; });
    auto since = consumer->started_ms;
    // Each look must come before the handler is done.
    auto end = stage_.now_ms() + x.within.count();
    while (!book_->is_busy(name, since)) {
      if (stage_.now_ms() >= end)
        return make_error(
          ec::timed_out, fmt::format("{} had no record with its handler within "
                                     "{}; give the group a handler_time",
                                     name, describe(x.within)));
      stage_.wait_until([&] { return book_->is_busy(name, since); },
                        milliseconds{end - stage_.now_ms()});
    }
    company_.crash({name});
  }
  return caf::none;
}

caf::expected<coordinator_actor> performance::coordinator(
  const std::string& group) {
  return stage_.ask<coordinator_actor>(30s, company_.node(), group_atom_v,
                                       group);
}

caf::error performance::operator()(const pause& x) {
  auto who = coordinator(x.group);
  if (!who)
    return who.error();
  std::vector<partition_choice> which;
  if (!x.topic.empty())
    which.push_back({x.topic, x.partition.value_or(-1)});
  auto done = stage_.ask<uint32_t>(30s, *who, pause_atom_v, which, x.is_paused);
  return done ? caf::error{} : done.error();
}

caf::error performance::operator()(const restart_node& x) {
  std::vector<player_consumer> running;
  for (const auto& y : company_.consumers())
    if (y.is_running())
      running.push_back(y);
  observer_.sample();
  if (auto failed = company_.end_node(x.how, x.within))
    return failed;
  pass(x.down_time);
  if (auto failed = company_.start_node())
    return failed;
  if (!x.restarts_consumers)
    return caf::none;
  for (const auto& y : running)
    if (auto failed =
          company_.start_numbered(*script_.find_group(y.group), y.number))
      return failed;
  for (const auto& y : running)
    if (auto late = wait_until_stable(y.group, x.within))
      return late;
  return caf::none;
}

caf::error performance::operator()(const wait_until_drained& x) {
  return wait_for(x.within, "the end of the backlog",
                  [&] { return is_drained(x.group); });
}

caf::error performance::operator()(const wait& x) {
  switch (x.until) {
    case wait::condition::stable:
      return wait_until_stable(x.group, x.within);
    case wait::condition::empty:
      return wait_for(x.within, x.group + " being empty", [&] {
        auto seen = observer_.describe(x.group);
        return seen && seen->members.empty();
      });
    case wait::condition::reads:
      return wait_for(x.within, fmt::format("{} records", x.count), [&] {
        return entries_since(x.group, marks_[x.group].window).size() >= x.count;
      });
    case wait::condition::produced:
      return wait_for(x.within, "the acknowledgement of all posts",
                      [&] { return posts_->is_settled(); });
  }
  return caf::none;
}

caf::error performance::operator()(const advance& x) {
  pass(x.time);
  return caf::none;
}

caf::error performance::operator()(const create_topic& x) {
  auto done =
    stage_.ask<topic_info>(30s, company_.node(), create_atom_v, x.topic);
  return done ? caf::error{} : done.error();
}

caf::error performance::operator()(const delete_topic& x) {
  auto done =
    stage_.ask<topic_info>(30s, company_.node(), delete_atom_v, x.topic);
  return done ? caf::error{} : done.error();
}

caf::error performance::operator()(const grow& x) {
  auto done = stage_.ask<topic_info>(30s, company_.node(), grow_atom_v, x.topic,
                                     x.partitions);
  return done ? caf::error{} : done.error();
}

caf::error performance::operator()(const reset& x) {
  auto who = coordinator(x.group);
  if (!who)
    return who.error();
  reset_request request;
  request.target = x.to;
  if (!x.topic.empty())
    request.partitions.push_back({x.topic, x.partition.value_or(-1)});
  auto done = stage_.ask<reset_plan>(30s, *who, reset_atom_v, request);
  return done ? caf::error{} : done.error();
}

caf::error performance::operator()(const mark&) {
  for (const auto& group : script_.groups)
    marks_[group.name] = {book_->size(), book_->size()};
  mark_ms_ = stage_.now_ms();
  return caf::none;
}

caf::error performance::operator()(const note& x) {
  line(line_kind::note, {}, x.text);
  return caf::none;
}

// -- expectations ------------------------------------------------------------

std::vector<ledger_entry> performance::entries_since(const std::string& group,
                                                     size_t from) const {
  auto entries = book_->since(from);
  std::erase_if(entries, [&](const auto& x) { return x.group != group; });
  return entries;
}

observation performance::observe(const expect& wanted) {
  observation seen;
  if (!wanted.group.empty()) {
    seen.window = entries_since(wanted.group, marks_[wanted.group].window);
    if (auto group = observer_.describe(wanted.group))
      seen.group = std::move(*group);
    if (!wanted.events.empty())
      seen.events = observer_.timeline(wanted.group);
    seen.handed_since_mark = static_cast<int64_t>(
      entries_since(wanted.group, marks_[wanted.group].mark).size());
    seen.seconds_since_mark =
      static_cast<double>(stage_.now_ms() - mark_ms_) / 1000;
  }
  if (!wanted.end.empty())
    for (const auto& topic : observer_.topics())
      for (size_t p = 0; p < topic.high_watermark.size(); ++p)
        seen.ends[{topic.topic, static_cast<int32_t>(p)}] =
          topic.high_watermark[p];
  if (wanted.lost || wanted.delivered_twice
      || wanted.delivered_twice_committed) {
    auto counts = observer_.tally_of(wanted.group);
    seen.lost = counts.lost;
    seen.delivered_twice = counts.delivered_twice;
    seen.delivered_twice_committed = counts.delivered_twice_committed;
  }
  return seen;
}

caf::error performance::operator()(const expect& x) {
  std::vector<std::string> difference;
  auto is_met = [&] {
    difference = judge(x, observe(x));
    return difference.empty();
  };
  if (x.within > 0ms)
    static_cast<void>(wait_for(x.within, "what is expected", is_met));
  else
    static_cast<void>(is_met());
  auto subject = x.group.empty() ? std::string{"all groups"} : x.group;
  record_.expectations.push_back(
    {current_->path, subject, difference.empty(), difference});
  for (const auto& text : difference)
    line(line_kind::problem, x.group,
         fmt::format("{}.{}", current_->path, text));
  if (x.reads || x.reads_any_order || x.reads_count)
    marks_[x.group].window = book_->size();
  return caf::none;
}

} // namespace

run_record play(const script& what, stage& on, const play_options& options) {
  return performance{what, on, options}.run();
}

} // namespace troupe::scenario
