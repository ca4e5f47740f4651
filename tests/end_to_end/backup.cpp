// A backup of a real node that is written to meanwhile, its death by kill -9,
// and what a node on the restored directory still knows.
#include <signal.h>

#include <fstream>
#include <set>
#include <sstream>

#include "tests/end_to_end/machine.hpp"

using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

std::multiset<std::string> split(const std::string& text) {
  std::multiset<std::string> result;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    result.insert(line);
  return result;
}

/// Of `m<from>`, `m<from + 1>`..., those that are not there just once.
std::vector<std::string> missing(const std::multiset<std::string>& found,
                                 int from, int to) {
  std::vector<std::string> result;
  for (const auto& line : split(lines(from, to)))
    if (found.count(line) != 1)
      result.push_back(line);
  return result;
}

} // namespace

TEST_CASE("a node that was backed up under load and killed can be restored") {
  machine m{R"({"topics": [{"name": "messages", "partitions": 3,
                            "settings": {"segment_bytes": "4KiB"}}]})"};
  m.start();
  m.ok({"produce", "messages"}, lines(0, 500));
  auto first =
    split(m.ok({"consume", "messages", "-g", "G", "-b", "-n", "200"}));
  process load{
    m.dir.path(),
    "load",
    TROUPE_PROGRAM,
    {"produce", "messages", "--connect", fmt::format("127.0.0.1:{}", m.port)},
    lines(500, 60'000)};
  auto copy = m.dir.path("copy");
  CHECK(m.ok({"backup", copy, "--throttle", "100MiB"}).find("backed up to")
        != std::string::npos);
  m.node->send(SIGKILL);
  m.node->wait(10s);
  load.send(SIGKILL);
  load.wait(10s);

  auto alone = [&](const args& command, int code) {
    process p{m.dir.path(), fmt::format("alone{}", ++m.clients), TROUPE_PROGRAM,
              command};
    auto result = p.wait(60s);
    INFO(result.out << result.err);
    CHECK(result.exit_code == code);
    return result.out + result.err;
  };
  CHECK(alone({"backup", "verify", copy}, 0).find("whole")
        != std::string::npos);
  auto data = m.dir.path("restored");
  alone({"restore", copy, data}, 0);
  CHECK(alone({"restore", copy, data}, 2).find("not empty")
        != std::string::npos);
  m.data = data;
  m.start();
  CHECK(m.node->err().find("log recovered") == std::string::npos);
  auto all = split(m.ok({"consume", "messages", "-b", "-e"}));
  CHECK(missing(all, 0, 500) == std::vector<std::string>{});
  // The group goes on behind what it had committed: nothing twice.
  auto rest = split(m.ok({"consume", "messages", "-g", "G", "-n",
                          std::to_string(all.size() - 200)}));
  rest.merge(first);
  CHECK(missing(rest, 0, 500) == std::vector<std::string>{});
  CHECK(rest == all);
  m.ok({"produce", "messages"}, "more\n");

  std::ofstream{copy + "/data/metadata/state", std::ios::app} << "x";
  CHECK(
    alone({"backup", "verify", copy}, 1).find("DAMAGED: data/metadata/state")
    != std::string::npos);
  CHECK(alone({"restore", copy, m.dir.path("again")}, 3).find("metadata/state")
        != std::string::npos);
}

TEST_CASE("a backup that cannot be made says why and leaves nothing behind") {
  machine m;
  m.start();
  auto refused = [&](const args& command, int code, const std::string& text) {
    auto result = m.run(command);
    INFO(result.err);
    CHECK(result.exit_code == code);
    CHECK(result.err.find(text) != std::string::npos);
  };
  refused({"backup"}, 2, "DIR is missing");
  refused({"backup", m.dir.path("copy"), "--throttle", "fast"}, 2,
          "--throttle 'fast'");
  refused({"backup", m.data}, 2, "is not empty");
  std::ifstream held{m.data + "/backup/metadata/state"};
  CHECK_FALSE(held.good());
  // A lost client's backup is let go: this one works.
  m.ok({"backup", m.dir.path("copy")});
}
