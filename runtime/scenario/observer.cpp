#include "runtime/scenario/observer.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "runtime/scenario/position_log.hpp"

namespace troupe::scenario {

namespace {

/// How long a look may take.
constexpr caf::timespan look_bound = 30s;

/// A look that a crash has cut off is repeated this often.
constexpr int looks_max = 20;

} // namespace

observer::observer(stage& on, company& players, const script& play,
                   std::shared_ptr<ledger> book,
                   std::shared_ptr<post_book> posts)
  : stage_(on), company_(players), script_(play), book_(std::move(book)),
    posts_(std::move(posts)) {}

caf::expected<group_description> observer::describe(const std::string& group) {
  for (int i = 0;; ++i) {
    auto who = stage_.ask<coordinator_actor>(look_bound, company_.node(),
                                             group_atom_v, group);
    caf::error why;
    if (who) {
      auto seen =
        stage_.ask<group_description>(look_bound, *who, describe_atom_v);
      if (seen || i >= looks_max)
        return seen;
      why = seen.error();
    } else if (i >= looks_max || !is_retriable(who.error())) {
      return who.error();
    }
    // A coordinator that was just ended is started again when asked for.
    stage_.advance(10ms);
  }
}

std::vector<timeline_event> observer::timeline(const std::string& group) {
  auto who = stage_.ask<coordinator_actor>(look_bound, company_.node(),
                                           group_atom_v, group);
  if (!who)
    return {};
  auto events =
    stage_.ask<std::vector<timeline_event>>(look_bound, *who, timeline_atom_v);
  return events ? std::move(*events) : std::vector<timeline_event>{};
}

std::vector<topic_track> observer::topics() {
  std::vector<topic_track> result;
  auto infos = stage_.ask<std::vector<topic_info>>(look_bound, company_.node(),
                                                   topics_atom_v);
  if (!infos)
    return result;
  for (const auto& info : *infos) {
    if (info.is_internal)
      continue;
    topic_track track;
    track.topic = info.name;
    for (int32_t p = 0; p < info.partitions(); ++p) {
      partition_status status;
      auto where =
        stage_.ask<partition_actor>(look_bound, company_.node(), locate_atom_v,
                                    topic_partition{info.id, p});
      if (where)
        if (auto found =
              stage_.ask<partition_status>(look_bound, *where, status_atom_v))
          status = std::move(*found);
      track.log_start.push_back(status.log_start);
      track.high_watermark.push_back(status.high_watermark);
    }
    result.push_back(std::move(track));
  }
  return result;
}

std::vector<std::string> observer::started_groups() const {
  std::set<std::string> names;
  for (const auto& x : company_.consumers())
    names.insert(x.group);
  return {names.begin(), names.end()};
}

void observer::sample() {
  if (!company_.node())
    return;
  for (const auto& name : started_groups()) {
    auto group = describe(name);
    if (!group)
      continue;
    auto& track = tracks_[name];
    track.group = name;
    group_sample now;
    now.time_ms = stage_.now_ms();
    now.handled = book_->finished(name);
    for (const auto& x : group->positions)
      now.lag += std::max<int64_t>(x.lag(), 0);
    track.samples.push_back(now);
    sample_owners(track, *group);
  }
}

void observer::sample_owners(group_track& track,
                             const group_description& group) {
  auto now = stage_.now_ms();
  for (const auto& position : group.positions) {
    auto open = std::find_if(
      track.owners.rbegin(), track.owners.rend(), [&](const auto& x) {
        return x.topic == position.topic && x.partition == position.id.partition
               && x.to_ms < 0;
      });
    auto is_open = open != track.owners.rend();
    if (is_open && open->owner == position.owner)
      continue;
    if (is_open)
      open->to_ms = now;
    if (!position.owner.empty())
      track.owners.push_back(
        {position.topic, position.id.partition, position.owner, now, -1});
  }
}

std::vector<consumer_summary> observer::summaries(
  const std::string& group, const group_description& now) const {
  std::vector<consumer_summary> result;
  for (const auto& x : company_.consumers()) {
    if (x.group != group)
      continue;
    consumer_summary summary;
    summary.name = x.name;
    auto until = x.ended_ms < 0 ? stage_.now_ms() : x.ended_ms;
    for (const auto& entry : book_->since(0))
      if (entry.consumer == x.name && entry.is_finished
          && entry.time_ms >= x.started_ms && entry.time_ms <= until)
        ++summary.handled;
    auto seconds = static_cast<double>(until - x.started_ms) / 1000;
    summary.rate =
      seconds > 0 ? static_cast<double>(summary.handled) / seconds : 0;
    if (x.is_running())
      for (const auto& position : now.positions)
        if (position.owner == x.name)
          summary.owned.push_back(
            fmt::format("{}-{}", position.topic, position.id.partition));
    result.push_back(std::move(summary));
  }
  return result;
}

std::vector<position_event> observer::position_events() {
  auto names = started_groups();
  return read_positions(stage_, company_.node(), {names.begin(), names.end()});
}

delivery_tally observer::tally_of(const std::string& group) {
  auto events = position_events();
  auto entries = book_->since(0);
  auto posted = posts_->acknowledged();
  delivery_tally total;
  for (const auto& name : started_groups()) {
    if (!group.empty() && name != group)
      continue;
    auto one = tally(name, entries, posted, events);
    total.lost += one.lost;
    total.delivered_twice += one.delivered_twice;
    total.delivered_twice_committed += one.delivered_twice_committed;
  }
  return total;
}

void observer::write_to(run_record& record) {
  record.topics = topics();
  for (const auto& name : started_groups()) {
    auto& track = tracks_[name];
    track.group = name;
    if (auto group = describe(name)) {
      track.positions = group->positions;
      track.consumers = summaries(name, *group);
    }
    track.events = timeline(name);
    auto counts = tally_of(name);
    track.lost = counts.lost;
    track.delivered_twice = counts.delivered_twice;
    track.delivered_twice_committed = counts.delivered_twice_committed;
    record.groups.push_back(std::move(track));
  }
  tracks_.clear();
}

} // namespace troupe::scenario
