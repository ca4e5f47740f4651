// What people and programs are told of a run: the notes' table has to come out
// as the notes draw it, null is null, and no record can write to the terminal.
#include "runtime/scenario/run_printer.hpp"

#include <boost/json/parse.hpp>

#include "runtime/scenario/run_printer_text.hpp"
#include "tests/catch.hpp"
#include "tests/runtime/scenario/run_report_fixture.hpp"

using namespace troupe;
using namespace troupe::scenario;

namespace json = boost::json;

namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

run_record run_with_line(line_kind kind, std::string text) {
  run_record run;
  run.title = "a run";
  run.lines = {{1'500, kind, "SMSGroup", std::move(text)}};
  return run;
}

} // namespace

TEST_CASE("the tables are the notes' and the full one") {
  CHECK(print_tables(recap_run(), {}) == R"(SMSGroup {
    messages-0: 5
    messages-1: 4
    messages-2: 20
}

  partition   start  committed  next  end  lag  owner  why
  messages-0      4          5     6    7    1  sms-1  committed
  messages-1      4          4     5    6    1  -      committed
  messages-2     20         20    21   21    0  -      committed

  consumer  records   rate  owns
  sms-1           4  0.2/s  messages-0
  sms-2           0   idle  nothing

  00:00.012  epoch 1: sms-1 joined
             messages-0  nobody -> sms-1, at 4 (stored start)

  0 records lost, 1 delivered twice, 0 of them after their commit

EmailGroup {
    messages-0: 6
    messages-1: 5
    messages-2: null
}

  partition   start  committed  next  end  lag  owner  why
  messages-0      6          6     7    7    0  -      committed
  messages-1      5          5     6    6    0  -      committed
  messages-2     21       null  null   21    0  -      stored start

  0 records lost, 0 delivered twice
)");
}

TEST_CASE("next 0 is not null: the committed offset before the first is -1") {
  group_position x;
  CHECK(committed_or_null(x) == "null");
  x.next = 0;
  CHECK(committed_or_null(x) == "-1");
}

TEST_CASE("the timeline has its steps at the left and what came of them "
          "indented") {
  CHECK(print_timeline(recap_run(), {}) == R"(Day 4 recap
The notes' example: two groups read the topic messages, each from its own
positions.

00:00.000  start group SMSGroup with 1 consumer
00:00.012    SMSGroup    sms-1 joined: messages-0 from 4, messages-1 from 4,
                         messages-2 from 20
00:02.000  produce msg11 to messages-0
00:02.005    SMSGroup    sms-1 read msg11 [messages-0, offset 4]
00:02.006    SMSGroup    sms-1 committed 4 on messages-0
00:02.400    EmailGroup  ! gateway is slow
)");
}

TEST_CASE("a rebalance says its cause, the wait and what came twice") {
  auto text = print_tables(crowded_run(), {});
  CHECK(contains(text, "  00:31.000  epoch 5: sms-2 crashed: handler threw "
                       "'gateway gone'\n"
                       "             messages-2  sms-2 -> sms-4, at 148 "
                       "(committed), 1.4 s without an owner, 1 record "
                       "delivered again\n"));
  CHECK(contains(text, "  sms-5           0   idle  nothing\n"));
}

TEST_CASE("long runs of reads and commits are shortened, nothing else is") {
  std::vector<run_line> lines(100, {0, line_kind::read, "g", "r"});
  lines[50].kind = line_kind::problem;
  auto shown = shorten(lines, 9);
  REQUIRE(shown.size() == 2 * (6 + 1 + 3) + 1);
  CHECK(shown[6].line == nullptr);
  CHECK(shown[6].left_out == 50 - 9);
  CHECK(shown[10].line == &lines[50]);
  CHECK(shown.back().line == &lines[99]);
  CHECK(shorten(lines, 50).size() == 100);
  CHECK(shorten(lines, 0).size() == 100);
  CHECK(shorten({}, 9).empty());
}

TEST_CASE("the closing line counts expectations and time") {
  CHECK(print_summary(recap_run(), {})
        == "PASSED 2 expectations in 48 virtual seconds (35 ms)\n");
  CHECK(print_summary(crowded_run(), {})
        == "FAILED 1 of 3 expectations in 60 virtual seconds (212 ms); "
           "samples/crowded.json, seed 7\n");
  auto run = recap_run();
  run.is_virtual_time = false;
  run.end_ms = run.begin_ms + 1'234;
  CHECK(print_summary(run, {}) == "PASSED 2 expectations in 1.2 seconds\n");
  run.expectations.clear();
  CHECK(print_summary(run, {})
        == "DONE in 1.2 seconds; nothing was expected\n");
}

