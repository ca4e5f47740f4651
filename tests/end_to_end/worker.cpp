// Workers as processes: one that is killed costs nothing but time, one that is
// told to stop not even that.
#include <signal.h>

#include <set>
#include <sstream>

#include <boost/json/parse.hpp>

#include "tests/end_to_end/machine.hpp"

using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

struct scene : machine {
  scene() : machine(R"({"topics": [{"name": "messages", "partitions": 4}]})") {
    start();
  }

  /// Two consumers of a group.
  std::unique_ptr<process> begin_worker(const std::string& name,
                                        const std::string& session_timeout) {
    auto file = dir.path(name + ".json");
    std::ofstream{file} << fmt::format(
      R"({{"connect": ["127.0.0.1:1", "127.0.0.1:{}"], "name": "{}",
           "consumers": [{{"group": "G", "topics": ["messages"], "count": 2,
                           "start": "earliest", "session_timeout": "{}"}}]}})",
      port, name, session_timeout);
    return std::make_unique<process>(dir.path(), name, TROUPE_PROGRAM,
                                     args{"worker", "--config", file});
  }

  /// How many partitions each member has.
  std::multiset<int64_t> shares() {
    auto seen = run({"group", "describe", "G", "--json"});
    std::multiset<int64_t> result;
    if (seen.exit_code != 0)
      return result;
    auto group = boost::json::parse(seen.out);
    for (const auto& x : group.at("members").as_array())
      result.insert(x.at("partitions_owned").to_number<int64_t>());
    return result;
  }

  bool comes_to(const std::multiset<int64_t>& expected) {
    return eventually([&] { return shares() == expected; }, 30s);
  }

  static void read(const process& x, std::set<std::string>& values) {
    std::istringstream in{x.out()};
    for (std::string line; std::getline(in, line);)
      if (auto at = line.find("value="); at != std::string::npos)
        values.insert(line.substr(at + 6));
  }
};

} // namespace

TEST_CASE("workers share a group; what one leaves, however, the other has") {
  scene s;
  auto one = s.begin_worker("one", "3s");
  auto two = s.begin_worker("two", "60s");
  REQUIRE(s.comes_to({1, 1, 1, 1}));
  s.ok({"produce", "messages"}, lines(0, 500));
  one->send(SIGKILL);
  CHECK(one->wait(10s).exit_code == 128 + SIGKILL);
  s.ok({"produce", "messages"}, lines(500, 1000));
  CHECK(s.comes_to({2, 2}));
  auto has_all = [&] {
    std::set<std::string> values;
    s.read(*one, values);
    s.read(*two, values);
    return values.size() == 1000;
  };
  CHECK(eventually(has_all, 30s));
  // The group sees it go at once: its session had a minute left.
  two->send(SIGTERM);
  auto ended = two->wait(10s);
  CHECK(ended.exit_code == 0);
  CHECK(ended.err.find("worker stopped cut_off=0") != std::string::npos);
  CHECK(s.shares().empty());
  auto group = boost::json::parse(s.ok({"group", "describe", "G", "--json"}));
  for (const auto& x : group.at("positions").as_array())
    CHECK(x.at("lag").to_number<int64_t>() == 0);
}

TEST_CASE("a worker waits for its node, and comes back to it") {
  scene s;
  s.node->send(SIGKILL);
  s.node->wait(10s);
  process one{s.dir.path(), "one", TROUPE_PROGRAM,
              args{"worker", "--group", "G", "--topic", "messages", "--json",
                   "--name", "w", "--connect",
                   fmt::format("127.0.0.1:{}", s.port)}};
  auto says = [&](const char* what) {
    return eventually([&] { return one.err().find(what) != std::string::npos; },
                      20s);
  };
  CHECK(says("node not reached"));
  s.start();
  CHECK(says("node reached"));
  REQUIRE(s.comes_to({4}));
  s.ok({"produce", "messages"}, lines(0, 10));
  s.node->send(SIGKILL);
  s.node->wait(10s);
  CHECK(says("node lost"));
  s.start();
  s.ok({"produce", "messages"}, lines(10, 20));
  auto has_all = [&] {
    std::set<std::string> values;
    s.read(one, values);
    return values.size() == 20;
  };
  CHECK(eventually(has_all, 30s));
  one.send(SIGTERM);
  CHECK(one.wait(10s).exit_code == 0);
}

TEST_CASE("a worker that cannot work says why, and is not even started") {
  scene s;
  auto refused = [&](const args& command, const char* why) {
    auto result = s.run(command);
    INFO(result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.err.find(why) != std::string::npos);
  };
  refused({"worker"}, "no consumers to run: say --group and --topic");
  refused({"worker", "-g", "G", "-t", "messages", "--handler", "prnt"},
          "--handler: unknown_handler: 'prnt': did you mean 'print'? "
          "Registered: email, print, sms, webhook");
  refused({"worker", "-g", "G", "-t", "messages", "-o", "colour=red"},
          "has no option 'colour'");
  std::ofstream{s.dir.path("w.json")}
    << R"({"consumers": [{"group": "G", "topics": ["t"], "handler": "x"}]})";
  refused({"worker", "--config", s.dir.path("w.json")},
          "w.json: $.consumers[0].handler: unknown_handler: 'x'");
}
