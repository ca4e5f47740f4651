// A secret that everybody on the machine can read is none.
#include "runtime/gateway/secrets.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "actors/protocol/errors.hpp"
#include "tests/catch.hpp"
#include "tests/scratch_directory.hpp"

using namespace troupe;

TEST_CASE("secrets: of the environment") {
  auto from = machine_secrets();
  ::setenv("TROUPE_TEST_SECRET", "p&ss", 1);
  CHECK(*from.variable("TROUPE_TEST_SECRET") == "p&ss");
  ::setenv("TROUPE_TEST_SECRET", "", 1);
  CHECK(code_of(from.variable("TROUPE_TEST_SECRET").error())
        == ec::invalid_argument);
  ::unsetenv("TROUPE_TEST_SECRET");
  auto missing = from.variable("TROUPE_TEST_SECRET");
  REQUIRE_FALSE(missing);
  CHECK(what(missing.error()).find("TROUPE_TEST_SECRET") != std::string::npos);
}

TEST_CASE("secrets: of a file that only its owner reads") {
  namespace fs = std::filesystem;
  scratch_directory dir;
  auto path = dir.path("secret");
  std::ofstream{path} << "p&ss\nmore\n";
  auto from = machine_secrets();
  auto set = [&](fs::perms more) {
    fs::permissions(path, fs::perms::owner_read | more);
  };
  set(fs::perms::none);
  CHECK(*from.file(path) == "p&ss");
  for (auto others : {fs::perms::group_read, fs::perms::others_read,
                      fs::perms::others_write}) {
    set(others);
    auto refused = from.file(path);
    REQUIRE_FALSE(refused);
    CHECK(code_of(refused.error()) == ec::not_allowed);
    CHECK(what(refused.error()).find("chmod 600 " + path) != std::string::npos);
    // Not even in what is said of it.
    CHECK(what(refused.error()).find("p&ss") == std::string::npos);
  }
  CHECK(code_of(from.file(dir.path("none")).error()) == ec::invalid_argument);
}
