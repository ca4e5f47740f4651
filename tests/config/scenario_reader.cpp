// A scenario is read whole before anything is played: every key, and every
// mistake in its shape.
#include <algorithm>

#include "config/json_document.hpp"
#include "config/scenario.hpp"
#include "config/scenario_fields.hpp"
#include "tests/catch.hpp"
#include "tests/config/manual.hpp"
#include "tests/source_tree.hpp"

using namespace troupe;
using namespace troupe::scenario;

namespace {

/// A scenario about topic 't' (2 partitions) and group 'g' with these steps.
std::string story(const std::string& steps) {
  return R"({"title": "x",
"topics": [{"name": "t", "partitions": 2}, {"name": "u"}],
"groups": [{"name": "g", "topics": ["t"]}],
"steps": [)"
         + steps + "]}";
}

std::string error_of(const std::string& steps) {
  return to_string(read_script(story(steps), "f").errors());
}

script read(const std::string& text) {
  auto x = read_script(text, "f");
  INFO(to_string(x.errors()));
  REQUIRE(x);
  return *x;
}

/// The only step of that kind.
template <class T>
T only(const std::string& steps) {
  auto x = read(story(steps));
  for (const auto& step : x.steps)
    if (auto result = std::get_if<T>(&step.what))
      return *result;
  FAIL("no such step");
  return {};
}

} // namespace

TEST_CASE("partition names are read back from what is written") {
  CHECK(to_string(partition_name{"a-b", 12}) == "a-b-12");
  CHECK(parse_partition_name("a-b-12") == partition_name{"a-b", 12});
  for (auto text :
       {"", "a", "-1", "a-", "a-x", "a-01", "a-1x", "a-+1", "a-99999999999"})
    CHECK_FALSE(parse_partition_name(text));
}

TEST_CASE("a scenario has defaults") {
  auto x = read(story(R"({"note": "hello"})"));
  CHECK(x.title == "x");
  CHECK(x.seed == 1);
  CHECK(x.settings == node_settings{});
  REQUIRE(x.groups.size() == 1);
  consumer_settings settings;
  settings.group = "g";
  settings.topics = {"t"};
  CHECK(x.groups[0].settings == settings);
  CHECK(x.groups[0].handler_time == 0ms);
  CHECK(x.groups[0].fail == failure_rule{});
  REQUIRE(x.steps.size() == 1);
  CHECK(x.steps[0].path == "$.steps[0].note");
  CHECK(x.steps[0].line == 4);
  CHECK(x.find_group("g") == &x.groups[0]);
  CHECK(x.find_group("h") == nullptr);
}

TEST_CASE("everything about topics and groups can be set") {
  auto x = read(R"({
    "title": "x", "description": "y", "seed": 7,
    "settings": {"topic_defaults": {"segment_bytes": "1KiB"},
                 "producer": {"linger": "5ms"}},
    "topics": [{"name": "t", "settings": {"cleanup": "compact"}}],
    "groups": [{
      "name": "g", "topics": ["t"], "start": {"ago": "1h"},
      "start_is_stored": false, "assignor": "range", "commit": {"every": 3},
      "retention": "1d", "records_per_second": 20,
      "consumer": {"records_per_second": 5, "handler_time": "200ms",
                   "fail": {"every": 4, "values": ["bad"], "times": 2},
                   "instance_ids": ["a", "b"], "session_timeout": "9s"}}],
    "steps": [{"note": "n"}]})");
  CHECK(x.description == "y");
  CHECK(x.seed == 7);
  CHECK(x.settings.producer.linger == 5ms);
  CHECK(x.topics.at(0).settings.segment_bytes == 1 * kib);
  CHECK(x.topics.at(0).settings.cleanup == cleanup_policy::compact);
  const auto& g = x.groups.at(0);
  CHECK(g.settings.group_rules
        == group_settings{{start_rule::kind::ago, 3'600'000},
                          false,
                          "range",
                          std::chrono::hours{24},
                          20});
  CHECK(g.settings.commit.count == 3);
  CHECK(g.settings.records_per_second == 5);
  CHECK(g.settings.session_timeout == 9s);
  CHECK(g.handler_time == 200ms);
  CHECK(g.fail == failure_rule{4, {"bad"}, 2});
  CHECK(g.instance_ids == std::vector<std::string>{"a", "b"});
}

