// The tools for the day when a disk was damaged: they must say where, take away
// only when told, and keep off a directory that a node holds.
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "tests/catch.hpp"
#include "tests/end_to_end/process.hpp"
#include "tests/scratch_directory.hpp"

using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;
using args = std::vector<std::string>;

struct machine {
  outcome run(args command, const std::string& input = {}) {
    process x{dir.path(), fmt::format("run{}", ++runs), TROUPE_PROGRAM, command,
              input};
    return x.wait(60s);
  }

  outcome ask(args command, const std::string& input = {}) {
    command.push_back("--connect");
    command.push_back(fmt::format("127.0.0.1:{}", port));
    return run(std::move(command), input);
  }

  troupe::scratch_directory dir;
  uint16_t port = free_port();
  int runs = 0;
};

/// All files below a directory with their contents.
std::vector<std::pair<std::string, std::string>> contents(
  const std::string& directory) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& x : fs::recursive_directory_iterator{directory})
    if (x.is_regular_file()) {
      std::ifstream in{x.path(), std::ios::binary};
      result.emplace_back(x.path().string(),
                          std::string{std::istreambuf_iterator<char>{in}, {}});
    }
  std::sort(result.begin(), result.end());
  return result;
}

} // namespace

TEST_CASE("logs are dumped, verified and repaired without a node") {
  machine m;
  auto data = m.dir.path("data");
  process node{m.dir.path(),
               "node",
               TROUPE_PROGRAM,
               {"node", "--data", data, "--port", std::to_string(m.port)}};
  REQUIRE(eventually([&] { return m.ask({"status"}).exit_code == 0; }, 60s));
  REQUIRE(m.ask({"topic", "create", "orders", "-p", "1"}).exit_code == 0);
  for (const auto* value : {"a\n", "b\n", "c\n"})
    REQUIRE(m.ask({"produce", "orders"}, value).exit_code == 0);
  // Looking is fine, changing is not.
  CHECK(m.run({"log", "verify", data}).exit_code == 0);
  auto held = m.run({"log", "repair", data, "--yes"});
  CHECK(held.exit_code == 3);
  CHECK(held.err.find("data_dir_locked") != std::string::npos);
  node.send(SIGTERM);
  REQUIRE(node.wait(60s).exit_code == 0);

  auto before = contents(data);
  auto all = m.run({"log", "verify", data, "--json"});
  CHECK(all.exit_code == 0);
  CHECK(boost::json::parse(all.out).at("damages").as_int64() == 0);
  fs::path log;
  for (const auto& x : fs::directory_iterator{data + "/topics"})
    if (x.path().filename().string().starts_with("orders."))
      log = x.path() / "0";
  REQUIRE_FALSE(log.empty());
  auto dumped = m.run({"log", "dump", log.string(), "--from", "1", "-n", "1"});
  CHECK(dumped.exit_code == 0);
  CHECK(dumped.out.find("null = \"b\"") != std::string::npos);
  CHECK(dumped.out.find("\"c\"") == std::string::npos);
  CHECK(contents(data) == before);

  auto segment = log / "00000000000000000000.log";
  auto size = fs::file_size(segment);
  std::fstream file{segment, std::ios::binary | std::ios::in | std::ios::out};
  file.seekp(static_cast<std::streamoff>(size / 2));
  file.put('\x7f');
  file.close();
  before = contents(data);
  auto damaged = m.run({"log", "verify", log.string()});
  CHECK(damaged.exit_code == 1);
  CHECK(damaged.out.find("DAMAGE topics/orders.") != std::string::npos);
  CHECK(damaged.out.find("from offset 1") != std::string::npos);
  CHECK(m.run({"log", "dump", segment.string(), "--json"}).exit_code == 1);
  auto preview = m.run({"log", "repair", data});
  CHECK(preview.exit_code == 1);
  CHECK(preview.out.find("ends at offset 1 instead of 3") != std::string::npos);
  CHECK(contents(data) == before);
  auto repaired = m.run({"log", "repair", data, "--yes"});
  INFO(repaired.err);
  CHECK(repaired.exit_code == 0);
  CHECK(m.run({"log", "verify", data}).exit_code == 0);

  process again{m.dir.path(),
                "again",
                TROUPE_PROGRAM,
                {"node", "--data", data, "--port", std::to_string(m.port)}};
  REQUIRE(eventually([&] { return m.ask({"status"}).exit_code == 0; }, 60s));
  CHECK(m.ask({"consume", "orders", "-b", "-e"}).out == "a\n");
  CHECK(m.ask({"produce", "orders", "-v"}, "d\n").out
        == "orders-0 [offset 1]\n");
}

TEST_CASE("what is no log is refused") {
  machine m;
  CHECK(m.run({"log", "verify", m.dir.path("nowhere")}).exit_code == 2);
  CHECK(m.run({"log", "verify", m.dir.path()}).exit_code == 2);
  CHECK(m.run({"log"}).exit_code == 2);
}
