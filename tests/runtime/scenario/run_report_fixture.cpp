// Runs made by hand: what printers and the report are tested with.
#include "tests/runtime/scenario/run_report_fixture.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace troupe::scenario {

namespace {

constexpr int64_t begin_ms = 1'767'225'600'000;

constexpr topic_id messages{1, 1};

group_position position(int32_t partition, int64_t start, int64_t next,
                        int64_t high_watermark) {
  group_position x;
  x.id = {messages, partition};
  x.topic = "messages";
  x.start = start;
  x.next = next;
  x.reason = next < 0 ? start_reason::stored_start : start_reason::committed;
  x.log_start = 0;
  x.high_watermark = high_watermark;
  return x;
}

timeline_move move(int32_t partition, std::string from, std::string to,
                   int64_t without_owner_ms, int64_t offset,
                   start_reason reason, int64_t repeated = 0) {
  timeline_move x;
  x.id = {messages, partition};
  x.topic = "messages";
  x.from = std::move(from);
  x.to = std::move(to);
  x.without_owner_ms = without_owner_ms;
  x.offset = offset;
  x.reason = reason;
  x.repeated = repeated;
  return x;
}

void add_line(run_record& run, int64_t ms, line_kind kind, std::string group,
              std::string text) {
  run.lines.push_back({begin_ms + ms, kind, std::move(group), std::move(text)});
}

/// Records arrive at 12 a second for 45 s; each consumer that owns something
/// handles 5 a second.
void add_samples(group_track& group) {
  int64_t lag = 0, handled = 0;
  for (int64_t second = 0; second <= 60; ++second) {
    group.samples.push_back({begin_ms + second * 1000, lag, handled});
    auto busy = second < 8 ? 1 : second < 16 ? 2 : second == 31 ? 2 : 3;
    auto posted = second < 45 ? 12 : 0;
    auto done = std::min<int64_t>(busy * 5, lag + posted);
    handled += done;
    lag += posted - done;
  }
}

void add_events(group_track& group) {
  using reason = start_reason;
  group.events = {
    {1,
     begin_ms + 12,
     1,
     "sms-1 joined",
     {move(0, "", "sms-1", -1, 4, reason::stored_start),
      move(1, "", "sms-1", -1, 4, reason::stored_start),
      move(2, "", "sms-1", -1, 20, reason::stored_start)}},
    {2,
     begin_ms + 8'003,
     2,
     "sms-2 joined",
     {move(2, "sms-1", "sms-2", 214, 33, reason::committed)}},
    {3,
     begin_ms + 16'004,
     3,
     "sms-3 joined",
     {move(1, "sms-1", "sms-3", 187, 44, reason::committed)}},
    {4, begin_ms + 24'001, 4, "sms-4 joined", {}},
    {5,
     begin_ms + 31'000,
     5,
     "sms-2 crashed: handler threw 'gateway gone'",
     {move(2, "sms-2", "sms-4", 1'420, 148, reason::committed, 1)}},
    {6, begin_ms + 32'100, 6, "sms-2 joined", {}},
    {7,
     begin_ms + 56'000,
     7,
     "sms-1 left",
     {move(0, "sms-1", "sms-2", 12, 151, reason::committed)}},
  };
}

} // namespace

run_record recap_run() {
  run_record run;
  run.title = "Day 4 recap";
  run.description = "The notes' example: two groups read the topic messages, "
                    "each from its own positions.";
  run.file = "samples/day_4_recap.json";
  run.begin_ms = begin_ms;
  run.end_ms = begin_ms + 48'000;
  run.wall_ms = 35;
  run.topics = {{"messages", {0, 0, 0}, {7, 6, 21}}};
  add_line(run, 0, line_kind::step, "", "start group SMSGroup with 1 consumer");
  add_line(run, 12, line_kind::rebalance, "SMSGroup",
           "sms-1 joined: messages-0 from 4, messages-1 from 4, messages-2 "
           "from 20");
  add_line(run, 2'000, line_kind::step, "", "produce msg11 to messages-0");
  add_line(run, 2'005, line_kind::read, "SMSGroup",
           "sms-1 read msg11 [messages-0, offset 4]");
  add_line(run, 2'006, line_kind::commit, "SMSGroup",
           "sms-1 committed 4 on messages-0");
  add_line(run, 2'400, line_kind::problem, "EmailGroup", "gateway is slow");

  group_track sms;
  sms.group = "SMSGroup";
  sms.positions = {position(0, 4, 6, 7), position(1, 4, 5, 6),
                   position(2, 20, 21, 21)};
  sms.positions[0].owner = "sms-1";
  sms.consumers = {{"sms-1", 4, 0.25, {"messages-0"}}, {"sms-2", 0, 0, {}}};
  sms.owners = {{"messages", 0, "sms-1", begin_ms + 12, -1}};
  sms.events = {{1,
                 begin_ms + 12,
                 1,
                 "sms-1 joined",
                 {move(0, "", "sms-1", -1, 4, start_reason::stored_start)}}};
  sms.delivered_twice = 1;

  group_track email;
  email.group = "EmailGroup";
  email.positions = {position(0, 6, 7, 7), position(1, 5, 6, 6),
                     position(2, 21, -1, 21)};
  run.groups = {std::move(sms), std::move(email)};
  run.expectations = {
    {"$.steps[4].expect", "SMSGroup read msg11 on messages-0", true, {}},
    {"$.steps[9].expect", "EmailGroup committed null on messages-2", true, {}},
  };
  return run;
}

run_record crowded_run() {
  run_record run;
  run.title = "Consumers come, crash and go";
  run.description = "12 messages a second are posted for 45 s; each consumer "
                    "handles 5 a second. The fourth finds no partition left "
                    "until the second one crashes.";
  run.file = "samples/crowded.json";
  run.seed = 7;
  run.begin_ms = begin_ms;
  run.end_ms = begin_ms + 60'000;
  run.wall_ms = 212;
  run.topics = {{"messages", {0, 0, 0}, {184, 184, 200}}};

  group_track group;
  group.group = "SMSGroup";
  auto own = [&](int32_t partition, std::string owner, int64_t from,
                 int64_t to) {
    group.owners.push_back({"messages", partition, std::move(owner),
                            begin_ms + from, to < 0 ? -1 : begin_ms + to});
  };
  own(0, "sms-1", 12, 56'000);
  own(0, "sms-2", 56'012, -1);
  own(1, "sms-1", 12, 16'004);
  own(1, "sms-3", 16'191, -1);
  own(2, "sms-1", 12, 8'003);
  own(2, "sms-2", 8'217, 31'000);
  own(2, "sms-4", 32'420, -1);
  add_events(group);
  add_samples(group);
  group.consumers = {{"sms-1", 271, 4.8, {}},
                     {"sms-2", 118, 4.6, {"messages-0"}},
                     {"sms-3", 140, 3.2, {"messages-1"}},
                     {"sms-4", 11, 0.4, {"messages-2"}},
                     {"sms-5", 0, 0, {}}};
  group.positions = {position(0, 4, 184, 184), position(1, 4, 184, 184),
                     position(2, 20, 196, 200)};
  group.positions[0].owner = "sms-2";
  group.positions[1].owner = "sms-3";
  group.positions[2].owner = "sms-4";
  group.delivered_twice = 1;
  run.groups = {std::move(group)};

  for (int64_t second = 0; second < 45; ++second) {
    if (second % 8 == 0)
      add_line(run, second * 1000, line_kind::step, "",
               second < 32
                 ? fmt::format("start consumer sms-{}", second / 8 + 1)
                 : "wait until drained");
    for (int64_t i = 0; i < 12; ++i)
      add_line(run, second * 1000 + 80 * i + 5,
               i % 2 == 0 ? line_kind::read : line_kind::commit, "SMSGroup",
               fmt::format("sms-1 {} messages-{} offset {}",
                           i % 2 == 0 ? "read" : "committed", i % 3,
                           second * 6 + i / 2));
    if (second == 31)
      add_line(run, 31'999, line_kind::rebalance, "SMSGroup",
               "sms-2 crashed: messages-2 goes to sms-4");
  }
  run.expectations = {
    {"$.steps[3].expect.rate", "SMSGroup handles 5 records a second", true, {}},
    {"$.steps[5].expect.rate",
     "SMSGroup handles 10 records a second",
     true,
     {}},
    {"$.steps[11].expect.lag",
     "SMSGroup has no lag",
     false,
     {"messages-2: expected lag 0, is 4", "  committed 195, end 200"}},
  };
  return run;
}

} // namespace troupe::scenario
