// What each kind of step does.

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/scenario/machine_company.hpp"
#include "runtime/scenario/performance.hpp"
#include "runtime/scenario/step_text.hpp"

namespace troupe::scenario {

caf::error performance::operator()(const produce& x) {
  auto posted = company_->post(x);
  if (!posted)
    return posted.error();
  auto number = *posted;
  if (!x.name.empty())
    post_names_.emplace(x.name, number);
  if (x.in_background)
    return caf::none;
  auto bound = script_.settings.producer.delivery_timeout + 10s;
  if (x.rate > 0)
    bound += milliseconds{
      static_cast<int64_t>(1000 * static_cast<double>(x.size()) / x.rate)};
  if (auto late = wait_for(bound, "the acknowledgement of all posts",
                           [&] { return posts_->is_settled(number); }))
    return late;
  if (auto failures = posts_->failures(number); !failures.empty())
    return make_error(ec::not_available,
                      fmt::format("{} posts failed, first: {}", failures.size(),
                                  failures.front()));
  return caf::none;
}

caf::error performance::operator()(const start& x) {
  auto names = company_->start(*script_.find_group(x.group), x.consumers, x.at);
  if (!names)
    return names.error();
  if (!x.waits_until_stable)
    return caf::none;
  return wait_until_stable(x.group, x.within);
}

caf::error performance::operator()(const stop& x) {
  return company_->stop(company_->choose(x.group, x.who), x.within);
}

caf::error performance::operator()(const crash& x) {
  auto names = company_->choose(x.group, x.who);
  if (!x.is_during_record) {
    company_->crash(names);
    return caf::none;
  }
  // All of them at one moment: a handler that is done in the meantime does not
  // count.
  auto are_busy = [&] {
    return std::all_of(
      company_->consumers().begin(), company_->consumers().end(),
      [&](const player_consumer& y) {
        return !y.is_running()
               || std::find(names.begin(), names.end(), y.name) == names.end()
               || book_->is_busy(y.name, y.entries_before);
      });
  };
  if (!stage_.wait_until(are_busy, x.within))
    return make_error(
      ec::timed_out, fmt::format("{} had no record with its handler within {}; "
                                 "give the group a handler_time",
                                 fmt::join(names, ", "), describe(x.within)));
  company_->crash(names);
  return caf::none;
}

caf::expected<node_actor> performance::door() {
  auto result = company_->door();
  if (!result)
    return make_error(ec::not_available, "no node runs");
  return result;
}

caf::error performance::operator()(const pause& x) {
  auto who = company_->coordinator(x.group);
  if (!who)
    return who.error();
  std::vector<partition_choice> which;
  if (!x.topic.empty())
    which.push_back({x.topic, x.partition.value_or(-1)});
  auto done = stage_.ask<uint32_t>(30s, *who, pause_atom_v, which, x.is_paused);
  return done ? caf::error{} : done.error();
}

caf::error performance::operator()(const restart_node& x) {
  if (company_->as_cluster() != nullptr)
    return restart_in_cluster(x);
  auto& one = *company_->as_machine();
  std::vector<player_consumer> running;
  for (const auto& y : company_->consumers())
    if (y.is_running())
      running.push_back(y);
  observer_.sample();
  if (auto failed = one.end_node(x.how, x.within))
    return failed;
  pass(x.down_time);
  if (auto failed = one.start_node())
    return failed;
  if (!x.restarts_consumers)
    return caf::none;
  return start_again(running, x.within);
}

caf::error performance::start_again(const std::vector<player_consumer>& who,
                                    milliseconds within) {
  for (const auto& y : who)
    if (auto failed = company_->start_numbered(*script_.find_group(y.group),
                                               y.number, y.host))
      return failed;
  for (const auto& y : who)
    if (auto late = wait_until_stable(y.group, within))
      return late;
  return caf::none;
}

caf::error performance::operator()(const wait_until_drained& x) {
  std::string left;
  auto late = wait_for(x.within, "the end of the backlog", [&] {
    left = backlog_of(x.group);
    return left.empty();
  });
  if (!late)
    return late;
  return make_error(ec::timed_out,
                    fmt::format("the backlog was not worked off within {}: {}",
                                describe(x.within), left));
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
    case wait::condition::in_sync: {
      auto many = cluster();
      if (!many)
        return many.error();
      return wait_for(x.within, "all replicas in sync",
                      [&] { return (*many)->is_in_sync(); });
    }
  }
  return caf::none;
}

caf::error performance::operator()(const advance& x) {
  pass(x.time);
  return caf::none;
}

caf::error performance::operator()(const create_topic& x) {
  auto to = door();
  if (!to)
    return to.error();
  auto done = stage_.ask<topic_info>(30s, *to, create_atom_v, x.topic);
  return done ? caf::error{} : done.error();
}

caf::error performance::operator()(const delete_topic& x) {
  auto to = door();
  if (!to)
    return to.error();
  auto done = stage_.ask<topic_info>(30s, *to, delete_atom_v, x.topic);
  return done ? caf::error{} : done.error();
}

caf::error performance::operator()(const grow& x) {
  auto to = door();
  if (!to)
    return to.error();
  auto done =
    stage_.ask<topic_info>(30s, *to, grow_atom_v, x.topic, x.partitions);
  return done ? caf::error{} : done.error();
}

caf::error performance::operator()(const reset& x) {
  auto who = company_->coordinator(x.group);
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
    if (auto counts = observer_.tally_of(wanted.group)) {
      seen.lost = counts->lost;
      seen.delivered_twice = counts->delivered_twice;
      seen.delivered_twice_committed = counts->delivered_twice_committed;
    } else {
      seen.problems.push_back("positions cannot be read: "
                              + what(counts.error()));
    }
  }
  if (wanted.gap)
    seen.gap_ms = observer_.longest_gap_ms(wanted.group, mark_ms_);
  if (wanted.group.empty())
    observe_cluster(wanted, seen);
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
  record_.expectations.push_back(
    {current_->path, summarize(x), difference.empty(), difference});
  for (const auto& text : difference)
    line(line_kind::problem, x.group,
         fmt::format("{}.{}", current_->path, text));
  if (x.reads || x.reads_any_order || x.reads_count)
    marks_[x.group].window = book_->size();
  return caf::none;
}

} // namespace troupe::scenario