TEST_CASE("records are given or made") {
  auto given = only<produce>(R"({"produce": {"topic": "t", "partition": 1,
    "values": ["a", {"key": "k", "value": "b", "headers": {"h": "i"}},
               {"value": ""}],
    "key": "key{n}", "acks": "leader"}})");
  CHECK(given.partition == 1);
  CHECK(given.acks == acks::leader);
  REQUIRE(given.size() == 3);
  CHECK(given.record(0) == produced_record{"key1", "a", {}});
  CHECK(given.record(1) == produced_record{"k", "b", {{"h", "i"}}});
  CHECK(given.record(2) == produced_record{"key3", "", {}});
  auto made = only<produce>(R"({"produce": {"topic": "t", "count": 3,
    "first": 10, "key": "user-{n}", "value": "{n} is {n}", "rate": 2.5,
    "in_background": true}})");
  REQUIRE(made.size() == 3);
  CHECK_FALSE(made.partition);
  CHECK(made.record(2) == produced_record{"user-12", "12 is 12", {}});
  CHECK(made.rate == 2.5);
  CHECK(made.in_background);
  auto plain = only<produce>(R"({"produce": {"topic": "t", "count": 1}})");
  CHECK(plain.record(0) == produced_record{std::nullopt, "msg1", {}});
  CHECK_FALSE(plain.acks);
}

TEST_CASE("consumers come and go") {
  auto x = read(story(R"({"start": "g"}, {"add": {"group": "g", "consumers": 3,
    "wait_until_stable": false}}, {"stop": {"group": "g", "consumers": 1}},
    {"crash": {"group": "g", "consumer": 2, "during": "record",
               "within": "5s"}}, {"stop": "g"})"));
  REQUIRE(x.steps.size() == 5);
  auto first = std::get<start>(x.steps[0].what);
  CHECK((first.group == "g" && first.consumers == 1 && !first.is_added));
  CHECK((first.waits_until_stable && first.within == default_within));
  auto more = std::get<start>(x.steps[1].what);
  CHECK((more.is_added && more.consumers == 3 && !more.waits_until_stable));
  auto some = std::get<stop>(x.steps[2].what);
  CHECK((some.who.count == 1u && !some.who.number));
  auto dead = std::get<crash>(x.steps[3].what);
  CHECK((dead.who.number == 2u && dead.is_during_record && dead.within == 5s));
  auto all = std::get<stop>(x.steps[4].what);
  CHECK((!all.who.count && !all.who.number));
}

