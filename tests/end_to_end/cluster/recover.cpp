// config/cluster/README.md says what to do when most of the nodes that vote are
// lost: this does it.
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/end_to_end/cluster/three_nodes.hpp"

using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

/// What follows on `before` in the text, up to a line's end.
std::string after(const std::string& text, const std::string& before) {
  auto at = text.find(before);
  REQUIRE(at != std::string::npos);
  at += before.size();
  return text.substr(at, text.find('\n', at) - at);
}

} // namespace

TEST_CASE("two of three nodes are lost: the third one goes on, and others come "
          "to it") {
  three_nodes nodes;
  nodes.start_all();
  nodes.ok({"produce", "messages"}, lines(0, 300));
  for (uint32_t node : {1, 2, 3})
    nodes.kill(node);
  // Node 1 for good, node 2 is found again later.
  std::filesystem::remove_all(nodes.data_of(1));

  auto look = nodes.run_offline({"cluster", "recover", nodes.data_of(3)});
  INFO(look.out + look.err);
  CHECK(look.exit_code == 1);
  CHECK(look.out.find("in which these vote: 1, 2, 3") != std::string::npos);
  auto done =
    nodes.run_offline({"cluster", "recover", nodes.data_of(3), "--yes"});
  INFO(done.out + done.err);
  REQUIRE(done.exit_code == 0);
  auto cluster = after(done.out, "--join ");

  nodes.start(3);
  // The others have to be missed first.
  REQUIRE(eventually(
    [&] {
      auto read = nodes.run({"consume", "messages", "-b", "-e"});
      return read.exit_code == 0
             && std::count(read.out.begin(), read.out.end(), '\n') == 300;
    },
    60s));
  // Refused while it runs.
  auto busy = nodes.run_offline({"cluster", "recover", nodes.data_of(3)});
  CHECK(busy.exit_code == 3);

  // With the old cluster's id node 2 is not taken.
  nodes.start(2);
  CHECK(eventually(
    [&] {
      return nodes.log_of(3).find("it is of cluster") != std::string::npos;
    },
    30s));
  nodes.kill(2);
  // A first attempt that was interrupted when it had begun.
  std::ofstream{nodes.data_of(2) + "/RECOVERING"};
  nodes.start(2);
  CHECK(nodes.at(2).wait(30s).exit_code == 2);
  CHECK(nodes.log_of(2).find("was interrupted here; run it again")
        != std::string::npos);
  auto joined = nodes.run_offline(
    {"cluster", "recover", nodes.data_of(2), "--join", cluster, "--yes"});
  INFO(joined.out + joined.err);
  REQUIRE(joined.exit_code == 0);
  nodes.start(2);
  nodes.start(1);
  REQUIRE(eventually([&] { return nodes.is_healthy(); }, 60s));
  nodes.ok({"produce", "messages"}, lines(300, 400));
  CHECK(nodes.all_of("messages").size() == 400);
}
