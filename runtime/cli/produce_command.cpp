// troupe produce: posts lines of standard input.

#include <cstdio>
#include <iostream>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "actors/producer/producer.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/wall_epoch.hpp"

namespace troupe::cli {

namespace {

/// Lines in one message to the producer, and such messages under way at once.
constexpr size_t lines_at_once = 500;
constexpr size_t messages_in_flight_max = 8;

struct produce_options {
  std::string topic;
  int32_t partition = -1;
  std::string key_separator;
  std::vector<std::string> headers;
  std::string acks = "all";
  bool shows_places = false;
};

/// Cuts a line into key and value as told.
record record_of(const std::string& line, const produce_options& options,
                 const std::vector<record_header>& headers) {
  record result;
  result.headers = headers;
  auto at = options.key_separator.empty() ? std::string::npos
                                          : line.find(options.key_separator);
  if (at == std::string::npos) {
    result.value = bytes{line};
    return result;
  }
  result.key = bytes{line.substr(0, at)};
  result.value = bytes{line.substr(at + options.key_separator.size())};
  return result;
}

/// What posting has come to.
struct progress {
  size_t posted = 0;
  size_t failed = 0;
  caf::error first_failure;
};

void show_places(const std::vector<record_metadata>& places,
                 const context& ctx) {
  for (const auto& x : places)
    if (ctx.as_json)
      fmt::print("{}\n", boost::json::serialize(
                           boost::json::object{{"topic", x.topic},
                                               {"partition", x.partition},
                                               {"offset", x.offset}}));
    else
      fmt::print("{}-{} [offset {}]\n", x.topic, x.partition, x.offset);
}

/// Reads at most `lines_at_once` lines; none at the end.
std::vector<posting> read_some(const produce_options& options,
                               const std::vector<record_header>& headers) {
  std::vector<posting> result;
  std::string line;
  // What is there already goes together; nobody waits for the next line.
  while (result.size() < lines_at_once && std::getline(std::cin, line)) {
    result.push_back(
      {options.topic, options.partition, record_of(line, options, headers)});
    if (std::cin.rdbuf()->in_avail() <= 0)
      break;
  }
  return result;
}

void post_all(client& to, const producer_actor& producer,
              const produce_options& options,
              const std::vector<record_header>& headers, const context& ctx,
              progress& done) {
  caf::scoped_actor self{to.system()};
  size_t in_flight = 0;
  auto one_less = [&](size_t size, caf::error why) {
    --in_flight;
    if (!why) {
      done.posted += size;
      return;
    }
    done.failed += size;
    if (!done.first_failure)
      done.first_failure = std::move(why);
  };
  // Answers come in the order of the requests, one producer has one queue.
  using places = std::vector<record_metadata>;
  using answer = decltype(self->request(producer, caf::infinite, post_atom_v,
                                        std::vector<posting>{}));
  std::deque<std::pair<size_t, answer>> waiting;
  auto receive_one = [&] {
    auto [size, pending] = std::move(waiting.front());
    waiting.pop_front();
    pending.receive(
      [&, n = size](const places& x) {
        if (options.shows_places)
          show_places(x, ctx);
        one_less(n, caf::none);
      },
      [&, n = size](caf::error& why) { one_less(n, std::move(why)); });
  };
  for (auto some = read_some(options, headers); !some.empty();
       some = read_some(options, headers)) {
    auto size = some.size();
    waiting.emplace_back(size, self->request(producer, caf::infinite,
                                             post_atom_v, std::move(some)));
    if (++in_flight >= messages_in_flight_max || size < lines_at_once)
      receive_one();
    if (done.first_failure)
      break;
  }
  while (!waiting.empty())
    receive_one();
}

int produce(const produce_options& options, context& ctx) {
  // Input of its own buffer: only then can one ask what is there already.
  std::ios::sync_with_stdio(false);
  std::vector<record_header> headers;
  for (const auto& text : options.headers) {
    auto at = text.find('=');
    if (at == std::string::npos) {
      fmt::print(stderr, "troupe: --header '{}': expected name=value\n", text);
      return exit_usage;
    }
    headers.push_back({text.substr(0, at), bytes{text.substr(at + 1)}});
  }
  auto to = client::connect(ctx.connect);
  if (!to)
    return refused(to.error());
  producer_config config;
  config.settings.acks = options.acks == "all" ? acks::all
                         : options.acks == "1" ? acks::leader
                                               : acks::none;
  config.node = (*to)->node();
  config.epoch = wall_epoch();
  auto handle = (*to)->system().spawn(producer, std::move(config));
  progress done;
  post_all(**to, handle, options, headers, ctx, done);
  auto stopped = (*to)->ask<caf::ok_atom>(handle, stop_atom_v);
  if (!stopped && !done.first_failure)
    done.first_failure = stopped.error();
  caf::anon_send_exit(handle, caf::exit_reason::kill);
  if (!options.shows_places)
    fmt::print(stderr, "{} posted, {} failed\n", done.posted, done.failed);
  return done.first_failure ? refused(done.first_failure) : int{exit_ok};
}

} // namespace

void add_produce_command(CLI::App& app, context& ctx) {
  auto options = std::make_shared<produce_options>();
  auto* c = app.add_subcommand("produce",
                               "Post the lines of standard input to a topic");
  c->add_option("TOPIC", options->topic, "The topic's name")->required();
  c->add_option("-p,--partition", options->partition,
                "To this partition (default: the key decides)");
  c->add_option("-k,--key-separator", options->key_separator,
                "What stands between key and value in a line (default: there "
                "are no keys)");
  c->add_option("-H,--header", options->headers,
                "A header for each record; may be repeated")
    ->type_name("NAME=VALUE");
  c->add_option("--acks", options->acks,
                "When a record counts as posted: all (synced), 1 (written) or "
                "0 (sent)")
    ->check(CLI::IsMember({"all", "1", "0"}))
    ->capture_default_str();
  c->add_flag("-v,--verbose", options->shows_places,
              "Print partition and offset of each record");
  add_client_options(*c, ctx);
  c->callback([options, &ctx] { ctx.exit_code = produce(*options, ctx); });
}

} // namespace troupe::cli
