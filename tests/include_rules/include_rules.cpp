// The rules of who may include what keep cores pure and roles apart. A rule
// that nothing checks is a rule that is broken: here is the check, and the
// check of the check.
#include <algorithm>

#include "tests/catch.hpp"
#include "tests/include_rules/rules.hpp"

using namespace troupe::tests;

namespace {

/// All faults as one text, for the failure message.
template <class F>
std::string all_faults(const std::vector<std::string>& folders, F check) {
  std::string result;
  for (const auto& file : read_sources(folders))
    for (const auto& fault : check(file))
      result += fault + '\n';
  return result;
}

source_file file_with(const std::string& path, const std::string& line) {
  return read_source(path, line + '\n');
}

} // namespace

TEST_CASE("the sources keep the include rules") {
  CHECK(all_faults({"config", "actors", "runtime"}, include_faults) == "");
}

TEST_CASE("the sources keep their shape") {
  CHECK(all_faults({"config", "actors", "runtime", "tests"}, shape_faults)
        == "");
}

TEST_CASE("all sources are read") {
  auto files = read_sources({"config", "actors", "runtime", "tests"});
  auto has = [&](const std::string& path) {
    return std::any_of(files.begin(), files.end(),
                       [&](const auto& x) { return x.path == path; });
  };
  CHECK(has("config/settings.hpp"));
  CHECK(has("actors/protocol/interfaces.hpp"));
  CHECK(has("actors/storage/log.hpp"));
  CHECK(has("runtime/simulation/virtual_system.cpp"));
  CHECK(has("tests/include_rules/include_rules.cpp"));
}

TEST_CASE("includes are found however they are written") {
  struct row {
    const char* line;
    const char* path;
  };
  auto x = GENERATE(row{"#include \"a/b.hpp\"", "a/b.hpp"},
                    row{"#  include <caf/error.hpp>", "caf/error.hpp"},
                    row{"#include<vector> // why", "vector"},
                    row{"// #include \"a/b.hpp\"", ""},
                    row{"#define x \"a/b.hpp\"", ""}, row{"include <a>", ""},
                    row{"#include <broken", ""});
  auto file = file_with("config/x.hpp", x.line);
  if (*x.path == '\0') {
    CHECK(file.includes.empty());
  } else {
    REQUIRE(file.includes.size() == 1);
    CHECK(file.includes[0].path == x.path);
    CHECK(file.includes[0].line == 1);
  }
}

TEST_CASE("the rules allow and refuse") {
  struct row {
    const char* path;
    const char* line;
    bool is_allowed;
  };
  const char* core = "actors/partition/tail_cache.hpp";
  const char* actor = "actors/partition/partition.hpp";
  auto x = GENERATE_COPY(
    row{"config/a.hpp", "#include <map>", true},
    row{"config/a.hpp", "#include <boost/json/value.hpp>", true},
    row{"config/a.hpp", "#include <boost/asio.hpp>", false},
    row{"config/a.hpp", "#include <caf/error.hpp>", false},
    row{"config/a.hpp", "#include <thread>", false},
    row{"config/a.hpp", "#include \"actors/protocol/ids.hpp\"", false},
    row{"actors/protocol/a.hpp", "#include <caf/typed_actor.hpp>", true},
    row{"actors/protocol/a.hpp", "#include \"actors/storage/log.hpp\"", false},
    row{core, "#include \"actors/partition/other.hpp\"", true},
    row{core, "#include \"actors/protocol/errors.hpp\"", true},
    row{core, "#include \"config/settings.hpp\"", true},
    row{core, "#include <caf/expected.hpp>", true},
    row{core, "#include <caf/typed_actor.hpp>", false},
    row{core, "#include <boost/json/value.hpp>", false},
    row{core, "#include \"actors/protocol/interfaces.hpp\"", false},
    row{core, "#include \"actors/protocol/clock.hpp\"", false},
    row{core, "#include \"actors/controller/metadata.hpp\"", false},
    row{core, "#include \"errors.hpp\"", false},
    row{core, "#include <mutex>", false},
    row{core, "#include <unistd.h>", false},
    row{actor, "#include \"actors/protocol/interfaces.hpp\"", true},
    row{actor, "#include \"actors/storage/log.hpp\"", true},
    row{actor, "#include <caf/typed_event_based_actor.hpp>", true},
    row{actor, "#include <caf/io/middleman.hpp>", false},
    row{actor, "#include <caf/all.hpp>", false},
    row{actor, "#include \"actors/controller/metadata.hpp\"", false},
    row{actor, "#include \"runtime/cast.hpp\"", false},
    row{"actors/handlers/a.cpp", "#include \"actors/consumer/handler.hpp\"",
        true},
    row{"actors/handlers/a.cpp", "#include \"actors/consumer/consumer.hpp\"",
        false},
    row{"config/a.cpp", "#include <fstream>", true},
    row{core, "#include <fstream>", false},
    row{"runtime/a.cpp", "#include \"actors/partition/partition.hpp\"", true},
    row{"runtime/a.cpp", "#include <caf/io/middleman.hpp>", true},
    row{"runtime/a.cpp", "#include <thread>", true},
    row{"runtime/a.cpp", "#include \"tests/catch.hpp\"", false},
    row{"actors/consensus/libraft.hpp", "#include <raft.h>", true},
    row{"actors/consensus/server.hpp", "#include <raft.h>", false},
    row{"elsewhere/a.cpp", "#include <map>", false});
  INFO(x.path << ": " << x.line);
  CHECK(include_faults(file_with(x.path, x.line)).empty() == x.is_allowed);
}

TEST_CASE("a file that is built on the actor's header is the actor") {
  auto core = file_with("actors/partition/x.cpp",
                        "#include \"actors/partition/log_view.hpp\"");
  auto actor = file_with("actors/partition/x.cpp",
                         "#include \"actors/partition/partition.hpp\"");
  CHECK(rule_of(core).starts_with("a pure core"));
  CHECK(rule_of(actor).starts_with("an actor"));
  CHECK(rule_of(file_with("main.cpp", "")).empty());
}

TEST_CASE("a fault names file, line, include and rule") {
  auto faults = include_faults(
    read_source("config/a.hpp", "#pragma once\n\n#include <caf/error.hpp>\n"));
  REQUIRE(faults.size() == 1);
  CHECK(faults[0]
        == "config/a.hpp:3: includes caf/error.hpp: config/ includes std and "
           "Boost.JSON, never CAF");
}

TEST_CASE("the shape of a file") {
  struct row {
    const char* path;
    std::string text;
    size_t faults;
  };
  std::string long_text = "#pragma once\n";
  for (int i = 0; i < 400; ++i)
    long_text += "//\n";
  auto x = GENERATE_COPY(
    row{"actors/a/b.hpp", "#pragma once\n", 0},
    row{"actors/a/b.hpp", "// a b\n", 1}, row{"actors/a/b.hpp", "", 1},
    row{"actors/a/b.cpp", std::string(80, 'x'), 0},
    row{"actors/a/b.cpp", std::string(81, 'x'), 1},
    row{"actors/a/b.cpp", std::string(78, 'x') + "\xC3\xA9\xC3\xA9", 0},
    row{"actors/a/b.hpp", long_text, 1},
    row{"actors/a/b.cpp", "// TODO: later", 1},
    row{"actors/a/b.cpp", "auto t = steady_clock::now();", 1},
    row{"runtime/b.cpp", "auto t = steady_clock::now();", 0},
    row{"runtime/b.cpp", "// FIXME", 1});
  INFO(x.path << ": " << x.text);
  CHECK(shape_faults(read_source(x.path, x.text)).size() == x.faults);
}
