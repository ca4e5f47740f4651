// troupe topic: create, list, describe, grow, configure and delete topics.

#include <charconv>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "config/settings_reader.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/cli/table.hpp"
#include "runtime/json_view.hpp"

namespace troupe::cli {

namespace {

struct topic_options {
  std::string name;
  int32_t partitions = 1;
  /// 0: as the cluster is set.
  uint32_t replication_factor = 0;
  std::vector<std::string> settings;
  bool shows_internal = false;
  bool is_confirmed = false;
};

using options_ptr = std::shared_ptr<topic_options>;

/// Shows a topic that was made or changed.
int show_changed(const caf::expected<topic_info>& topic, const char* done,
                 const context& ctx) {
  if (!topic)
    return refused(topic.error());
  if (ctx.as_json)
    fmt::print("{}\n", boost::json::serialize(to_json(*topic)));
  else
    fmt::print("{} {}: {} partition{}\n", done, topic->name,
               topic->partitions(), topic->partitions() == 1 ? "" : "s");
  return exit_ok;
}

/// The value of a setting as JSON: a number where the setting is one, else a
/// string without quotes.
boost::json::value to_value(const boost::json::object& settings,
                            const std::string& name, const std::string& text) {
  auto old = settings.if_contains(name);
  int64_t number = 0;
  auto end = text.data() + text.size();
  if (old != nullptr && old->is_int64()
      && std::from_chars(text.data(), end, number)
           == std::from_chars_result{end, std::errc{}})
    return number;
  return boost::json::value(text);
}

/// Reads `name=value` pairs.
int read_settings(const std::vector<std::string>& pairs,
                  topic_settings& settings) {
  boost::json::object object;
  auto known = boost::json::parse(to_json_text(settings)).as_object();
  for (const auto& pair : pairs) {
    auto at = pair.find('=');
    if (at == std::string::npos) {
      fmt::print(stderr,
                 "troupe: --set '{}': expected name=value, such as "
                 "retention_time=7d\n",
                 pair);
      return exit_usage;
    }
    auto name = pair.substr(0, at);
    object[name] = to_value(known, name, pair.substr(at + 1));
  }
  auto read =
    read_topic_settings(boost::json::serialize(object), "--set", settings);
  if (!read) {
    // Where in the JSON made above is of no use to anybody.
    for (const auto& x : read.errors())
      fmt::print(stderr, "troupe: --set {}: {}\n",
                 x.path.starts_with("$.") ? x.path.substr(2) : x.path,
                 x.message);
    return exit_usage;
  }
  settings = *read;
  return exit_ok;
}

int create(const topic_options& options, context& ctx) {
  topic_spec spec{
    options.name, options.partitions, {}, options.replication_factor};
  if (auto failed = read_settings(options.settings, spec.settings))
    return failed;
  auto to = client::connect(ctx);
  if (!to)
    return refused(to.error());
  return show_changed(
    (*to)->ask<topic_info>((*to)->node(), create_atom_v, spec), "created", ctx);
}

int list(const topic_options& options, context& ctx) {
  auto to = client::connect(ctx);
  if (!to)
    return refused(to.error());
  auto topics =
    (*to)->ask<std::vector<topic_info>>((*to)->node(), topics_atom_v);
  if (!topics)
    return refused(topics.error());
  if (!options.shows_internal)
    std::erase_if(*topics, [](const auto& x) { return x.is_internal; });
  if (ctx.as_json) {
    fmt::print("{}\n", boost::json::serialize(to_json(*topics)));
    return exit_ok;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& x : *topics)
    rows.push_back({x.name, std::to_string(x.partitions()),
                    std::to_string(x.replicas()), to_string(x.id)});
  fmt::print("{}",
             format_table({"TOPIC", "PARTITIONS", "REPLICAS", "ID"}, rows));
  return exit_ok;
}

void show_setting(std::string_view name, const boost::json::value& x) {
  auto is_of_cluster =
    name == "replication_factor" || name == "min_insync_replicas";
  fmt::print("  {} = {}{}\n", name, boost::json::serialize(x),
             is_of_cluster && x == 0 ? " (as the cluster is set)" : "");
}

std::string join(const std::vector<uint32_t>& nodes) {
  return fmt::format("{}", fmt::join(nodes, ","));
}

/// Of a cluster: who leads the partition, who holds it, who is in sync.
std::vector<std::string> places_of(const partition_placement& x) {
  auto replicas = join(x.replicas);
  if (!x.moving_to.empty())
    replicas += " -> " + join(x.moving_to);
  return {x.leader == 0 ? "offline" : std::to_string(x.leader), replicas,
          x.in_sync.empty() ? "-" : join(x.in_sync)};
}

void show_partitions(const topic_info& topic,
                     const std::vector<partition_status>& partitions) {
  std::vector<std::string> head{"PARTITION", "START", "END",      "SYNCED",
                                "EPOCH",     "SIZE",  "SEGMENTS", "REMARK"};
  auto is_placed = topic.placement.size() == partitions.size();
  if (is_placed)
    head.insert(head.begin() + 1, {"LEADER", "REPLICAS", "IN SYNC"});
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < partitions.size(); ++i) {
    const auto& x = partitions[i];
    std::vector<std::string> row{x.name,
                                 std::to_string(x.log_start),
                                 std::to_string(x.high_watermark),
                                 std::to_string(x.synced_end),
                                 std::to_string(x.leader_epoch),
                                 show_bytes(x.size_bytes),
                                 std::to_string(x.segments),
                                 x.failure.empty() ? x.recovery : x.failure};
    if (is_placed) {
      auto places = places_of(topic.placement[i]);
      row.insert(row.begin() + 1, places.begin(), places.end());
    }
    rows.push_back(std::move(row));
  }
  fmt::print("{}", format_table(head, rows));
}

int describe(const topic_options& options, context& ctx) {
  auto to = client::connect(ctx);
  if (!to)
    return refused(to.error());
  auto& node = (*to)->node();
  auto topic = (*to)->ask<topic_info>(node, topic_atom_v, options.name);
  if (!topic)
    return refused(topic.error());
  std::vector<partition_status> partitions;
  for (int32_t p = 0; p < topic->partitions(); ++p) {
    partition_status status;
    status.id = {topic->id, p};
    status.name = fmt::format("{}-{}", topic->name, p);
    auto where = (*to)->ask<partition_actor>(node, locate_atom_v, status.id);
    auto found = where ? (*to)->ask<partition_status>(*where, status_atom_v)
                       : caf::expected<partition_status>{where.error()};
    if (found)
      status = std::move(*found);
    else
      status.failure = what(found.error());
    partitions.push_back(std::move(status));
  }
  if (ctx.as_json) {
    auto result = to_json(*topic).as_object();
    result["settings"] = boost::json::parse(to_json_text(topic->settings));
    result["details"] = to_json(partitions);
    fmt::print("{}\n", boost::json::serialize(result));
    return exit_ok;
  }
  fmt::print("{}  {}\n", topic->name, to_string(topic->id));
  show_setting("replication_factor", topic->replication_factor);
  auto settings = boost::json::parse(to_json_text(topic->settings));
  for (const auto& [name, value] : settings.as_object())
    show_setting({name.data(), name.size()}, value);
  show_partitions(*topic, partitions);
  return exit_ok;
}

int grow(const topic_options& options, context& ctx) {
  auto to = client::connect(ctx);
  if (!to)
    return refused(to.error());
  return show_changed((*to)->ask<topic_info>((*to)->node(), grow_atom_v,
                                             options.name, options.partitions),
                      "grew", ctx);
}

/// What differs between two settings: name -> {"from": ..., "to": ...}.
boost::json::object changes(const topic_settings& from,
                            const topic_settings& to) {
  boost::json::object result;
  auto old = boost::json::parse(to_json_text(from));
  auto now = boost::json::parse(to_json_text(to));
  for (const auto& [name, value] : now.as_object())
    if (const auto& before = old.as_object().at(name); before != value)
      result[name] = boost::json::object{{"from", before}, {"to", value}};
  return result;
}

int configure(const topic_options& options, context& ctx) {
  auto to = client::connect(ctx);
  if (!to)
    return refused(to.error());
  auto topic =
    (*to)->ask<topic_info>((*to)->node(), topic_atom_v, options.name);
  if (!topic)
    return refused(topic.error());
  auto before = topic->settings;
  auto settings = before;
  if (auto failed = read_settings(options.settings, settings))
    return failed;
  if (settings != before) {
    topic = (*to)->ask<topic_info>((*to)->node(), config_atom_v, options.name,
                                   settings);
    if (!topic)
      return refused(topic.error());
  }
  auto changed = changes(before, settings);
  if (ctx.as_json) {
    auto result = to_json(*topic).as_object();
    result["changes"] = std::move(changed);
    fmt::print("{}\n", boost::json::serialize(result));
    return exit_ok;
  }
  for (const auto& [name, x] : changed)
    fmt::print("{}: {} {} -> {}\n", topic->name,
               std::string_view{name.data(), name.size()},
               boost::json::serialize(x.at("from")),
               boost::json::serialize(x.at("to")));
  if (changed.empty())
    fmt::print("{}: nothing to change\n", topic->name);
  return exit_ok;
}

int remove(const topic_options& options, context& ctx) {
  if (!options.is_confirmed) {
    fmt::print(stderr,
               "troupe: this removes topic {} with all its records and all "
               "positions on it; say --yes to do it\n",
               options.name);
    return exit_usage;
  }
  auto to = client::connect(ctx);
  if (!to)
    return refused(to.error());
  return show_changed(
    (*to)->ask<topic_info>((*to)->node(), delete_atom_v, options.name),
    "deleted", ctx);
}

/// A subcommand that runs `run`.
CLI::App* add(CLI::App& parent, const char* name, const char* text,
              context& ctx, options_ptr options,
              int (*run)(const topic_options&, context&)) {
  auto* command = parent.add_subcommand(name, text);
  add_client_options(*command, ctx);
  command->callback([=, &ctx] { ctx.exit_code = run(*options, ctx); });
  return command;
}

void add_name(CLI::App* command, options_ptr options) {
  command->add_option("TOPIC", options->name, "The topic's name")->required();
}

void add_settings(CLI::App* command, options_ptr options) {
  command
    ->add_option("--set", options->settings,
                 "A setting of the topic, such as retention_time=7d; may "
                 "be repeated; config/README.md lists them")
    ->type_name("NAME=VALUE");
}

} // namespace

