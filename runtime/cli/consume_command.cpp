// troupe consume: reads a topic, as a member of a group or on its own.

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <limits>
#include <system_error>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "actors/consumer/consumer.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/cli/signals.hpp"
#include "runtime/json_view.hpp"
#include "runtime/random_uuid.hpp"
#include "runtime/wall_epoch.hpp"

namespace troupe::cli {

namespace {

struct consume_options {
  std::string topic;
  std::string group;
  std::string name;
  int32_t partition = -1;
  bool from_beginning = false;
  int64_t offset = -1;
  int64_t count = 0;
  bool shows_places = false;
  bool exits_at_end = false;
};

void print_record(const std::string& topic, int32_t partition, int64_t offset,
                  const record& x, const consume_options& options,
                  const context& ctx) {
  if (ctx.as_json) {
    boost::json::object headers;
    for (const auto& header : x.headers)
      headers[text_to_json(header.name)] = text_or_null(header.value);
    boost::json::object line{{"topic", topic},
                             {"partition", partition},
                             {"offset", offset},
                             {"timestamp_ms", x.timestamp_ms},
                             {"key", text_or_null(x.key)},
                             {"value", text_or_null(x.value)},
                             {"headers", std::move(headers)}};
    fmt::print("{}\n", boost::json::serialize(line));
  } else if (options.shows_places) {
    fmt::print("{}-{} [offset {}] {}{}{}\n", topic, partition, offset,
               x.key.is_null() ? "" : x.key.view(), x.key.is_null() ? "" : "=",
               x.value.view());
  } else {
    fmt::print("{}\n", x.value.view());
  }
}

/// Shows a record; an error when it did not get out.
caf::error show(const std::string& topic, int32_t partition, int64_t offset,
                const record& x, const consume_options& options,
                const context& ctx) {
  try {
    print_record(topic, partition, offset, x, options, ctx);
  } catch (const std::system_error&) {
    // The flush finds the same.
  }
  return flush_output();
}

// -- as a member of a group
// ----------------------------------------------------

/// A group that has started keeps its rules; a new one gets those asked for.
caf::expected<group_settings> rules_of(client& to,
                                       const consume_options& options) {
  auto who = to.coordinator(options.group);
  if (!who)
    return who.error();
  auto group = to.ask<group_description>(*who, describe_atom_v);
  if (group && group->is_started)
    return group->rules;
  if (!group && code_of(group.error()) != ec::unknown_group)
    return group.error();
  group_settings fresh;
  if (options.from_beginning)
    fresh.start.what = start_rule::kind::earliest;
  return fresh;
}

/// Why a record did not get out; set once by the consumer's thread.
struct output_failure {
  caf::error why;
  std::atomic<bool> is_set = false;
};

/// Says on standard error what keeps a consumer from its work, once.
class problem_reporter {
public:
  problem_reporter(caf::scoped_actor& self, consumer_actor whom)
    : self_(self), whom_(std::move(whom)) {}

