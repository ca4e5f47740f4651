// troupe dead: see the dead letters of groups, and bring them back.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "actors/protocol/utf8.hpp"
#include "config/units.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/cli/table.hpp"
#include "runtime/dead_letters.hpp"
#include "runtime/json_view.hpp"
#include "runtime/wall_epoch.hpp"

namespace troupe::cli {

namespace {

namespace json = boost::json;

struct dead_options {
  std::string topic;
  std::string group;
  int64_t offset = -1;
  int64_t before = -1;
  bool is_confirmed = false;
};

letter_access access_by(client& to) {
  return letter_access_of(to, to.node(), wall_epoch());
}

// -- list, show --------------------------------------------------------------

std::string text_of(const bytes& x) {
  return x.is_null() ? "null" : printable(x.view());
}

json::object to_json(const placed_letter& x) {
  json::array headers;
  for (const auto& header : x.what.content.headers)
    headers.push_back({{"name", text_to_json(header.name)},
                       {"value", text_or_null(header.value)}});
  return {{"letter", x.offset},
          {"topic", text_to_json(x.what.topic)},
          {"partition", x.what.partition},
          {"offset", x.what.offset},
          {"group", text_to_json(x.what.group)},
          {"consumer", text_to_json(x.what.consumer)},
          {"attempts", x.what.attempts},
          {"reason", text_to_json(x.what.reason)},
          {"timestamp_ms", x.what.content.timestamp_ms},
          {"key", text_or_null(x.what.content.key)},
          {"value", text_or_null(x.what.content.value)},
          {"headers", std::move(headers)}};
}

int list_topics(client& to, const context& ctx) {
  auto boxes = find_letter_boxes(access_by(to));
  if (!boxes)
    return refused(boxes.error());
  json::array all;
  std::vector<std::vector<std::string>> rows;
  for (const auto& x : *boxes) {
    auto count = x.end - x.begin;
    all.push_back(
      json::object{{"topic", x.topic}, {"letters", count}, {"first", x.begin}});
    rows.push_back({x.topic, std::to_string(count)});
  }
  if (ctx.as_json)
    fmt::print("{}\n", json::serialize(all));
  else if (rows.empty())
    fmt::print("no group has dead letters\n");
  else
    fmt::print("{}", format_table({"DEAD LETTERS OF", "COUNT"}, rows));
  return exit_ok;
}

int list(client& to, const dead_options& options, const context& ctx) {
  if (options.topic.empty())
    return list_topics(to, ctx);
  auto node = access_by(to);
  auto box =
    find_letter_box(node, dead_letter_topic(options.topic, options.group));
  if (!box)
    return refused(box.error());
  auto page = read_letters(node, *box, box->begin, box->end);
  if (!page)
    return refused(page.error());
  const auto& letters = page->letters;
  if (ctx.as_json) {
    json::array all;
    for (const auto& x : letters)
      all.push_back(to_json(x));
    fmt::print("{}\n", json::serialize(all));
    return exit_ok;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& x : letters)
    rows.push_back(
      {std::to_string(x.offset),
       fmt::format("{}-{}@{}", x.what.topic, x.what.partition, x.what.offset),
       text_of(x.what.content.key).substr(0, 20),
       std::to_string(x.what.attempts),
       printable(x.what.reason).substr(0, 60)});
  fmt::print(
    "{}", format_table({"LETTER", "RECORD", "KEY", "ATTEMPTS", "WHY"}, rows));
  if (page->next < box->end)
    fmt::print("the first {}; there are {}\n", letters.size(),
               box->end - box->begin);
  return exit_ok;
}

int show(client& to, const dead_options& options, const context& ctx) {
  auto node = access_by(to);
  auto box =
    find_letter_box(node, dead_letter_topic(options.topic, options.group));
  if (!box)
    return refused(box.error());
  letter_page page;
  if (options.offset >= box->begin && options.offset < box->end) {
    auto found = read_letters(node, *box, options.offset, options.offset + 1);
    if (!found)
      return refused(found.error());
    page = std::move(*found);
  }
  if (page.letters.empty())
    return refused(
      make_error(ec::invalid_argument,
                 fmt::format("{} has no letter {}; it has {} to {}", box->topic,
                             options.offset, box->begin, box->end - 1)));
  const auto& x = page.letters.front();
  if (ctx.as_json) {
    fmt::print("{}\n", json::serialize(to_json(x)));
    return exit_ok;
  }
  fmt::print("letter    {} of {}\nrecord    {}-{}@{}\nposted    {}\n"
             "why       {}\nattempts  {}, the last by {}\nkey       {}\n",
             x.offset, box->topic, x.what.topic, x.what.partition,
             x.what.offset, format_timestamp(x.what.content.timestamp_ms),
             printable(x.what.reason), x.what.attempts, x.what.consumer,
             text_of(x.what.content.key));
  for (const auto& header : x.what.content.headers)
    fmt::print("header    {}: {}\n", printable(header.name),
               text_of(header.value));
  fmt::print("value     {}\n", text_of(x.what.content.value));
  return exit_ok;
}

// -- replay ------------------------------------------------------------------

int replay(client& to, const dead_options& options, const context& ctx) {
  auto node = access_by(to);
  auto box =
    find_letter_box(node, dead_letter_topic(options.topic, options.group));
  if (!box)
    return refused(box.error());
  auto end = options.before < 0 ? box->end : std::min(options.before, box->end);
  if (!options.is_confirmed) {
    fmt::print("{} letters would go to {} again, in their order. --yes does "
               "it\n",
               std::max<int64_t>(end - box->begin, 0), options.group);
    return exit_not_met;
  }
  auto done = replay_letters(node, *box, end);
  if (ctx.as_json)
    fmt::print("{}\n",
               json::serialize(json::object{{"replayed", done.letters}}));
  else
    fmt::print("{} letters are on their way to {} again\n", done.letters,
               options.group);
  return done.problem ? refused(done.problem) : exit_ok;
}

} // namespace

void add_dead_commands(CLI::App& app, context& ctx) {
  auto options = std::make_shared<dead_options>();
  auto* dead = app.add_subcommand(
    "dead", "See the records that groups gave up, and bring them back");
  dead->require_subcommand(1);
  auto whose = [&](CLI::App* c, bool is_required) {
    auto* topic = c->add_option("topic", options->topic,
                                "The topic that the records were posted to");
    auto* group =
      c->add_option("group", options->group, "The group that gave them up");
    topic->needs(group);
    topic->required(is_required);
    group->required(is_required);
    return c;
  };
  whose(add_client_command(*dead, "list",
                           "How many there are; of a group, which ones and why",
                           list, options, ctx),
        false);
  whose(
    add_client_command(*dead, "show", "One of them, whole", show, options, ctx),
    true)
    ->add_option("letter", options->offset, "Its number, as 'list' shows it")
    ->required()
    ->check(CLI::NonNegativeNumber);
  auto* back = whose(
    add_client_command(*dead, "replay",
                       "Hand them to their group again, in their order, and "
                       "take them off the list",
                       replay, options, ctx),
    true);
  back
    ->add_option("--before", options->before,
                 "Only those whose number is less (default: all)")
    ->check(CLI::NonNegativeNumber);
  back->add_flag("--yes", options->is_confirmed, "Do it");
  add_parked_commands(*dead, ctx);
}

} // namespace troupe::cli