TEST_CASE("the other steps") {
  CHECK(only<restart_node>(R"({"restart_node": "kill"})").how
        == restart_kind::kill);
  auto cut = only<restart_node>(R"({"restart_node": {"how": "power_cut",
    "down_time": "3s", "restart_consumers": false}})");
  CHECK(cut.how == restart_kind::power_cut);
  CHECK((cut.down_time == 3s && !cut.restarts_consumers));
  CHECK(only<scenario::pause>(R"({"pause": "g"})").is_paused);
  auto resume = only<scenario::pause>(
    R"({"resume": {"group": "g", "topic": "t", "partition": 1}})");
  CHECK((!resume.is_paused && resume.topic == "t" && resume.partition == 1));
  CHECK(
    only<wait_until_drained>(R"({"wait_until_drained": {}})").group.empty());
  auto wait_for = [](const std::string& until) {
    return only<scenario::wait>(
      R"({"start": "g"}, {"wait": {"group": "g", "until": )" + until + "}}");
  };
  CHECK(wait_for(R"("stable")").until == scenario::wait::condition::stable);
  CHECK(wait_for(R"("empty")").until == scenario::wait::condition::empty);
  CHECK(wait_for(R"({"reads": 9})").until == scenario::wait::condition::reads);
  CHECK(wait_for(R"({"reads": 9})").count == 9);
  CHECK(only<scenario::wait>(R"({"wait": {"until": "produced"}})").until
        == scenario::wait::condition::produced);
  CHECK(only<advance>(R"({"advance": "10s"})").time == 10s);
  CHECK(only<create_topic>(R"({"create_topic": {"name": "v",
    "partitions": 5}})")
          .topic.partitions
        == 5);
  CHECK(only<delete_topic>(R"({"delete_topic": "u"})").topic == "u");
  CHECK(only<grow>(R"({"grow": {"topic": "t", "partitions": 3}})").partitions
        == 3);
  CHECK(only<reset>(R"({"reset": {"group": "g", "to": {"offset": 2}}})").to
        == start_rule{start_rule::kind::offset, 2});
  CHECK(only<mark>(R"({"mark": "here"})").name == "here");
}

TEST_CASE("expectations") {
  auto x = only<expect>(R"({"expect": {"group": "g", "within": "1s",
    "reads": {"t-0": ["a", "b"], "t-1": []}, "reads_any_order": ["a"],
    "reads_count": {"min": 1}, "committed": {"t-0": 4, "t-1": null},
    "next": {"t-0": 5}, "start": {"t-0": null}, "end": {"u-0": 0},
    "lag": {"t-1": 3}, "owners": {"t-0": "g-1", "t-1": null},
    "owners_count": 2, "idle": 1, "lost": 0, "delivered_twice": {"max": 6},
    "delivered_twice_committed": 0, "rate": {"value": 10, "tolerance": 0.5},
    "events": ["joined", "grew"]}})");
  partition_name t0{"t", 0};
  partition_name t1{"t", 1};
  CHECK(x.within == 1s);
  CHECK(x.reads->at(t0) == std::vector<std::string>{"a", "b"});
  CHECK(x.reads->at(t1).empty());
  CHECK(x.reads_any_order == std::vector<std::string>{"a"});
  CHECK(x.reads_count == bounds{1, std::nullopt});
  CHECK(x.committed == offsets_expectation{{t0, 4}, {t1, std::nullopt}});
  CHECK(x.next == offsets_expectation{{t0, 5}});
  CHECK(x.start == offsets_expectation{{t0, std::nullopt}});
  CHECK(x.end == offsets_expectation{{{"u", 0}, 0}});
  CHECK(x.lag == offsets_expectation{{t1, 3}});
  CHECK(x.owners.at(t0) == "g-1");
  CHECK_FALSE(x.owners.at(t1));
  CHECK((x.owners_count == 2u && x.idle == 1u && x.lost == 0));
  CHECK(x.delivered_twice == bounds{std::nullopt, 6});
  CHECK(x.delivered_twice_committed == 0);
  CHECK((x.rate->value == 10 && x.rate->tolerance == 0.5));
  CHECK(x.events == std::vector<std::string>{"joined", "grew"});
  auto y = only<expect>(
    R"({"expect": {"group": "g", "lag": 7, "rate": 20, "reads_count": 3}})");
  CHECK((y.lag_total == 7 && y.rate->tolerance == 2));
  CHECK(y.reads_count->contains(3));
  CHECK_FALSE(y.reads_count->contains(4));
}

TEST_CASE("a list of expectations is a step each") {
  auto x =
    read(story(R"({"expect": [{"group": "g", "lag": 0}, {"lost": 0}]})"));
  REQUIRE(x.steps.size() == 2);
  CHECK(x.steps[1].path == "$.steps[0].expect[1]");
}

