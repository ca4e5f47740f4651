// troupe topic delete-records: moves the start of partitions up.

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "config/units.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/cli/group_listing.hpp"
#include "runtime/cli/table.hpp"
#include "runtime/wall_epoch.hpp"

namespace troupe::cli {

namespace {

struct delete_options {
  std::string topic;
  std::vector<std::string> before;
  std::string before_time;
  bool is_confirmed = false;
};

/// What is to go from one partition.
struct target {
  int32_t partition = 0;
  /// Nothing: all that is there now.
  std::optional<int64_t> offset;
  /// Nothing: by offset.
  std::optional<int64_t> timestamp_ms;
};

/// What it comes to.
struct entry {
  int32_t partition = 0;
  partition_actor where;
  delete_request request;
  delete_result result;
  /// Groups that would not get all of it, and how many records each lacks.
  std::map<std::string, int64_t> unread;

  int64_t deleted() const noexcept {
    return result.to - result.from;
  }
};

// -- what the command line says
// -------------------------------------------------

bool read_number(std::string_view text, auto& result) {
  auto [end, failure] =
    std::from_chars(text.data(), text.data() + text.size(), result);
  return failure == std::errc{} && end == text.data() + text.size()
         && result >= 0;
}

/// Reads `0=1200` or `0=end`.
std::optional<target> read_target(const std::string& text) {
  target result;
  auto at = text.find('=');
  if (at == std::string::npos
      || !read_number(std::string_view{text}.substr(0, at), result.partition))
    return std::nullopt;
  auto offset = text.substr(at + 1);
  if (offset == "end")
    return result;
  result.offset = 0;
  if (!read_number(offset, *result.offset))
    return std::nullopt;
  return result;
}

/// Reads a time, or an age, which is counted from now.
std::optional<int64_t> read_time(const std::string& text) {
  if (auto time = parse_timestamp(text))
    return time;
  auto age = parse_duration(text);
  if (!age)
    return std::nullopt;
  return wall_epoch().to_ms(caf::actor_clock::clock_type::now()) - age->count();
}

/// Says what is wrong and returns nothing.
std::optional<std::vector<target>> read_targets(const delete_options& options) {
  std::vector<target> result;
  for (const auto& text : options.before) {
    auto one = read_target(text);
    if (!one) {
      fmt::print(stderr,
                 "troupe: --before '{}': expected PARTITION=OFFSET, such as "
                 "0=1200, or 0=end for all there is now\n",
                 text);
      return std::nullopt;
    }
    result.push_back(*one);
  }
  return result;
}

/// Every partition, with the same time.
std::vector<target> targets_of(const topic_info& topic, int64_t timestamp_ms) {
  std::vector<target> result;
  for (int32_t p = 0; p < topic.partitions(); ++p)
    result.push_back({p, std::nullopt, timestamp_ms});
  return result;
}

// -- what the node says
// ---------------------------------------------------------

/// Finds the partition and its offset, and has it previewed.
caf::expected<entry> look(client& to, const topic_info& topic,
                          const target& wanted) {
  if (wanted.partition >= topic.partitions())
    return make_error(ec::unknown_partition,
                      fmt::format("{}-{}: no such partition; the topic has {}",
                                  topic.name, wanted.partition,
                                  topic.partitions()));
  entry result;
  result.partition = wanted.partition;
  auto where = to.ask<partition_actor>(
    to.node(), locate_atom_v, topic_partition{topic.id, wanted.partition});
  if (!where)
    return where.error();
  result.where = std::move(*where);
  result.request.is_preview = true;
  if (wanted.offset) {
    result.request.before = *wanted.offset;
  } else {
    offset_query query;
    if (wanted.timestamp_ms)
      query = {offset_query::kind::timestamp, *wanted.timestamp_ms};
    auto found = to.ask<offset_answer>(result.where, offset_atom_v, query);
    if (!found)
      return found.error();
    result.request.before = found->offset;
  }
  auto preview =
    to.ask<delete_result>(result.where, delete_atom_v, result.request);
  if (!preview)
    return preview.error();
  result.result = *preview;
  return result;
}

/// Which groups have not read what would go.
caf::error find_unread(client& to, const topic_info& topic,
                       std::vector<entry>& entries) {
  auto listing = list_groups(to);
  if (!listing)
    return listing.error();
  show_missing(*listing);
  for (const auto& name : listing->groups) {
    auto who = to.coordinator(name);
    if (!who)
      return who.error();
    auto group = to.ask<group_description>(*who, describe_atom_v);
    if (!group)
      return group.error();
    for (const auto& position : group->positions)
      for (auto& x : entries) {
        if (position.id != topic_partition{topic.id, x.partition})
          continue;
        auto next = position.next >= 0 ? position.next : position.start;
        if (next >= 0 && next < x.result.to)
          x.unread[name] = x.result.to - std::max(next, x.result.from);
      }
  }
  return caf::none;
}

caf::error apply(client& to, std::vector<entry>& entries) {
  for (auto& x : entries) {
    x.request.is_preview = false;
    auto done = to.ask<delete_result>(x.where, delete_atom_v, x.request);
    if (!done)
      return done.error();
    x.result = *done;
  }
  return caf::none;
}

// -- what is shown
// --------------------------------------------------------------

void show_json(const topic_info& topic, const std::vector<entry>& entries,
               bool is_applied) {
  boost::json::array rows;
  for (const auto& x : entries) {
    boost::json::object row{
      {"topic", topic.name},    {"partition", x.partition},
      {"from", x.result.from},  {"to", x.result.to},
      {"deleted", x.deleted()}, {"high_watermark", x.result.high_watermark}};
    if (!is_applied) {
      boost::json::object unread;
      for (const auto& [group, count] : x.unread)
        unread[group] = count;
      row["unread"] = std::move(unread);
    }
    rows.push_back(std::move(row));
  }
  fmt::print("{}\n", boost::json::serialize(boost::json::object{
                       {"applied", is_applied}, {"entries", std::move(rows)}}));
}

void show_table(const topic_info& topic, const std::vector<entry>& entries,
                bool is_applied) {
  std::vector<std::string> header{"PARTITION", "START", "NEW START", "END",
                                  "DELETED"};
  if (!is_applied)
    header.push_back("UNREAD BY");
  std::vector<std::vector<std::string>> rows;
  for (const auto& x : entries) {
    std::string unread;
    for (const auto& [group, count] : x.unread)
      unread +=
        fmt::format("{}{} ({})", unread.empty() ? "" : ", ", group, count);
    rows.push_back({fmt::format("{}-{}", topic.name, x.partition),
                    std::to_string(x.result.from), std::to_string(x.result.to),
                    std::to_string(x.result.high_watermark),
                    std::to_string(x.deleted())});
    if (!is_applied)
      rows.back().push_back(unread.empty() ? "-" : unread);
  }
  fmt::print("{}", format_table(header, rows));
  if (!is_applied)
    fmt::print("nothing was deleted; say --yes to do it\n");
}

int delete_records(const delete_options& options, context& ctx) {
  auto targets = read_targets(options);
  if (!targets)
    return exit_usage;
  std::optional<int64_t> time;
  if (!options.before_time.empty()) {
    time = read_time(options.before_time);
    if (!time) {
      fmt::print(stderr,
                 "troupe: --before-time '{}': expected an age such as 2h or a "
                 "time such as 2026-01-01T00:00:00Z\n",
                 options.before_time);
      return exit_usage;
    }
  }
  if (targets->empty() && !time) {
    fmt::print(stderr, "troupe: say what is to go: --before PARTITION=OFFSET "
                       "or --before-time AGE\n");
    return exit_usage;
  }
  auto to = client::connect(ctx);
  if (!to)
    return refused(to.error());
  auto topic =
    (*to)->ask<topic_info>((*to)->node(), topic_atom_v, options.topic);
  if (!topic)
    return refused(topic.error());
  // All are looked at before the first one is changed.
  std::vector<entry> entries;
  for (const auto& x : time ? targets_of(*topic, *time) : *targets) {
    auto one = look(**to, *topic, x);
    if (!one)
      return refused(one.error());
    entries.push_back(std::move(*one));
  }
  auto failed = options.is_confirmed ? apply(**to, entries)
                                     : find_unread(**to, *topic, entries);
  if (failed)
    return refused(failed);
  if (ctx.as_json)
    show_json(*topic, entries, options.is_confirmed);
  else
    show_table(*topic, entries, options.is_confirmed);
  return exit_ok;
}

} // namespace

void add_delete_records_command(CLI::App& topic, context& ctx) {
  auto options = std::make_shared<delete_options>();
  auto* c = topic.add_subcommand(
    "delete-records",
    "Delete the oldest records of partitions; shows what would go, and which "
    "groups have not read it, unless --yes");
  c->add_option("TOPIC", options->topic, "The topic's name")->required();
  auto* before =
    c->add_option("--before", options->before,
                  "All records of this partition below this offset (or 'end': "
                  "all there are); may be repeated")
      ->type_name("PARTITION=OFFSET");
  c->add_option("--before-time", options->before_time,
                "In every partition all records before the first one that is "
                "younger than this age (2h) or time (2026-01-01T00:00:00Z)")
    ->type_name("AGE")
    ->excludes(before);
  c->add_flag("--yes", options->is_confirmed, "Really do it");
  add_client_options(*c, ctx);
  c->callback(
    [options, &ctx] { ctx.exit_code = delete_records(*options, ctx); });
}

} // namespace troupe::cli
