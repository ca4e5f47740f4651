// troupe dead parked: see the keys that groups have parked, and bring them
// back.

#include <memory>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "actors/protocol/utf8.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/cli/parked_replay.hpp"
#include "runtime/cli/table.hpp"
#include "runtime/json_view.hpp"

namespace troupe::cli {

namespace {

namespace json = boost::json;

struct parked_options {
  parked_replay_options what;
  std::string key;
  CLI::Option* key_option = nullptr;
  int64_t timeout_s = 60;
  bool is_confirmed = false;
};

uint64_t letters_in(const std::vector<parked_pile>& piles) {
  uint64_t result = 0;
  for (const auto& x : piles)
    result += x.letters;
  return result;
}

std::string count_of(uint64_t n, const char* what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

int list(client& to, const parked_options& options, const context& ctx) {
  auto box = parked_box::open(to, options.what.topic, options.what.group);
  if (!box)
    return refused(box.error());
  auto piles = box->piles().all();
  if (ctx.as_json) {
    json::array all;
    for (const auto& x : piles)
      all.push_back(json::object{{"partition", x.partition},
                                 {"key", text_or_null(x.key)},
                                 {"letters", x.letters},
                                 {"first", x.first},
                                 {"last", x.last},
                                 {"reason", text_to_json(x.reason)}});
    fmt::print("{}\n", json::serialize(all));
    return exit_ok;
  }
  if (piles.empty()) {
    fmt::print("{} has parked nothing of {}\n", options.what.group,
               options.what.topic);
    return exit_ok;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& x : piles)
    rows.push_back({x.key.is_null() ? "null" : printable(x.key.view()),
                    std::to_string(x.partition), std::to_string(x.letters),
                    std::to_string(x.first),
                    printable(x.reason).substr(0, 60)});
  fmt::print(
    "{}",
    format_table({"KEY", "PARTITION", "RECORDS", "FIRST LETTER", "WHY"}, rows));
  return exit_ok;
}

int replay(client& to, const parked_options& options, const context& ctx) {
  auto what = options.what;
  if (options.key_option->count() > 0)
    what.key = options.key;
  what.timeout = std::chrono::seconds{options.timeout_s};
  auto box = parked_box::open(to, what.topic, what.group);
  if (!box)
    return refused(box.error());
  auto piles = meant(*box, what);
  auto keys = count_of(piles.size(), "key");
  if (!options.is_confirmed) {
    fmt::print("{} of {} would go to {} again, each in its order. --yes does "
               "it\n",
               count_of(letters_in(piles), "record"), keys, what.group);
    return exit_not_met;
  }
  parked_replay_result done;
  if (!piles.empty()) {
    auto result = replay_parked(to, *box, what);
    if (!result)
      return refused(result.error());
    done = std::move(*result);
  }
  if (ctx.as_json)
    fmt::print("{}\n", json::serialize(json::object{
                         {"replayed", done.replayed},
                         {"still_parked", done.still_parked},
                         {"problem", done.problem.empty()
                                       ? json::value{}
                                       : text_to_json(done.problem)}}));
  else
    fmt::print("{} of {} brought back\n", count_of(done.replayed, "record"),
               keys);
  if (done.problem.empty() && done.still_parked == 0)
    return exit_ok;
  if (done.problem.empty())
    done.problem = "records came meanwhile; say it again";
  fmt::print(stderr,
             "troupe: {} parked, in order: {}. What was on its way comes "
             "twice when it is brought back again\n",
             done.still_parked == 1
               ? std::string{"1 key stays"}
               : fmt::format("{} keys stay", done.still_parked),
             done.problem);
  return exit_not_met;
}

} // namespace

void add_parked_commands(CLI::App& dead, context& ctx) {
  auto options = std::make_shared<parked_options>();
  auto* parked = dead.add_subcommand(
    "parked", "See the keys that groups have parked, and bring them back");
  parked->require_subcommand(1);
  auto whose = [&](CLI::App* c) {
    c->add_option("topic", options->what.topic,
                  "The topic that the records were posted to")
      ->required();
    c->add_option("group", options->what.group, "The group that parked them")
      ->required();
    return c;
  };
  whose(add_client_command(*parked, "list",
                           "Which keys, how many records of each, and why",
                           list, options, ctx));
  auto* back = whose(add_client_command(
    *parked, "replay",
    "Hand their records to their group again, each key in its order; it goes "
    "on as any other key once all are handled. Exit code 1: it stays parked",
    replay, options, ctx));
  options->key_option =
    back->add_option("--key", options->key, "Only this key (default: all)");
  back
    ->add_option("--partition", options->what.partition,
                 "Only keys of this partition (default: all)")
    ->check(CLI::NonNegativeNumber);
  back
    ->add_option("--timeout", options->timeout_s,
                 "Seconds without a record that is handled until it gives up "
                 "(default: 60)")
    ->check(CLI::PositiveNumber);
  back->add_flag("--yes", options->is_confirmed, "Do it");
}

} // namespace troupe::cli
