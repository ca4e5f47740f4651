// Two nodes have a link each way, and one set of proxies for both. When the one
// link is lost the other one is to stay: nodes that took it down as well, each
// in answer to the other, did so five times a second, and never stopped.
#include <caf/event_based_actor.hpp>

#include "tests/end_to_end/network/line_proxy.hpp"
#include "tests/runtime/link/two_processes.hpp"

using namespace troupe;
using namespace troupe::tests;

namespace {

caf::behavior echo(caf::event_based_actor*) {
  return {[](const std::string& x) { return x; }};
}

} // namespace

TEST_CASE("link: the way back stays when the way there is lost") {
  linked_process a{a_node(1)};
  linked_process b{a_node(2)};
  auto to_a = a.publish(a.spawn(echo));
  b.publish(b.spawn(echo));
  testing::line_proxy line{
    {-1, "127.0.0.9", {"127.0.0.1", "127.0.0.1"}, b.port()}};
  // The first way between them: b talks to a over it, too.
  a.connect(fmt::format("127.0.0.9:{}", b.port()));
  b.connect(to_a);
  line.reset();
  REQUIRE(b.reports("link lost"));
  auto answer = b.ask<std::string>(b.connect(to_a), std::string{"hi"});
  REQUIRE(answer);
  CHECK(*answer == "hi");
  // That was over the link there was.
  CHECK(b.all_reports().find("its node has ended") == std::string::npos);
}