TEST_CASE("a mistake in the shape is told with its place") {
  struct row {
    std::string steps;
    std::string error;
  };
  std::vector<row> rows = {
    {"", "f:4:10: $.steps: expected at least one step, found []\n"},
    {R"({"strat": "g"})", "f:4:21: $.steps[0].strat: unknown step 'strat'; did "
                          "you mean 'start'?\n"},
    {R"({"start": "g", "stop": "g"})",
     "f:4:11: $.steps[0]: expected one thing to do in a step, found 'start', "
     "'stop': make each a step of its own\n"},
    {R"({"start": {"consumers": 0}})",
     "f:4:21: $.steps[0].start: 'group' is missing\n"
     "f:4:35: $.steps[0].start.consumers: expected a whole number from 1 to "
     "10000, found 0\n"},
    {R"({"wait": "g"})",
     "f:4:20: $.steps[0].wait: expected an object, what to wait, found "
     "\"g\"\n"},
    {R"({"produce": {"topic": "t"}})",
     "f:4:23: $.steps[0].produce: 'values' or 'count' is missing\n"},
    {R"({"produce": {"topic": "t", "values": []}})",
     "f:4:48: $.steps[0].produce.values: expected at least one value, found "
     "[]\n"},
    {R"({"produce": {"topic": "t", "values": ["a"], "count": 2}})",
     "f:4:23: $.steps[0].produce: expected either 'values' or 'count', found "
     "both\n"},
    {R"({"produce": {"topic": "t", "values": [{"key": "a"}]}})",
     "f:4:49: $.steps[0].produce.values[0]: 'value' is missing\n"},
    {R"({"produce": {"topic": "t", "count": 2, "in_background": true}})",
     "f:4:23: $.steps[0].produce: 'in_background' needs a 'rate'\n"},
    {R"({"restart_node": "kil"})",
     "f:4:28: $.steps[0].restart_node: expected \"clean\" or \"kill\" or "
     "\"power_cut\", found \"kil\"; did you mean 'kill'?\n"},
    {R"({"advance": 10})",
     "f:4:23: $.steps[0].advance: expected a duration from 1ms to 365d, as "
     "\"45s\", found 10; write it as a text with a unit\n"},
    {R"({"expect": {"group": "g", "comitted": {"t-0": 1}}})",
     "f:4:49: $.steps[0].expect.comitted: unknown key 'comitted'; did you mean "
     "'committed'?\n"},
    {R"({"expect": {"group": "g", "committed": {"t0": 1, "t-1": "x"}}})",
     "f:4:57: $.steps[0].expect.committed.t0: expected a partition, as "
     "'messages-0', found 't0'\n"
     "f:4:67: $.steps[0].expect.committed['t-1']: expected a whole number of "
     "at least -1, found \"x\"\n"},
    {R"({"expect": {"group": "g", "delivered_twice": {}}})",
     "f:4:56: $.steps[0].expect.delivered_twice: 'min' or 'max' is missing\n"},
    {R"({"expect": {"group": "g", "reads_count": {"min": 3, "max": 2}}})",
     "f:4:52: $.steps[0].expect.reads_count: min 3 is more than max 2\n"},
  };
  for (const auto& x : rows) {
    INFO(x.steps);
    CHECK(error_of(x.steps) == x.error);
  }
}

TEST_CASE("samples/README.md lists every key as the code has it") {
  check_generated_part(source_path("samples/README.md"), manual());
}

TEST_CASE("the example in samples/README.md is a good scenario") {
  auto text = read_text_file(source_path("samples/README.md"));
  REQUIRE(text);
  auto begin = text->find("    {\n");
  REQUIRE(begin != text->npos);
  auto end = text->find("\n    }\n", begin);
  REQUIRE(end != text->npos);
  auto x = read(text->substr(begin, end + 6 - begin));
  CHECK(x.groups.at(0).handler_time == 200ms);
  CHECK(x.steps.size() == 6);
}
