// Consumers of a process without partitions must be what consumers of a node
// are: they share with those, survive the loss of the node that they talk
// through, are started again, and leave at once when they are told to.
#include "runtime/worker.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "runtime/simulation/cluster/virtual_cluster.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::simulation;
using namespace std::chrono_literals;

namespace {

struct workers : virtual_cluster {
  explicit workers(uint64_t seed = 0) : virtual_cluster(seed) {
    settings.topics = {{"messages", 6, {}}};
    start(1, true);
    start(2);
    start(3);
    if (!until([this] { return is_healthy(3); }))
      FAIL(picture());
  }

  ~workers() {
    // They write what is below.
    for (uint32_t id : {100, 101})
      if (net.runs(id))
        kill(id);
  }

  /// Of a process that is started for it.
  worker_config begin_worker(uint32_t id, uint32_t count) {
    start_worker(id);
    consumers_spec x;
    x.settings.group = "SMS";
    x.settings.topics = {"messages"};
    x.settings.handler = "collect";
    x.settings.group_rules.start.what = start_rule::kind::earliest;
    x.count = count;
    worker_config result;
    result.consumers = {x};
    result.name = std::to_string(id);
    result.origin.epoch = net.epoch();
    result.origin.handlers.add("collect",
                               [this, id](const delivery& y) -> caf::error {
                                 got[y.content.value.str()].insert(id);
                                 return caf::none;
                               });
    result.seed = {9, id};
    result.log =
      logger{log_format::text, log_level::debug,
             [this](const std::string& line) { said += line + "\n"; }};
    result.node = at(id);
    return result;
  }

  worker_actor run_worker(uint32_t id, uint32_t count) {
    auto config = begin_worker(id, count);
    return net.at(id).system().spawn(troupe::worker, std::move(config));
  }

  void post(int from, int to) {
    auto poster = producer(1);
    for (int i = from; i < to; ++i) {
      posting x;
      x.topic = "messages";
      x.content.key = bytes{std::to_string(i)};
      x.content.value = bytes{std::to_string(i)};
      auto answer = ask<record_metadata>(poster, post_atom_v, x);
      if (!answer)
        FAIL(what(answer.error()) << "\n" << picture());
    }
  }

  group_description group() {
    auto who = ask<coordinator_actor>(at(1), group_atom_v, std::string{"SMS"});
    if (!who)
      return {};
    auto result = ask<group_description>(*who, describe_atom_v);
    // Nobody has joined yet.
    return result ? *result : group_description{};
  }

  /// How many members there are, once each has its share.
  bool is_shared_by(size_t members) {
    auto x = group();
    return x.members.size() == members
           && std::all_of(x.members.begin(), x.members.end(), [&](auto& y) {
                return y.owned.size() == 6 / members;
              });
  }

  std::map<std::string, std::set<uint32_t>> got;
  std::string said;
};

} // namespace

TEST_CASE_METHOD(workers, "workers share a group, and one takes over from "
                          "another that was killed") {
  auto one = run_worker(100, 2);
  auto two = run_worker(101, 1);
  REQUIRE(until([this] { return is_shared_by(3); }));
  post(0, 60);
  REQUIRE(until([this] { return got.size() == 60; }));
  std::set<uint32_t> who;
  for (const auto& [value, by] : got)
    who.insert(by.begin(), by.end());
  CHECK(who == std::set<uint32_t>{100, 101});
  two = nullptr;
  kill(101);
  post(60, 90);
  CHECK(until([this] { return got.size() == 90; }));
  CHECK(until([this] { return is_shared_by(2); }));
  auto all = ask<std::vector<consumer_status>>(one, consumers_atom_v);
  REQUIRE(all);
  REQUIRE(all->size() == 2);
  CHECK(all->front().name == "SMS-100-1");
}

TEST_CASE_METHOD(workers, "a worker that stops leaves its group at once") {
  auto one = run_worker(100, 1);
  auto two = run_worker(101, 1);
  REQUIRE(until([this] { return is_shared_by(2); }));
  post(0, 20);
  REQUIRE(until([this] { return got.size() == 20; }));
  auto began = net.now();
  CHECK(ask<caf::ok_atom>(two, stop_atom_v));
  CHECK(until([this] { return is_shared_by(1); }));
  // No session had to end first.
  CHECK(net.now() - began < 1s);
  CHECK(said.find("worker stopped cut_off=0") != std::string::npos);
  // All was committed: nothing comes again.
  for (const auto& [value, by] : got)
    CHECK(by.size() == 1);
}

TEST_CASE_METHOD(workers, "a worker goes on by whichever node there is") {
  auto one = run_worker(100, 2);
  REQUIRE(until([this] { return is_shared_by(2); }));
  for (uint32_t victim : {2, 3}) {
    kill(victim);
    auto from = static_cast<int>(victim) * 100;
    auto before = got.size();
    post(from, from + 20);
    CHECK(until([&] { return got.size() == before + 20; }));
    start(victim);
    REQUIRE(until([this] { return is_healthy(3); }));
  }
  // Cut off from all, it waits.
  for (uint32_t node : {1, 2, 3}) {
    net.cut(100, node);
    net.cut(node, 100);
  }
  net.advance(20s);
  auto before = got.size();
  post(500, 520);
  CHECK(got.size() == before);
  net.mend_all();
  CHECK(until([&] { return got.size() == before + 20; }));
}

TEST_CASE_METHOD(workers, "a consumer that crashes is started again") {
  auto config = begin_worker(100, 1);
  std::vector<caf::actor_id> crashed;
  auto fails = std::make_shared<int>(3);
  auto& system = net.at(100).system();
  // Ends who calls it, as a bug of a consumer would.
  config.origin.handlers.add_actor("collect", [this,
                                               fails](caf::actor_system& sys) {
    return caf::actor_cast<handler_actor>(
      sys.spawn([this, fails](caf::event_based_actor* self) -> caf::behavior {
        return {[=, this](handle_atom, const delivery& y) {
          if (*fails > 0) {
            --*fails;
            self->send_exit(caf::actor_cast<caf::actor>(self->current_sender()),
                            caf::exit_reason::kill);
          } else {
            got[y.content.value.str()].insert(100);
          }
          return caf::ok_atom_v;
        }};
      }));
  });
  auto one = system.spawn(troupe::worker, std::move(config));
  post(0, 5);
  CHECK(until([this] { return got.size() == 5; }));
  CHECK(*fails == 0);
  for (auto delay : {"again_in_ms=200", "again_in_ms=400", "again_in_ms=800"})
    CHECK(said.find(delay) != std::string::npos);
}

TEST_CASE_METHOD(workers, "a worker says what is wrong, and waits") {
  auto config = begin_worker(100, 1);
  config.consumers[0].settings.topics = {"mesages"};
  auto one = net.at(100).system().spawn(troupe::worker, std::move(config));
  net.advance(10s);
  auto line = std::string{"topic not found topic=mesages"};
  auto at = said.find(line);
  REQUIRE(at != std::string::npos);
  // Once.
  CHECK(said.find(line, at + 1) == std::string::npos);
}

TEST_CASE_METHOD(workers, "who says nothing of a group's rules joins it as it "
                          "is") {
  auto one = run_worker(100, 1);
  REQUIRE(until([this] { return is_shared_by(1); }));
  auto config = begin_worker(101, 1);
  config.consumers[0].settings.group_rules = {};
  config.joined_as_they_are = {"SMS"};
  auto two = net.at(101).system().spawn(troupe::worker, std::move(config));
  CHECK(until([this] { return is_shared_by(2); }));
}
