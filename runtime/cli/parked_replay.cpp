#include "runtime/cli/parked_replay.hpp"

#include <algorithm>
#include <map>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "actors/consumer/dead_letter.hpp"
#include "actors/consumer/parked_keys.hpp"
#include "runtime/dead_letters.hpp"
#include "runtime/wall_epoch.hpp"

namespace troupe::cli {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

/// Bytes of the letters of one post, or a single larger one.
constexpr size_t letter_bytes_aim = 1 * mib;

/// Posts of letters that came while others were brought back, before it is
/// left: they may come as fast as they are handled.
constexpr int pursuits_max = 20;

/// By then the consumers have read a marker, and posted what they parked
/// before.
constexpr caf::timespan settle_time = 1s;

/// How often the group is asked how far it is, and people are told.
constexpr auto look_interval = 100ms;
constexpr auto tell_interval = 5s;

bool is_meant(const parked_replay_options& options, int32_t partition,
              const bytes& key) {
  return (options.partition < 0 || partition == options.partition)
         && (!options.key || (!key.is_null() && key.view() == *options.key));
}

size_t size_of(const dead_letter& x) {
  return x.content.key.size() + x.content.value.size();
}

/// Brings letters back; what it says and does, in its order.
class replay {
public:
  replay(client& to, parked_box& box, const parked_replay_options& options)
    : to_(to), box_(box), options_(options),
      way_(replay_topic(options.topic, options.group)),
      poster_(to.system(), to.node(), wall_epoch()) {
    // nop
  }

  caf::error run();

  parked_replay_result result;

private:
  caf::error open_way();
  caf::error bring_back(const std::vector<parked_letter>& letters);
  caf::error wait_for_group(int64_t next, size_t count);
  caf::error mark(const std::vector<parked_letter>& letters);

  caf::expected<std::vector<record_metadata>> post(std::vector<posting> all) {
    return to_.ask<std::vector<record_metadata>>(poster_.handle(), post_atom_v,
                                                 std::move(all));
  }

  /// The group as it is; sets `result.problem` when nobody reads the way back.
  caf::expected<group_description> look_at_group();

  client& to_;
  parked_box& box_;
  const parked_replay_options& options_;
  /// The topic through which letters come back.
  std::string way_;
  letter_poster poster_;
};

caf::error replay::run() {
  if (auto error = open_way())
    return error;
  auto group = look_at_group();
  if (!group)
    return group.error();
  if (!result.problem.empty())
    return caf::none;
  auto wants = [this](const dead_letter& x) {
    return is_meant(options_, x.partition, x.content.key);
  };
  const auto end = box_.piles().position();
  int pursuits = 0;
  auto is_settled = false;
  for (int64_t next = 0;;) {
    auto letters = box_.letters_from(next, wants);
    if (!letters)
      return letters.error();
    if (letters->empty()) {
      if (is_settled)
        return box_.tidy();
      is_settled = true;
      if (auto error = box_.read_on(settle_time))
        return error;
      continue;
    }
    is_settled = false;
    if (letters->front().offset >= end && ++pursuits > pursuits_max) {
      result.problem = fmt::format(
        "records come as fast as they are handled; 'troupe group pause {} "
        "--topic {}', replay, then resume",
        options_.group, options_.topic);
      return caf::none;
    }
    if (auto error = bring_back(*letters))
      return error;
    if (!result.problem.empty())
      return caf::none;
    next = letters->back().offset + 1;
    if (auto error = box_.read_on())
      return error;
  }
}

caf::error replay::open_way() {
  auto made =
    to_.ask<topic_info>(to_.node(), create_atom_v, letter_topic(way_));
  if (made || code_of(made.error()) == ec::topic_exists)
    return caf::none;
  return made.error();
}

caf::expected<group_description> replay::look_at_group() {
  auto who = to_.coordinator(options_.group);
  if (!who)
    return who.error();
  auto group = to_.ask<group_description>(*who, describe_atom_v);
  if (!group)
    return group;
  auto reads = [&](const member_description& x) {
    return std::find(x.topics.begin(), x.topics.end(), way_) != x.topics.end();
  };
  if (std::none_of(group->members.begin(), group->members.end(), reads))
    result.problem =
      fmt::format("{} has no member that takes them: start its consumers, with "
                  "\"on_failure\": \"park\"",
                  options_.group);
  return group;
}

caf::error replay::bring_back(const std::vector<parked_letter>& letters) {
  std::vector<posting> all;
  for (const auto& x : letters) {
    posting each;
    each.topic = way_;
    each.content = to_record(x.what);
    all.push_back(std::move(each));
  }
  auto posted = post(std::move(all));
  if (!posted)
    return posted.error();
  int64_t last = 0;
  for (const auto& x : *posted)
    last = std::max(last, x.offset);
  if (auto error = wait_for_group(last + 1, letters.size()))
    return error;
  if (!result.problem.empty())
    return caf::none;
  result.replayed += letters.size();
  return mark(letters);
}

caf::error replay::wait_for_group(int64_t next, size_t count) {
  auto begin = steady::now();
  auto told = begin;
  int64_t seen = -1;
  for (;;) {
    auto group = look_at_group();
    if (!group && !is_retriable(group.error()))
      return group.error();
    // They may be on their way to another node.
    if (group && result.problem.empty())
      for (const auto& x : group->positions) {
        if (x.topic != way_ || x.next <= seen)
          continue;
        seen = x.next;
        begin = steady::now();
      }
    if (seen >= next)
      return caf::none;
    auto time = steady::now();
    if (time - begin >= options_.timeout) {
      if (result.problem.empty())
        result.problem = fmt::format(
          "{} handled none of them for {} s: see 'troupe status' for what "
          "fails; one that fails again is tried for ever",
          options_.group,
          std::chrono::duration_cast<std::chrono::seconds>(options_.timeout)
            .count());
      return caf::none;
    }
    result.problem.clear();
    if (time - told >= tell_interval) {
      told = time;
      fmt::print(stderr, "{} has still {} of {} to handle\n", options_.group,
                 std::min<int64_t>(next - std::max<int64_t>(seen, 0),
                                   static_cast<int64_t>(count)),
                 count);
    }
    std::this_thread::sleep_for(look_interval);
  }
}

caf::error replay::mark(const std::vector<parked_letter>& letters) {
  std::map<std::pair<int32_t, std::pair<bool, std::string>>, release_marker>
    markers;
  for (const auto& x : letters) {
    const auto& key = x.what.content.key;
    markers[{x.what.partition, {key.is_null(), key.str()}}] = {
      options_.topic, x.what.partition, options_.group, key, x.offset + 1};
  }
  std::vector<posting> all;
  for (const auto& [name, x] : markers) {
    posting each;
    each.topic = box_.topic();
    each.content = to_record(x);
    all.push_back(std::move(each));
  }
  auto posted = post(std::move(all));
  return posted ? caf::none : posted.error();
}

} // namespace