  /// Looks, at most once a second.
  void look() {
    auto now = std::chrono::steady_clock::now();
    if (now < next_)
      return;
    next_ = now + 1s;
    self_->request(whom_, 5s, status_atom_v)
      .receive(
        [this](const consumer_status& x) {
          if (!x.last_problem.empty() && x.last_problem != last_)
            fmt::print(stderr, "troupe: {}\n", x.last_problem);
          last_ = x.last_problem;
        },
        // Its end is noticed by who waits for it.
        [](const caf::error&) {});
  }

private:
  caf::scoped_actor& self_;
  consumer_actor whom_;
  std::chrono::steady_clock::time_point next_ =
    std::chrono::steady_clock::now() + 1s;
  std::string last_;
};

int consume_in_group(client& to, const consume_options& options, context& ctx,
                     const stop_signals& signals) {
  auto rules = rules_of(to, options);
  if (!rules)
    return refused(rules.error());
  auto handled = std::make_shared<std::atomic<int64_t>>(0);
  auto output = std::make_shared<output_failure>();
  consumer_config config;
  config.settings.group = options.group;
  config.settings.topics = {options.topic};
  config.settings.group_rules = *rules;
  config.settings.session_timeout = 45s;
  config.settings.heartbeat_interval = 5s;
  config.name = options.name.empty()
                  ? fmt::format("{}-cli-{}", options.group, getpid())
                  : options.name;
  config.seed = random_uuid();
  config.node = to.node();
  config.epoch = wall_epoch();
  config.handler.function = [=, &ctx,
                             &options](const delivery& x) -> caf::error {
    // Beyond the count nothing is taken: it stays uncommitted for others.
    if (output->is_set || (options.count > 0 && *handled >= options.count))
      return make_error(ec::handler_failed, "enough");
    // What did not get out stays uncommitted too.
    if (auto failed =
          show(x.topic, x.id.partition, x.offset, x.content, options, ctx)) {
      output->why = failed;
      output->is_set = true;
      return failed;
    }
    ++*handled;
    return caf::none;
  };
  auto handle = to.system().spawn(consumer, std::move(config));
  caf::scoped_actor self{to.system()};
  self->monitor(handle);
  auto is_over = [&] {
    return (options.count > 0 && *handled >= options.count)
           || self->has_next_message() || output->is_set || output_is_closed();
  };
  caf::scoped_actor asker{to.system()};
  problem_reporter problems{asker, handle};
  signals.wait([&] {
    if (is_over())
      return true;
    problems.look();
    return false;
  });
  int result = exit_ok;
  if (self->has_next_message())
    self->receive([&](const caf::down_msg& msg) {
      result = refused(make_error(ec::not_available, "the consumer has ended: "
                                                       + what(msg.reason)));
    });
  if (result == exit_ok) {
    auto stopped = to.ask<caf::ok_atom>(handle, stop_atom_v, false);
    if (!stopped)
      result = refused(stopped.error());
  }
  caf::anon_send_exit(handle, caf::exit_reason::kill);
  if (result == exit_ok && output->is_set && !output_is_closed())
    result = refused(output->why);
  return result;
}

// -- on its own
// ----------------------------------------------------------------

/// Where the reading of one partition is.
struct reading {
  partition_actor where;
  int32_t partition = 0;
  int64_t next = 0;
  /// With `exits_at_end`: the end when the reading began.
  int64_t stop_at = -1;
};

caf::expected<reading> begin_reading(client& to, const topic_info& topic,
                                     int32_t partition,
                                     const consume_options& options) {
  reading result;
  result.partition = partition;
  auto where = to.ask_patiently<partition_actor>(
    locate_atom_v, topic_partition{topic.id, partition});
  if (!where)
    return where.error();
  result.where = *where;
  auto bounds = to.ask<offset_answer>(*where, offset_atom_v, offset_query{});
  if (!bounds)
    return bounds.error();
  result.next = options.offset >= 0      ? options.offset
                : options.from_beginning ? bounds->log_start
                                         : bounds->high_watermark;
  if (options.exits_at_end)
    result.stop_at = bounds->high_watermark;
  return result;
}

/// Shows one fetch's worth; how many records that was.
caf::expected<int64_t> read_some(client& to, reading& at, int64_t left,
                                 caf::timespan wait, const topic_info& topic,
                                 const consume_options& options,
                                 const context& ctx) {
  fetch_request request;
  request.offset = at.next;
  request.wait_max = wait;
  auto fetched = to.ask<fetch_result>(at.where, fetch_atom_v, request);
  if (!fetched)
    return fetched.error();
  if (fetched->status != fetch_status::ok)
    return make_error(ec::offset_out_of_range,
                      fmt::format("{}-{}: offset {} is not there; the log has "
                                  "{} to {}",
                                  topic.name, at.partition, at.next,
                                  fetched->log_start, fetched->high_watermark));
  int64_t shown = 0;
  for (const auto& batch : fetched->batches) {
    auto records = read_records(batch);
    if (!records)
      return records.error();
    for (const auto& x : *records) {
      if (x.offset < at.next)
        continue;
      if (shown >= left || (at.stop_at >= 0 && x.offset >= at.stop_at))
        return shown;
      if (auto failed =
            show(topic.name, at.partition, x.offset, x.content, options, ctx))
        return failed;
      at.next = x.offset + 1;
      ++shown;
    }
    at.next = std::max(at.next, batch.header.last_offset() + 1);
  }
  return shown;
}

int consume_alone(client& to, const consume_options& options, context& ctx,
                  const stop_signals& signals) {
  auto topic = to.ask_patiently<topic_info>(topic_atom_v, options.topic);
  if (!topic)
    return refused(topic.error());
  std::vector<reading> readings;
  for (int32_t p = 0; p < topic->partitions(); ++p) {
    if (options.partition >= 0 && p != options.partition)
      continue;
    auto one = begin_reading(to, *topic, p, options);
    if (!one)
      return refused(one.error());
    readings.push_back(std::move(*one));
  }
  if (readings.empty())
    return refused(make_error(ec::unknown_partition,
                              fmt::format("{}-{}: no such partition; the topic "
                                          "has {}",
                                          options.topic, options.partition,
                                          topic->partitions())));
  auto left =
    options.count > 0 ? options.count : std::numeric_limits<int64_t>::max();
  while (left > 0) {
    int64_t shown = 0;
    // One partition waits, so that an idle topic is not asked without pause.
    for (auto& at : readings) {
      auto wait = shown == 0 && &at == &readings.back() && !options.exits_at_end
                    ? caf::timespan{200ms}
                    : caf::timespan{0};
      auto some = read_some(to, at, left, wait, *topic, options, ctx);
      if (output_is_closed())
        return exit_ok;
      if (!some)
        return refused(some.error());
      shown += *some;
      left -= *some;
    }
    if (options.exits_at_end
        && std::all_of(readings.begin(), readings.end(),
                       [](const auto& x) { return x.next >= x.stop_at; }))
      break;
    auto looked = false;
    if (signals.wait([&] { return std::exchange(looked, true); }) > 0)
      break;
  }
  return exit_ok;
}

int consume(const consume_options& options, context& ctx) {
  stop_signals signals;
  auto to = client::connect(ctx);
  if (!to)
    return refused(to.error());
  return options.group.empty() ? consume_alone(**to, options, ctx, signals)
                               : consume_in_group(**to, options, ctx, signals);
}

} // namespace

void add_consume_command(CLI::App& app, context& ctx) {
  auto options = std::make_shared<consume_options>();
  auto* c =
    app.add_subcommand("consume", "Read a topic, as a member of a group "
                                  "or on its own; ends with ^C");
  c->add_option("TOPIC", options->topic, "The topic's name")->required();
  auto* group = c->add_option("-g,--group", options->group,
                              "Join this group: share its partitions, commit "
                              "what was read");
  c->add_option("--name", options->name, "What the group calls this consumer")
    ->needs(group);
  c->add_flag("-b,--from-beginning", options->from_beginning,
              "Begin with the first record (a group: only when it is new)");
  auto* partition =
    c->add_option("-p,--partition", options->partition, "Only this partition")
      ->check(CLI::Range(0, std::numeric_limits<int32_t>::max()))
      ->excludes(group);
  c->add_option("-o,--offset", options->offset, "Begin at this offset")
    ->check(CLI::Range(int64_t{0}, std::numeric_limits<int64_t>::max()))
    ->needs(partition);
  c->add_option("-n,--count", options->count, "End after this many records")
    ->check(CLI::Range(int64_t{1}, std::numeric_limits<int64_t>::max()));
  c->add_flag("-e,--exit-at-end", options->exits_at_end,
              "End when all that is there now was read")
    ->excludes(group);
  c->add_flag("-v,--verbose", options->shows_places,
              "Print partition, offset and key too");
  add_client_options(*c, ctx);
  c->callback([options, &ctx] { ctx.exit_code = consume(*options, ctx); });
}

} // namespace troupe::cli
