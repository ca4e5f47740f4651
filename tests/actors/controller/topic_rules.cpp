// A topic's name becomes a directory and a word in every message: what is
// allowed is a table, and a refusal says what is wrong.
#include "actors/controller/topic_rules.hpp"

#include "actors/protocol/errors.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using Catch::Matchers::Contains;

TEST_CASE("names of topics") {
  struct row {
    std::string name;
    bool is_internal;
    /// Empty: allowed.
    std::string problem;
  };
  auto x = GENERATE(
    row{"messages", false, ""}, row{"a", false, ""},
    row{"Sms.Out_1-eu", false, ""}, row{"_one", false, ""},
    row{"...", false, ""}, row{std::string(249, 'x'), false, ""},
    row{"__commit_offsets", true, ""}, row{"plain", true, ""},
    row{"", false, "this one has 0"},
    row{std::string(250, 'x'), false, "this one has 250"},
    row{".", false, "cannot be called '.'"},
    row{"..", false, "cannot be called '..'"}, row{"a/b", false, "character 2"},
    row{"sms out", false, "character 4"},
    row{"caf\xC3\xA9", false, "character 4"},
    row{std::string{"a\0b", 3}, false, "character 2"},
    row{"__mine", false, "Troupe's own"}, row{"__x y", true, "character 4"});
  auto error = check_topic_name(x.name, x.is_internal);
  if (x.problem.empty()) {
    CHECK_FALSE(error);
  } else {
    CHECK(code_of(error) == ec::invalid_argument);
    CHECK_THAT(what(error), Contains(x.problem));
  }
}

TEST_CASE("settings that no log can work with are refused by name") {
  CHECK_FALSE(check_topic_settings({}));
  topic_settings x;
  std::string field;
  SECTION("segment_bytes") {
    x.segment_bytes = 0;
    field = "segment_bytes is 0, the least is 1";
  }
  SECTION("segment_age") {
    x.segment_age = 0ms;
    field = "segment_age (ms) is 0";
  }
  SECTION("retention_time") {
    x.retention_time = -1ms;
    field = "retention_time (ms) is -1, the least is 0";
  }
  SECTION("tombstone_retention") {
    x.tombstone_retention = -5ms;
    field = "tombstone_retention (ms) is -5";
  }
  SECTION("record_bytes_max") {
    x.record_bytes_max = 61;
    field = "record_bytes_max is 61, the least is 62";
  }
  SECTION("index_interval_bytes") {
    x.index_interval_bytes = 0;
    field = "index_interval_bytes is 0";
  }
  auto error = check_topic_settings(x);
  CHECK(code_of(error) == ec::invalid_argument);
  CHECK_THAT(what(error), Contains(field));
}
