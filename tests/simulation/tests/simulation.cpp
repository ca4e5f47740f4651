// A seed that fails must fail again when it is played again, and what goes
// wrong in a node must reach the checker: else thousands of seeds prove
// nothing.
#include "tests/simulation/simulation.hpp"

#include "tests/catch.hpp"
#include "tests/simulation/world.hpp"

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

TEST_CASE("the same seed makes the same simulation") {
  auto once = simulate(3, true);
  auto again = simulate(3, true);
  CHECK(once.problems.empty());
  CHECK(once.counts.steps > 1'000);
  CHECK(once.trace == again.trace);
  CHECK(simulate(4, true).trace != once.trace);
}

namespace {

/// Some records in a topic; then the node dies, and `harm` comes over its disk.
template <class F>
std::vector<std::string> problems_after(F harm) {
  world on{1, false};
  on.start_node();
  on.create_topic("t", 1, 0);
  on.pass(1s);
  on.post("t", 0, 5, acks::all);
  on.pass(1s);
  auto topics = on.disk->list("topics");
  REQUIRE(topics);
  for (const auto& name : *topics)
    if (name.starts_with("t."))
      harm(on, "topics/" + name + "/0/00000000000000000000.log");
  on.end_node(checker::node_end::killed);
  return on.problems();
}

} // namespace

TEST_CASE("a simulation sees what a node loses") {
  CHECK(problems_after([](world&, const std::string&) {}).empty());
  auto shortened = problems_after([](world& on, const std::string& path) {
    auto content = on.disk->content(path);
    REQUIRE(content.size() > 100);
    on.disk->set_content(path, content.substr(0, content.size() - 1));
  });
  CHECK_FALSE(shortened.empty());
}
