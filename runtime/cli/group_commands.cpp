// troupe group: see groups and change where they are.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "config/rules.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/cli/group_listing.hpp"
#include "runtime/cli/table.hpp"
#include "runtime/json_view.hpp"
#include "runtime/logger.hpp"

namespace troupe::cli {

namespace {

struct group_options {
  std::string group;
  std::string topic;
  int32_t partition = -1;
  std::string to;
  bool is_confirmed = false;
};

using options_ptr = std::shared_ptr<group_options>;

std::vector<partition_choice> chosen(const group_options& options) {
  if (options.topic.empty())
    return {};
  return {{options.topic, options.partition}};
}

std::string partition_name(const std::string& topic,
                           const topic_partition& id) {
  return fmt::format("{}-{}", topic, id.partition);
}

/// Reads what --to says: in JSON it would have a key of its own.
config_result<start_rule> target_of(const std::string& text) {
  boost::json::value json = boost::json::string{text};
  if (text.find_first_not_of("0123456789") == std::string::npos)
    json = {{"offset", std::strtoll(text.c_str(), nullptr, 10)}};
  else if (text.find(':') != std::string::npos)
    json = {{"timestamp", text}};
  else if (text != "latest" && text != "earliest")
    json = {{"ago", text}};
  auto document = json_document::parse(boost::json::serialize(json), "--to");
  if (!document)
    return document.errors();
  json_problems problems{*document};
  if (auto rule = read_start_rule(json_reader{problems, *document}))
    return *rule;
  return problems.take();
}

int list(client& to, const group_options&, context& ctx) {
  auto listing = list_groups(to);
  if (!listing)
    return refused(listing.error());
  boost::json::array all;
  std::vector<std::vector<std::string>> rows;
  for (const auto& name : listing->groups) {
    auto who = to.coordinator(name);
    auto group = who ? to.ask<group_description>(*who, describe_atom_v)
                     : caf::expected<group_description>{who.error()};
    // It went, or cannot be asked: the others are shown all the same.
    if (!group && code_of(group.error()) == ec::unknown_group)
      continue;
    if (!group) {
      listing->missing.push_back(
        fmt::format("{} could not be asked: {}", name, what(group.error())));
      continue;
    }
    int64_t lag = 0;
    for (const auto& position : group->positions)
      lag += std::max<int64_t>(position.lag(), 0);
    all.push_back(to_json(*group));
    rows.push_back({group->group, group->state, std::to_string(group->epoch),
                    std::to_string(group->members.size()),
                    std::to_string(lag)});
  }
  if (ctx.as_json)
    fmt::print("{}\n", boost::json::serialize(all));
  else
    fmt::print(
      "{}", format_table({"GROUP", "STATE", "EPOCH", "MEMBERS", "LAG"}, rows));
  show_missing(*listing);
  return listing->missing.empty() ? exit_ok : exit_refused;
}

int describe(client& to, const group_options& options, context& ctx) {
  auto who = to.coordinator(options.group);
  if (!who)
    return refused(who.error());
  auto group = to.ask<group_description>(*who, describe_atom_v);
  if (!group)
    return refused(group.error());
  if (ctx.as_json) {
    fmt::print("{}\n", boost::json::serialize(to_json(*group)));
    return exit_ok;
  }
  fmt::print("{}: {}, epoch {}, {} member{}\n", group->group, group->state,
             group->epoch, group->members.size(),
             group->members.size() == 1 ? "" : "s");
  std::vector<std::vector<std::string>> rows;
  for (const auto& x : group->positions)
    rows.push_back(
      {partition_name(x.topic, x.id), show_offset(x.start),
       x.next < 0 ? "null" : std::to_string(x.committed()), show_offset(x.next),
       show_offset(x.high_watermark), show_offset(x.lag()),
       x.owner.empty() ? "-" : x.owner,
       std::string{to_string(x.reason)} + (x.is_paused ? ", paused" : "")});
  fmt::print("{}", format_table({"PARTITION", "START", "COMMITTED", "NEXT",
                                 "END", "LAG", "OWNER", "WHY"},
                                rows));
  rows.clear();
  for (const auto& x : group->members)
    rows.push_back({x.name, x.state, std::to_string(x.epoch),
                    std::to_string(x.owned.size()),
                    x.instance_id.empty() ? "-" : x.instance_id});
  if (!rows.empty())
    fmt::print("\n{}",
               format_table(
                 {"MEMBER", "STATE", "EPOCH", "PARTITIONS", "INSTANCE"}, rows));
  return exit_ok;
}

int timeline(client& to, const group_options& options, context& ctx) {
  auto who = to.coordinator(options.group);
  if (!who)
    return refused(who.error());
  auto events = to.ask<std::vector<timeline_event>>(*who, timeline_atom_v);
  if (!events)
    return refused(events.error());
  if (ctx.as_json) {
    fmt::print("{}\n", boost::json::serialize(to_json(*events)));
    return exit_ok;
  }
  for (const auto& event : *events) {
    fmt::print("{}  epoch {}  {}\n", format_time(event.time_ms), event.epoch,
               event.cause);
    for (const auto& move : event.moves) {
      auto gap =
        move.without_owner_ms < 0
          ? std::string{}
          : fmt::format(", {} ms without an owner", move.without_owner_ms);
      auto from = move.offset < 0
                    ? std::string{}
                    : fmt::format(", from offset {} ({})", move.offset,
                                  to_string(move.reason));
      auto again = move.repeated > 0
                     ? fmt::format(", {} handed out again", move.repeated)
                     : std::string{};
      fmt::print("    {}: {} -> {}{}{}{}\n",
                 partition_name(move.topic, move.id),
                 move.from.empty() ? "nobody" : move.from,
                 move.to.empty() ? "nobody" : move.to, gap, from, again);
    }
  }
  return exit_ok;
}

int pause_or_resume(client& to, const group_options& options, context& ctx,
                    bool is_paused) {
  auto who = to.coordinator(options.group);
  if (!who)
    return refused(who.error());
  auto changed =
    to.ask<uint32_t>(*who, pause_atom_v, chosen(options), is_paused);
  if (!changed)
    return refused(changed.error());
  if (ctx.as_json)
    fmt::print("{{\"changed\":{}}}\n", *changed);
  else
    fmt::print("{} {} partition{} of {}\n", is_paused ? "paused" : "resumed",
               *changed, *changed == 1 ? "" : "s", options.group);
  return exit_ok;
}

int pause(client& to, const group_options& options, context& ctx) {
  return pause_or_resume(to, options, ctx, true);
}

int resume(client& to, const group_options& options, context& ctx) {
  return pause_or_resume(to, options, ctx, false);
}

int reset(client& to, const group_options& options, context& ctx) {
  reset_request request;
  request.partitions = chosen(options);
  request.is_preview = !options.is_confirmed;
  auto target = target_of(options.to);
  if (!target) {
    fmt::print(
      stderr,
      "troupe: --to '{}': expected latest, earliest, an offset, a time "
      "such as 2026-01-01T00:00:00Z or an age such as 2h\n",
      options.to);
    return exit_usage;
  }
  request.target = *target;
  auto who = to.coordinator(options.group);
  if (!who)
    return refused(who.error());
  auto plan = to.ask<reset_plan>(*who, reset_atom_v, request);
  if (!plan)
    return refused(plan.error());
  if (ctx.as_json) {
    boost::json::object result{{"applied", options.is_confirmed},
                               {"entries", to_json(plan->entries)}};
    fmt::print("{}\n", boost::json::serialize(result));
    return exit_ok;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& x : plan->entries) {
    std::string effect = "-";
    if (x.from >= 0 && x.to < x.from)
      effect = fmt::format("{} replayed", x.from - x.to);
    else if (x.from >= 0 && x.to > x.from)
      effect = fmt::format("{} skipped", x.to - x.from);
    rows.push_back({partition_name(x.topic, x.id), show_offset(x.from),
                    std::to_string(x.to), effect});
  }
  fmt::print("{}", format_table({"PARTITION", "FROM", "TO", "EFFECT"}, rows));
  if (!options.is_confirmed)
    fmt::print("nothing was changed; say --yes to do it\n");
  return exit_ok;
}

int remove(client& to, const group_options& options, context& ctx) {
  if (!options.is_confirmed) {
    fmt::print(
      stderr,
      "troupe: this removes group {} with all its positions; say --yes "
      "to do it\n",
      options.group);
    return exit_usage;
  }
  auto who = to.coordinator(options.group);
  if (!who)
    return refused(who.error());
  auto done = to.ask<caf::ok_atom>(*who, delete_atom_v);
  if (!done)
    return refused(done.error());
  if (ctx.as_json)
    fmt::print("{{\"deleted\":true}}\n");
  else
    fmt::print("deleted {}\n", options.group);
  return exit_ok;
}

using runner = int (*)(client&, const group_options&, context&);

CLI::App* add(CLI::App& parent, const char* name, const char* text,
              context& ctx, options_ptr options, runner run) {
  auto* command = parent.add_subcommand(name, text);
  add_client_options(*command, ctx);
  command->callback([=, &ctx] {
    auto to = client::connect(ctx);
    ctx.exit_code = to ? run(**to, *options, ctx) : refused(to.error());
  });
  return command;
}

void add_group(CLI::App* command, options_ptr options) {
  command->add_option("GROUP", options->group, "The group's name")->required();
}

void add_choice(CLI::App* command, options_ptr options) {
  auto* topic = command->add_option("--topic", options->topic,
                                    "Only this topic (default: all)");
  command
    ->add_option("--partition", options->partition,
                 "Only this partition of the topic")
    ->needs(topic);
}

} // namespace

void add_group_commands(CLI::App& app, context& ctx) {
  auto options = std::make_shared<group_options>();
  auto* group = app.add_subcommand("group", "See consumer groups, and change "
                                            "where they are");
  group->require_subcommand(1);
  add(*group, "list",
      "List the groups of all nodes with their lag; exit code 3 when "
      "some may be missing",
      ctx, options, list);
  add_group(add(*group, "describe", "Show positions, owners and members", ctx,
                options, describe),
            options);
  add_group(add(*group, "timeline",
                "Show what changed, when and why: each rebalance with its "
                "cause",
                ctx, options, timeline),
            options);
  auto* c = add(*group, "pause", "Pause partitions, until resumed", ctx,
                options, pause);
  add_group(c, options);
  add_choice(c, options);
  c = add(*group, "resume", "Resume paused partitions", ctx, options, resume);
  add_group(c, options);
  add_choice(c, options);
  c = add(*group, "reset",
          "Move the positions of a group without members; shows what would be "
          "replayed or skipped unless --yes",
          ctx, options, reset);
  add_group(c, options);
  add_choice(c, options);
  c->add_option("--to", options->to,
                "latest, earliest, an offset, a time "
                "(2026-01-01T00:00:00Z) or an age (2h)")
    ->required();
  c->add_flag("--yes", options->is_confirmed, "Really do it");
  c = add(*group, "delete", "Remove a group without members", ctx, options,
          remove);
  add_group(c, options);
  c->add_flag("--yes", options->is_confirmed, "Really do it");
}

} // namespace troupe::cli
