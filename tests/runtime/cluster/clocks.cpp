// Wall clocks of machines disagree, and people set them wrong: who lives, who
// leads and who owns what must not depend on them.
#include <map>

#include "runtime/simulation/cluster/virtual_cluster.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::simulation;
using namespace std::chrono_literals;

namespace {

struct askew : virtual_cluster {
  askew() {
    clock_errors = {{2, 1h}, {3, -1h}};
    settings.topics = {{"messages", 3, {}}};
    handlers.add("collect", [this](const delivery& x) -> caf::error {
      ++got[x.content.value.str()];
      return caf::none;
    });
    start(1, true);
    start(2);
    start(3);
    if (!until([this] { return is_healthy(3); }))
      FAIL(picture());
  }

  consumer_actor join(uint32_t node) {
    consumer_settings x;
    x.group = "SMS";
    x.topics = {"messages"};
    x.handler = "collect";
    x.group_rules.start.what = start_rule::kind::earliest;
    return consumer(node, x);
  }

  void post(uint32_t node, int from, int to) {
    auto who = producer(node);
    for (int i = from; i < to; ++i) {
      posting x;
      x.topic = "messages";
      x.content.key = bytes{std::to_string(i)};
      x.content.value = bytes{std::to_string(i)};
      auto answer = ask<record_metadata>(who, post_atom_v, x);
      if (!answer)
        FAIL(what(answer.error()) << "\n" << picture());
    }
  }

  std::map<std::string, int> got;
};

} // namespace

TEST_CASE_METHOD(askew, "clocks that are an hour off change nothing") {
  auto one = join(1);
  auto two = join(2);
  auto three = join(3);
  for (int node : {1, 2, 3})
    post(static_cast<uint32_t>(node), node * 100, node * 100 + 20);
  CHECK(until([this] { return got.size() == 60; }));
  for (const auto& [value, times] : got)
    CHECK(times == 1);
  // Positions too are taken over from one clock by another.
  for (uint32_t victim : {2, 3}) {
    net.advance(10s);
    kill(victim);
    auto from = static_cast<int>(victim) * 1000;
    auto before = got.size();
    post(1, from, from + 20);
    CHECK(until([&] { return got.size() == before + 20; }));
    start(victim);
    if (!until([this] { return is_healthy(3); }))
      FAIL(picture());
  }
  for (const auto& [value, times] : got)
    CHECK(times == 1);
}
