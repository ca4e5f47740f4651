// A cluster of processes: what holds in virtual time must hold with sockets,
// signals and disks.
#include <signal.h>

#include <algorithm>
#include <sstream>

#include "tests/end_to_end/cluster/three_nodes.hpp"
#include "tests/runtime/link/certificates.hpp"

using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

std::multiset<std::string> set_of(const std::string& text) {
  std::multiset<std::string> result;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    result.insert(line);
  return result;
}

} // namespace

TEST_CASE("nodes are killed and stand still; nothing acknowledged is lost") {
  three_nodes nodes;
  nodes.start_all();
  auto reader = nodes.begin({"consume", "messages", "-g", "G", "-b"});
  auto posted = set_of("");
  auto next = 0;
  auto post_while = [&](auto trouble) {
    auto text = lines(next, next + 2000);
    next += 2000;
    auto poster = nodes.begin({"produce", "messages"}, text);
    trouble();
    auto done = poster->wait(60s);
    INFO(done.err);
    REQUIRE(done.exit_code == 0);
    posted.merge(set_of(text));
  };
  for (uint32_t victim : {1, 2, 3}) {
    post_while([&] { nodes.kill(victim); });
    nodes.start(victim);
    REQUIRE(eventually([&] { return nodes.is_healthy(); }, 60s));
  }
  post_while([&] { nodes.send(2, SIGSTOP); });
  nodes.send(2, SIGCONT);
  REQUIRE(eventually([&] { return nodes.is_healthy(); }, 60s));
  CHECK(nodes.all_of("messages") == posted);
  // At least once: each of them, some again.
  auto has_all = [&] {
    auto got = set_of(reader->out());
    return std::all_of(posted.begin(), posted.end(),
                       [&](const auto& x) { return got.count(x) > 0; });
  };
  auto is_complete = eventually(has_all, 60s);
  INFO(reader->err());
  CHECK(is_complete);
  for (uint32_t node : {1, 2, 3}) {
    nodes.send(node, SIGTERM);
    CHECK(nodes.at(node).wait(30s).exit_code == 0);
  }
}

TEST_CASE("with TLS a cluster takes whom its authority has signed") {
  troupe::tests::certificates pki;
  three_nodes nodes{pki.path("")};
  nodes.start_all();
  nodes.ok({"produce", "messages"}, lines(0, 100));
  CHECK(nodes.all_of("messages") == set_of(lines(0, 100)));
  // Who shows nothing gets nothing.
  CHECK(nodes.run({"status"}, {}, "").exit_code == 3);
  auto logs = [&] { return nodes.log_of(1) + nodes.log_of(2); };
  CHECK(eventually([&] { return logs().find("refused") != std::string::npos; },
                   10s));
  nodes.kill(1);
  nodes.ok({"produce", "messages"}, lines(100, 200));
  CHECK(nodes.all_of("messages") == set_of(lines(0, 200)));
}
