#include "runtime/scenario/observer.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "runtime/scenario/cluster_company.hpp"
#include "runtime/scenario/cluster_story.hpp"
#include "runtime/scenario/position_log.hpp"

namespace troupe::scenario {

namespace {

/// How long a look may take.
constexpr caf::timespan look_bound = 30s;

/// How long a look may take that only samples, in a cluster.
constexpr caf::timespan glance_bound = 100ms;

} // namespace

observer::observer(stage& on, company& players, const script& play,
                   std::shared_ptr<ledger> book,
                   std::shared_ptr<post_book> posts)
  : stage_(on), company_(players), script_(play), book_(std::move(book)),
    posts_(std::move(posts)) {}

caf::expected<group_description> observer::describe(const std::string& group,
                                                    int looks) {
  for (int i = 0;; ++i) {
    auto who = company_.coordinator(group);
    caf::error why;
    if (who) {
      auto seen = stage_.ask<group_description>(
        looks == 0 ? glance_bound : look_bound, *who, describe_atom_v);
      if (seen || i >= looks)
        return seen;
      why = seen.error();
    } else if (i >= looks || !is_retriable(who.error())) {
      return who.error();
    }
    // A coordinator that was just ended is started again when asked for.
    stage_.advance(10ms);
  }
}

std::vector<timeline_event> observer::timeline(const std::string& group) {
  auto who = company_.coordinator(group);
  if (!who)
    return {};
  auto events =
    stage_.ask<std::vector<timeline_event>>(look_bound, *who, timeline_atom_v);
  return events ? std::move(*events) : std::vector<timeline_event>{};
}

std::vector<topic_track> observer::topics() {
  std::vector<topic_track> result;
  auto infos = company_.topics();
  if (!infos)
    return result;
  for (const auto& info : *infos) {
    if (info.is_internal)
      continue;
    topic_track track;
    track.topic = info.name;
    for (int32_t p = 0; p < info.partitions(); ++p) {
      partition_status status;
      auto where = company_.partition({info.id, p});
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
  auto is_cluster = company_.as_cluster() != nullptr;
  if (is_cluster)
    sample_controller();
  else if (!company_.door())
    return;
  for (const auto& name : started_groups()) {
    auto group = is_cluster ? describe(name, 0) : describe(name);
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

void observer::sample_controller() {
  auto leader = company_.as_cluster()->glance_at_controller();
  auto name = leader == 0 ? std::string{} : std::to_string(leader);
  if (!controllers_.empty() && controllers_.back().to_ms < 0) {
    if (controllers_.back().what == name)
      return;
    controllers_.back().to_ms = stage_.now_ms();
  }
  if (leader != 0)
    controllers_.push_back({name, stage_.now_ms(), -1});
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

caf::expected<std::vector<position_event>> observer::position_events() {
  auto names = started_groups();
  return read_positions(stage_, company_, {names.begin(), names.end()});
}

caf::expected<delivery_tally> observer::tally_of(const std::string& group) {
  auto events = position_events();
  if (!events)
    return events.error();
  auto entries = book_->since(0);
  auto posted = posts_->acknowledged();
  delivery_tally total;
  for (const auto& name : started_groups()) {
    if (!group.empty() && name != group)
      continue;
    auto one = tally(name, entries, posted, *events);
    total.lost += one.lost;
    total.delivered_twice += one.delivered_twice;
    total.delivered_twice_committed += one.delivered_twice_committed;
  }
  return total;
}

caf::expected<int64_t> observer::count_missing() {
  auto values = read_values(stage_, company_);
  if (!values)
    return values.error();
  int64_t result = 0;
  for (const auto& x : posts_->acknowledged()) {
    auto i = values->find({x.topic, x.partition});
    result += i == values->end() || i->second.count({x.offset, x.value}) == 0;
  }
  return result;
}

int64_t observer::longest_gap_ms(const std::string& group, int64_t from_ms) {
  std::map<partition_name, std::vector<int64_t>> times;
  auto add = [&](const auto& x) {
    auto& all = times[{x.topic, x.partition}];
    if (x.time_ms >= from_ms)
      all.push_back(x.time_ms);
  };
  if (group.empty())
    for (const auto& x : posts_->acknowledged())
      add(x);
  else
    for (const auto& x : book_->since(0))
      if (x.group == group)
        add(x);
  int64_t result = 0;
  for (auto& [where, all] : times) {
    all.push_back(stage_.now_ms());
    std::sort(all.begin(), all.end());
    auto last = from_ms;
    for (auto time : all)
      result = std::max(result, time - std::exchange(last, time));
  }
  return times.empty() ? stage_.now_ms() - from_ms : result;
}

void observer::write_to(run_record& record) {
  record.topics = topics();
  if (auto* cluster = company_.as_cluster())
    record.cluster =
      tell_cluster(script_, cluster->metadata(), cluster->faults(),
                   controllers_, posts_->acknowledged());
  for (const auto& name : started_groups()) {
    auto& track = tracks_[name];
    track.group = name;
    if (auto group = describe(name)) {
      track.positions = group->positions;
      track.consumers = summaries(name, *group);
    }
    track.events = timeline(name);
    if (auto counts = tally_of(name)) {
      track.lost = counts->lost;
      track.delivered_twice = counts->delivered_twice;
      track.delivered_twice_committed = counts->delivered_twice_committed;
    }
    record.groups.push_back(std::move(track));
  }
  tracks_.clear();
}

} // namespace troupe::scenario
