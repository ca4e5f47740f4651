// The load is what benchmarks and `troupe bench` report: it must say that all
// records came through only when they did, and give up when nothing moves.
#include "runtime/load/load.hpp"

#include <caf/actor_system_config.hpp>

#include "actors/protocol/registration.hpp"
#include "runtime/ask.hpp"
#include "runtime/load/embedded_node.hpp"
#include "runtime/load/load_run.hpp"
#include "tests/catch.hpp"
#include "tests/scratch_directory.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 60s;

struct loaded_node {
  loaded_node() {
    register_messages(config);
    system = std::make_unique<caf::actor_system>(config);
    node_settings settings;
    settings.data_directory = dir.path("data");
    settings.coordination.shards = 2;
    auto started = embedded_node::start(*system, settings);
    REQUIRE(started);
    node = std::move(*started);
    REQUIRE(ask_within<topic_info>(*system, patience, node->handle(),
                                   create_atom_v, topic_spec{"t", 3, {}}));
    plan.topic = "t";
    plan.group = "G";
    plan.records = 1'000;
    plan.records_at_once = 30;
    plan.acks = acks::leader;
  }

  ~loaded_node() {
    CHECK_FALSE(node->stop());
    node.reset();
  }

  scratch_directory dir;
  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> system;
  std::unique_ptr<embedded_node> node;
  load_plan plan;
};

} // namespace

TEST_CASE("all records of a load are posted, then read") {
  loaded_node x;
  x.plan.producers = 2;
  x.plan.consumers = 2;
  uint64_t told = 0;
  auto posted =
    run_producers(*x.system, x.node->handle(), x.plan, [&](uint64_t done) {
      told = done;
      return true;
    });
  REQUIRE(posted);
  CHECK(posted->records == 1'000);
  // 2 x 500 records, 30 at once.
  CHECK(posted->latency.count() == 34);
  CHECK(told == 1'000);
  auto read = run_consumers(*x.system, x.node->handle(), x.plan);
  REQUIRE(read);
  CHECK(read->records <= 1'000);
  // Read long after they were posted: no latency worth the name.
  CHECK(read->latency.count() == 0);
}

TEST_CASE("records are read while they are posted, by actors as well") {
  loaded_node x;
  x.plan.has_actor_handlers = true;
  auto flow = run_flow(*x.system, x.node->handle(), x.plan);
  REQUIRE(flow);
  CHECK(flow->records == 1'000);
  CHECK(flow->latency.count() > 0);
}

TEST_CASE("one record after the other is timed to its end") {
  loaded_node x;
  x.plan.records = 50;
  auto times = run_unloaded(*x.system, x.node->handle(), x.plan, 0us);
  REQUIRE(times);
  CHECK(times->to_ack.count() == 50);
  CHECK(times->to_handler.count() == 50);
}

TEST_CASE("a load that nothing comes of ends with an error") {
  loaded_node x;
  x.plan.topic = "missing";
  x.plan.patience = 1s;
  auto posted = run_producers(*x.system, x.node->handle(), x.plan);
  REQUIRE_FALSE(posted);
  auto read = run_consumers(*x.system, x.node->handle(), x.plan);
  REQUIRE_FALSE(read);
  CHECK(code_of(read.error()) == ec::timed_out);
}

TEST_CASE("a load ends when it is told to") {
  loaded_node x;
  x.plan.records = 100'000'000;
  auto posted = run_producers(*x.system, x.node->handle(), x.plan,
                              [](uint64_t) { return false; });
  REQUIRE_FALSE(posted);
  CHECK(code_of(posted.error()) == ec::shutting_down);
}

TEST_CASE("values carry the time when they were made") {
  auto before = stamp_now();
  auto values = stamped_values(3, 10);
  CHECK(values.size() == 30);
  for (size_t i = 0; i < 3; ++i) {
    auto at = stamp_of(values.slice(i * 10, 10));
    CHECK(at >= before);
    CHECK(at <= stamp_now());
  }
  CHECK(stamp_of(stamped_values(1, 7)) == 0ns);
}
