// troupe produce: posts lines of standard input.

#include <cstdio>
#include <deque>
#include <iostream>
#include <limits>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "actors/producer/producer.hpp"
#include "config/rules.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/wall_epoch.hpp"

namespace troupe::cli {

namespace {

/// Lines that are posted and not answered at once.
constexpr size_t lines_in_flight_max = 4000;

struct produce_options {
  std::string topic;
  int32_t partition = -1;
  std::string key_separator;
  std::vector<std::string> headers;
  std::string acks = "all";
  std::string compression = "none";
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
  /// The line, from 1, that `first_failure` is about.
  size_t failed_line = 0;
};

/// With acks=0 nobody knows the offset.
void show_place(const record_metadata& x, const context& ctx) {
  if (ctx.as_json) {
    boost::json::object line{{"topic", x.topic}, {"partition", x.partition}};
    line["offset"] = x.offset < 0 ? boost::json::value(nullptr) : x.offset;
    fmt::print("{}\n", boost::json::serialize(line));
  } else if (x.offset < 0) {
    fmt::print("{}-{} [offset not known]\n", x.topic, x.partition);
  } else {
    fmt::print("{}-{} [offset {}]\n", x.topic, x.partition, x.offset);
  }
}

/// Posts each line on its own, so that each one's fate is known; the producer
/// makes batches of them.
void post_all(client& to, const producer_actor& producer,
              const produce_options& options,
              const std::vector<record_header>& headers, const context& ctx,
              progress& done) {
  caf::scoped_actor self{to.system()};
  using answer =
    decltype(self->request(producer, caf::infinite, post_atom_v, posting{}));
  std::deque<answer> waiting;
  auto receive_one = [&] {
    auto pending = std::move(waiting.front());
    waiting.pop_front();
    pending.receive(
      [&](const record_metadata& x) {
        ++done.posted;
        if (options.shows_places)
          show_place(x, ctx);
      },
      [&](caf::error& why) {
        ++done.failed;
        if (done.first_failure)
          return;
        done.first_failure = std::move(why);
        done.failed_line = done.posted + done.failed;
      });
  };
  std::string line;
  while (!done.first_failure && std::getline(std::cin, line)) {
    waiting.push_back(
      self->request(producer, caf::infinite, post_atom_v,
                    posting{options.topic, options.partition,
                            record_of(line, options, headers)}));
    // What is there already goes together; nobody waits for the next line.
    auto open_max =
      std::cin.rdbuf()->in_avail() > 0 ? lines_in_flight_max : size_t{0};
    while (waiting.size() > open_max)
      receive_one();
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
  auto compression = parse_compression(options.compression);
  if (!compression) {
    fmt::print(stderr, "troupe: --compression '{}': expected {}\n",
               options.compression, compression_shape);
    return exit_usage;
  }
  auto to = client::connect(ctx);
  if (!to)
    return refused(to.error());
  producer_config config;
  config.settings.acks = options.acks == "all" ? acks::all
                         : options.acks == "1" ? acks::leader
                                               : acks::none;
  config.settings.compression = *compression;
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
  if (!done.first_failure)
    return exit_ok;
  if (done.failed_line > 0)
    fmt::print(stderr, "troupe: line {} was not posted:\n", done.failed_line);
  return refused(done.first_failure);
}

} // namespace

void add_produce_command(CLI::App& app, context& ctx) {
  auto options = std::make_shared<produce_options>();
  auto* c = app.add_subcommand("produce",
                               "Post the lines of standard input to a topic");
  c->add_option("TOPIC", options->topic, "The topic's name")->required();
  c->add_option("-p,--partition", options->partition,
                "To this partition (default: the key decides)")
    ->check(CLI::Range(0, std::numeric_limits<int32_t>::max()));
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
  c->add_option("-z,--compression", options->compression,
                "none, gzip, snappy, lz4 or zstd, with a level if need be "
                "(zstd:9); applied to each batch that it makes smaller")
    ->capture_default_str();
  c->add_flag("-v,--verbose", options->shows_places,
              "Print partition and offset of each record");
  add_client_options(*c, ctx);
  c->callback([options, &ctx] { ctx.exit_code = produce(*options, ctx); });
}

} // namespace troupe::cli
