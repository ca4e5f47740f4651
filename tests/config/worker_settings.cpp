// A worker must start with exactly what its file says, or not at all.
#include "config/worker_settings.hpp"

#include "tests/catch.hpp"
#include "tests/config/manual.hpp"
#include "tests/source_tree.hpp"

using namespace troupe;

namespace {

std::string error_of(const std::string& text) {
  return to_string(read_worker_settings(text, "f").errors());
}

} // namespace

TEST_CASE("settings of a worker survive being written and read") {
  worker_settings x;
  x.name = "w";
  x.connect = {"a:1", "b:2"};
  x.tls = {"a.pem", "b.pem", "c.pem"};
  x.format = log_format::json;
  x.level = log_level::debug;
  x.stop_timeout = 31s;
  consumers_spec y;
  y.settings.group = "g";
  y.settings.topics = {"t", "u"};
  y.settings.options = {{"prefix", "> "}};
  y.count = 3;
  x.consumers = {y};
  auto read = read_worker_settings(to_json_text(x), "f");
  INFO(to_string(read.errors()));
  REQUIRE(read);
  CHECK(*read == x);
  CHECK(*read_worker_settings("{}", "f") == worker_settings{});
}

TEST_CASE("what is wrong with a worker's settings is said with its place") {
  CHECK(error_of(R"({"conect": []})")
        == "f:1:12: $.conect: unknown key 'conect'; did you mean 'connect'?\n");
  CHECK(error_of(R"({"connect": ["a"]})").find("$.connect[0]: expected host")
        != std::string::npos);
  CHECK(error_of(R"({"connect": ["a:1", "a:1"]})").find("second time")
        != std::string::npos);
  CHECK(error_of(R"({"consumers": [{"group": "g", "topics": []}]})")
          .find("$.consumers[0].topics: expected at least one topic")
        != std::string::npos);
  CHECK(error_of(R"({"consumers": [{"group": "g", "topics": ["t"],
                                    "count": 2, "instance_id": "i"}]})")
          .find("$.consumers[0].count: expected 1")
        != std::string::npos);
}

TEST_CASE("config/worker.json is in order") {
  auto x = load_worker_settings(source_path("config/worker.json"));
  INFO(to_string(x.errors()));
  REQUIRE(x);
  CHECK(x->connect.size() == 3);
  CHECK(x->consumers.at(0).count == 2);
}

TEST_CASE("config/README.md lists every setting of a worker") {
  check_generated_part(source_path("config/README.md"),
                       to_markdown(worker_settings_table()),
                       "## Settings of a worker");
}