TEST_CASE("a failed expectation shows its path and its difference as it is") {
  CHECK(print_expectations(crowded_run(), {})
        == "Expectations\n"
           "  ok    SMSGroup handles 5 records a second\n"
           "  ok    SMSGroup handles 10 records a second\n"
           "  FAIL  SMSGroup has no lag ($.steps[11].expect.lag)\n"
           "          messages-2: expected lag 0, is 4\n"
           "            committed 195, end 200\n");
}

TEST_CASE("colours come only when asked for, and change nothing else") {
  auto plain = print_run(crowded_run(), {});
  auto colourful = print_run(crowded_run(), {true, 80});
  CHECK(!contains(plain, "\x1b"));
  CHECK(contains(colourful, "\x1b[31mFAILED\x1b[0m"));
  std::string bare;
  for (size_t i = 0; i < colourful.size(); ++i)
    if (colourful[i] == '\x1b')
      i = colourful.find('m', i);
    else
      bare += colourful[i];
  CHECK(bare == plain);
}

TEST_CASE("what a record says cannot drive the terminal") {
  auto run = run_with_line(line_kind::read, "msg\x1b[2J\r\n\x07\xC2\x9B \xFF");
  auto text = print_timeline(run, {});
  CHECK(contains(text, "msg\\x1b[2J\\x0d\\n\\x07\\x9b \uFFFD\n"));
}

TEST_CASE("an empty run prints and parses") {
  run_record run;
  CHECK(print_run(run, {})
        == "\n\n\nDONE in 0 virtual seconds (0 ms); nothing was expected\n");
  auto value = json::parse(to_json(run));
  CHECK(value.at("groups").as_array().empty());
  CHECK(value.at("is_passed").as_bool());
}

TEST_CASE("JSON has null where something is null, and numbers elsewhere") {
  auto value = json::parse(to_json(recap_run()));
  const auto& groups = value.at("groups").as_array();
  const auto& sms = groups.at(0).at("positions").as_array();
  const auto& email = groups.at(1).at("positions").as_array();
  CHECK(sms.at(0).at("committed") == json::value(5));
  CHECK(sms.at(0).at("owner") == json::value("sms-1"));
  CHECK(sms.at(1).at("owner").is_null());
  CHECK(email.at(2).at("committed").is_null());
  CHECK(email.at(2).at("next").is_null());
  CHECK(email.at(2).at("start") == json::value(21));
  CHECK(email.at(2).at("lag") == json::value(0));
  CHECK(value.at("topics").at(0).at("partitions").at(2).at("high_watermark")
        == json::value(21));
  CHECK(groups.at(0).at("owners").at(0).at("to_ms").is_null());
  CHECK(value.at("lines").at(0).at("group").is_null());
}

TEST_CASE("JSON stays valid whatever bytes a record has") {
  auto run = run_with_line(line_kind::read, "a\xC3\x28\xED\xA0\x80\xF8 \"\n");
  auto value = json::parse(to_json(std::vector{run, run}));
  CHECK(value.at(1).at("lines").at(0).at("text")
        == json::value("a\uFFFD(\uFFFD\uFFFD\uFFFD\uFFFD \"\n"));
}

TEST_CASE("times, durations and counts in words") {
  CHECK(format_time(0) == "00:00.000");
  CHECK(format_time(12'345) == "00:12.345");
  CHECK(format_time(3'600'000 + 62'003) == "1:01:02.003");
  CHECK(format_time(-5) == "-00:00.005");
  CHECK(format_duration(35) == "35 ms");
  CHECK(format_duration(48'000) == "48 s");
  CHECK(format_duration(2'500) == "2.5 s");
  CHECK(format_duration(750'000) == "12 min 30 s");
  CHECK(format_duration(7'500'000) == "2 h 5 min");
  CHECK(format_run_time(1'000, true) == "1 virtual second");
  CHECK(format_run_time(750'000, true) == "12.5 virtual minutes");
  CHECK(format_run_time(4 * 3'600'000, false) == "4 hours");
  CHECK(format_count(999) == "999");
  CHECK(format_count(1'234'567) == "1,234,567");
  CHECK(format_count(-1'000) == "-1,000");
  CHECK(format_count(1, "record") == "1 record");
  CHECK(format_count(0, "record") == "0 records");
  CHECK(format_rate(5) == "5.0/s");
  CHECK(format_rate(12'345.6) == "12,346/s");
}

TEST_CASE("wrapping keeps words whole and never loses one") {
  using lines = std::vector<std::string>;
  CHECK(wrap("one two three", 8) == lines{"one two", "three"});
  CHECK(wrap("incomprehensible", 5) == lines{"incomprehensible"});
  CHECK(wrap("", 5) == lines{""});
  CHECK(wrap("äöü äöü", 7) == lines{"äöü äöü"});
}
