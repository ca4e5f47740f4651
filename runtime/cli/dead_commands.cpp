// troupe dead: see the dead letters of groups, and bring them back.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include "actors/consumer/dead_letter.hpp"
#include "actors/producer/producer.hpp"
#include "actors/protocol/record_batch.hpp"
#include "actors/protocol/utf8.hpp"
#include "config/units.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/cli/table.hpp"
#include "runtime/json_view.hpp"
#include "runtime/wall_epoch.hpp"

namespace troupe::cli {

namespace {

namespace json = boost::json;

/// Dead letters shown, or brought back in one post.
constexpr size_t letters_max = 1000;

struct dead_options {
  std::string topic;
  std::string group;
  int64_t offset = -1;
  int64_t before = -1;
  bool is_confirmed = false;
};

/// A letter in its place.
struct placed_letter {
  int64_t offset = 0;
  dead_letter what;
};

/// The one partition of a topic of dead letters.
struct letter_box {
  std::string topic;
  partition_actor log;
  int64_t begin = 0;
  int64_t end = 0;
};

caf::expected<letter_box> find(client& to, const std::string& topic) {
  auto about = to.ask<topic_info>(to.node(), topic_atom_v, topic);
  if (!about)
    return about.error();
  auto log = to.ask<partition_actor>(to.node(), locate_atom_v,
                                     topic_partition{about->id, 0});
  if (!log)
    return log.error();
  auto status = to.ask<partition_status>(*log, status_atom_v);
  if (!status)
    return status.error();
  return letter_box{topic, *log, status->log_start, status->high_watermark};
}

/// At most `letters_max` from `offset` on; what is none is left out.
caf::expected<std::vector<placed_letter>> read(client& to,
                                               const letter_box& from,
                                               int64_t offset, int64_t end) {
  std::vector<placed_letter> result;
  while (offset < end && result.size() < letters_max) {
    fetch_request request;
    request.offset = offset;
    auto found = to.ask<fetch_result>(from.log, fetch_atom_v, request);
    if (!found)
      return found.error();
    if (found->status != fetch_status::ok || found->batches.empty())
      break;
    for (const auto& batch : found->batches) {
      record_reader in{batch};
      for (placed_record x; in.next(x);) {
        if (x.offset < offset || x.offset >= end)
          continue;
        if (auto letter = read_dead_letter(x.content))
          result.push_back({x.offset, std::move(*letter)});
      }
      if (in.failure())
        return in.failure();
    }
    offset = found->batches.back().header.last_offset() + 1;
  }
  if (result.size() > letters_max)
    result.resize(letters_max);
  return result;
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
  auto topics = to.ask<std::vector<topic_info>>(to.node(), topics_atom_v);
  if (!topics)
    return refused(topics.error());
  json::array all;
  std::vector<std::vector<std::string>> rows;
  for (const auto& x : *topics) {
    if (!x.name.ends_with(".dead"))
      continue;
    auto box = find(to, x.name);
    if (!box)
      return refused(box.error());
    all.push_back(json::object{{"topic", x.name},
                               {"letters", box->end - box->begin},
                               {"first", box->begin}});
    rows.push_back({x.name, std::to_string(box->end - box->begin)});
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
  auto box = find(to, dead_letter_topic(options.topic, options.group));
  if (!box)
    return refused(box.error());
  auto letters = read(to, *box, box->begin, box->end);
  if (!letters)
    return refused(letters.error());
  if (ctx.as_json) {
    json::array all;
    for (const auto& x : *letters)
      all.push_back(to_json(x));
    fmt::print("{}\n", json::serialize(all));
    return exit_ok;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& x : *letters)
    rows.push_back(
      {std::to_string(x.offset),
       fmt::format("{}-{}@{}", x.what.topic, x.what.partition, x.what.offset),
       text_of(x.what.content.key).substr(0, 20),
       std::to_string(x.what.attempts),
       printable(x.what.reason).substr(0, 60)});
  fmt::print(
    "{}", format_table({"LETTER", "RECORD", "KEY", "ATTEMPTS", "WHY"}, rows));
  if (letters->size() == letters_max)
    fmt::print("the first {}; there are {}\n", letters_max,
               box->end - box->begin);
  return exit_ok;
}

int show(client& to, const dead_options& options, const context& ctx) {
  auto box = find(to, dead_letter_topic(options.topic, options.group));
  if (!box)
    return refused(box.error());
  auto letters = read(to, *box, options.offset, options.offset + 1);
  if (!letters)
    return refused(letters.error());
  if (letters->empty())
    return refused(
      make_error(ec::invalid_argument,
                 fmt::format("{} has no letter {}; it has {} to {}", box->topic,
                             options.offset, box->begin, box->end - 1)));
  const auto& x = letters->front();
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

/// Posts letters to where their group gets them again, in their order.
class returner {
public:
  explicit returner(client& to) : to_(to) {
    producer_config config;
    config.node = to.node();
    config.epoch = wall_epoch();
    producer_ = to.system().spawn(producer, std::move(config));
  }

  ~returner() {
    caf::anon_send_exit(producer_, caf::exit_reason::kill);
  }

  caf::error post(const std::string& topic,
                  const std::vector<placed_letter>& letters) {
    std::vector<posting> all;
    for (const auto& x : letters) {
      posting each;
      each.topic = topic;
      each.content = to_record(x.what);
      all.push_back(std::move(each));
    }
    auto done =
      to_.ask<std::vector<record_metadata>>(producer_, post_atom_v, all);
    return done ? caf::none : done.error();
  }

private:
  client& to_;
  producer_actor producer_;
};

caf::error make_topic(client& to, const std::string& topic) {
  auto made =
    to.ask<topic_info>(to.node(), create_atom_v, topic_spec{topic, 1, {}});
  if (made || code_of(made.error()) == ec::topic_exists)
    return caf::none;
  return made.error();
}

int replay(client& to, const dead_options& options, const context& ctx) {
  auto box = find(to, dead_letter_topic(options.topic, options.group));
  if (!box)
    return refused(box.error());
  auto end = options.before < 0 ? box->end : std::min(options.before, box->end);
  if (!options.is_confirmed) {
    fmt::print("{} letters would go to {} again, in their order. --yes does "
               "it\n",
               std::max<int64_t>(end - box->begin, 0), options.group);
    return exit_not_met;
  }
  auto topic = replay_topic(options.topic, options.group);
  if (auto error = make_topic(to, topic))
    return refused(error);
  returner post{to};
  uint64_t count = 0;
  for (auto next = box->begin; next < end;) {
    auto letters = read(to, *box, next, end);
    if (!letters)
      return refused(letters.error());
    if (!letters->empty())
      if (auto error = post.post(topic, *letters))
        return refused(error);
    count += letters->size();
    next = letters->size() < letters_max ? end : letters->back().offset + 1;
    // What goes wrong before this brings them back twice, rather than never.
    delete_request done;
    done.before = next;
    if (auto deleted = to.ask<delete_result>(box->log, delete_atom_v, done);
        !deleted)
      return refused(deleted.error());
  }
  if (ctx.as_json)
    fmt::print("{}\n", json::serialize(json::object{{"replayed", count}}));
  else
    fmt::print("{} letters are on their way to {} again\n", count,
               options.group);
  return exit_ok;
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
}

} // namespace troupe::cli