void add_topic_commands(CLI::App& app, context& ctx) {
  auto options = std::make_shared<topic_options>();
  auto* topic = app.add_subcommand("topic", "Create, see and change topics");
  topic->require_subcommand(1);

  auto* c = add(*topic, "create", "Create a topic", ctx, options, create);
  add_name(c, options);
  c->add_option("-p,--partitions", options->partitions, "How many partitions")
    ->capture_default_str();
  c->add_option("-r,--replication-factor", options->replication_factor,
                "Of a cluster: how many nodes hold each partition (default: "
                "as the cluster is set)")
    ->check(CLI::Range(1u, replicas_max));
  add_settings(c, options);

  c = add(*topic, "list", "List topics", ctx, options, list);
  c->add_flag("--internal", options->shows_internal,
              "Internal topics too, such as __commit_offsets");

  c = add(*topic, "describe", "Show a topic and its partitions", ctx, options,
          describe);
  add_name(c, options);

  c = add(*topic, "grow", "Give a topic more partitions", ctx, options, grow);
  add_name(c, options);
  c->add_option("PARTITIONS", options->partitions, "How many in all")
    ->required();

  c = add(*topic, "configure",
          "Change settings of a topic that is in use; they "
          "hold at once, and after a restart",
          ctx, options, configure);
  add_name(c, options);
  add_settings(c, options);

  add_delete_records_command(*topic, ctx);

  c = add(*topic, "delete", "Remove a topic with its records", ctx, options,
          remove);
  add_name(c, options);
  c->add_flag("--yes", options->is_confirmed, "Really do it");
}

} // namespace troupe::cli