// -- the log -----------------------------------------------------------------

caf::expected<parked_box> parked_box::open(client& to, const std::string& topic,
                                           const std::string& group) {
  parked_box result{to, parked_topic(topic, group), {topic, group}};
  auto about = to.ask<topic_info>(to.node(), topic_atom_v, result.topic_);
  if (!about)
    return about.error();
  auto log = to.ask<partition_actor>(to.node(), locate_atom_v,
                                     topic_partition{about->id, 0});
  if (!log)
    return log.error();
  auto status = to.ask<partition_status>(*log, status_atom_v);
  if (!status)
    return status.error();
  result.log_ = *log;
  result.begin_ = status->log_start;
  result.piles_.pass(status->log_start);
  if (auto error = result.read_on())
    return error;
  return result;
}

caf::error parked_box::read_on(caf::timespan wait) {
  for (;;) {
    fetch_request request;
    request.offset = piles_.position();
    request.wait_max = wait;
    auto found = to_->ask<fetch_result>(log_, fetch_atom_v, request);
    if (!found)
      return found.error();
    if (found->status != fetch_status::ok)
      return make_error(ec::not_available,
                        topic_ + " was changed meanwhile; say it again");
    if (found->batches.empty())
      return caf::none;
    wait = caf::timespan{0};
    for (const auto& batch : found->batches) {
      record_reader in{batch};
      for (placed_record x; in.next(x);)
        piles_.take(x);
      if (in.failure())
        return in.failure();
      piles_.pass(batch.header.last_offset() + 1);
    }
  }
}

caf::expected<std::vector<parked_letter>> parked_box::letters_from(
  int64_t offset, const std::function<bool(const dead_letter&)>& wants) {
  std::vector<parked_letter> result;
  size_t size = 0;
  offset = std::max(offset, begin_);
  while (offset < piles_.position()) {
    fetch_request request;
    request.offset = offset;
    auto found = to_->ask<fetch_result>(log_, fetch_atom_v, request);
    if (!found)
      return found.error();
    if (found->status != fetch_status::ok || found->batches.empty())
      break;
    for (const auto& batch : found->batches) {
      record_reader in{batch};
      for (placed_record x; in.next(x);) {
        if (x.offset < offset || x.offset >= piles_.position())
          continue;
        auto letter = piles_.letter_in(x);
        if (!letter || !wants(*letter))
          continue;
        size += size_of(*letter);
        if (!result.empty()
            && (result.size() == letters_max || size > letter_bytes_aim))
          return result;
        result.push_back({x.offset, std::move(*letter)});
      }
      if (in.failure())
        return in.failure();
    }
    offset = found->batches.back().header.last_offset() + 1;
  }
  return result;
}

caf::error parked_box::tidy() {
  delete_request request;
  request.before = piles_.needed_from();
  if (request.before <= begin_)
    return caf::none;
  auto done = to_->ask<delete_result>(log_, delete_atom_v, request);
  return done ? caf::none : done.error();
}

// -- bringing back -----------------------------------------------------------

std::vector<parked_pile> meant(const parked_box& box,
                               const parked_replay_options& options) {
  auto result = box.piles().all();
  std::erase_if(result, [&](const parked_pile& x) {
    return !is_meant(options, x.partition, x.key);
  });
  return result;
}

caf::expected<parked_replay_result> replay_parked(
  client& to, parked_box& box, const parked_replay_options& options) {
  replay work{to, box, options};
  if (auto error = work.run())
    return error;
  if (auto error = box.read_on())
    return error;
  work.result.still_parked = meant(box, options).size();
  return std::move(work.result);
}

} // namespace troupe::cli
