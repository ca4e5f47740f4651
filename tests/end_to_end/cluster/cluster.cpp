// A cluster of processes: what holds in virtual time must hold with sockets,
// signals and disks.
#include <signal.h>

#include <algorithm>
#include <sstream>

#include <boost/json/parse.hpp>

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

TEST_CASE("with TLS each gets what its certificate is for") {
  troupe::tests::certificates pki;
  three_nodes nodes{pki.path("")};
  nodes.start_all();
  auto may = [&](const char* who, const args& command,
                 const std::string& input = {}) {
    auto result = nodes.run(command, input, who);
    INFO(who << " " << command[0] << " " << command[1] << ": " << result.err);
    CHECK(result.exit_code == 0);
    return result.out;
  };
  auto may_not = [&](const char* who, const args& command, const char* what,
                     const std::string& input = {}) {
    auto result = nodes.run(command, input, who);
    INFO(who << " " << command[0] << ": " << result.err);
    CHECK(result.exit_code != 0);
    CHECK(result.err.find(
            fmt::format("a certificate with OU={} may not {}", who, what))
          != std::string::npos);
  };
  may("admin", {"topic", "create", "orders", "-p", "1"});
  may("admin", {"produce", "orders"}, lines(0, 10));
  may("worker", {"produce", "messages"}, lines(0, 10));
  may("worker", {"consume", "messages", "-g", "G", "-b", "-n", "10"});
  may("worker", {"group", "describe", "G"});
  const char* groups = "pause, reset or delete groups; one with OU=admin may";
  const char* topics = "create, change or delete topics; one with OU=admin may";
  for (auto who : {"worker", "reader"}) {
    may(who, {"topic", "describe", "orders"});
    may(who, {"group", "list"});
    may(who, {"cluster", "status"});
    auto seen = boost::json::parse(may(who, {"status", "--json"}));
    INFO(seen);
    const auto& all = seen.at("cluster");
    CHECK(all.at("nodes").at("alive") == 3);
    CHECK(all.at("nodes").at("unreached") == 0);
    CHECK(all.at("links").at("bytes_sent").to_number<uint64_t>() > 0);
    CHECK(all.at("links").at("requests_refused").is_number());
    CHECK(all.at("replication").at("bytes_in").to_number<uint64_t>() > 0);
    CHECK(seen.at("metrics").at("peers_connected") == 2);
    CHECK(set_of(may(who, {"consume", "messages", "-b", "-e"}))
          == set_of(lines(0, 10)));
    may(who, {"group", "reset", "G", "--to", "earliest"});
    may_not(who, {"group", "reset", "G", "--to", "earliest", "--yes"}, groups);
    may_not(who, {"group", "delete", "G", "--yes"}, groups);
    may_not(who, {"topic", "create", "bills"}, topics);
    may_not(who, {"topic", "delete", "orders", "--yes"}, topics);
    may_not(who, {"cluster", "drain", "2"}, "change the cluster");
    may_not(who,
            {"topic", "delete-records", "orders", "--before", "0=5", "--yes"},
            "delete records");
  }
  may_not("reader", {"produce", "messages"}, "produce records", lines(0, 1));
  may("admin", {"group", "reset", "G", "--to", "earliest", "--yes"});
  auto logs = nodes.log_of(1) + nodes.log_of(2) + nodes.log_of(3);
  CHECK(logs.find("request refused") != std::string::npos);
}

TEST_CASE("groups of all nodes are listed, and what may be missing is said") {
  three_nodes nodes;
  nodes.start_all();
  nodes.ok({"produce", "messages"}, lines(0, 3));
  std::set<std::string> all;
  for (int i = 0; i < 6; ++i) {
    auto name = fmt::format("group-{}", i);
    nodes.ok({"consume", "messages", "-b", "-n", "3", "-g", name});
    all.insert(name);
  }
  auto listed = [&](const std::string& text) {
    std::set<std::string> result;
    auto groups = boost::json::parse(text);
    for (const auto& x : groups.as_array())
      result.insert(std::string{x.at("group").as_string()});
    return result;
  };
  CHECK(listed(nodes.ok({"group", "list", "--json"})) == all);
  // Each comes to lead one partition of the topic, and shards besides.
  REQUIRE(eventually(
    [&] {
      auto seen = boost::json::parse(nodes.ok({"cluster", "status", "--json"}));
      const auto& each = seen.at("nodes").as_array();
      return std::all_of(each.begin(), each.end(), [](const auto& x) {
        return x.at("leads").template to_number<int>() >= 2;
      });
    },
    30s));
  // Others take over what the lost one had.
  nodes.kill(2);
  CHECK(listed(nodes.ok({"group", "list", "--json"})) == all);
  // Nobody can take over any more.
  nodes.kill(3);
  auto some = nodes.run({"group", "list"});
  INFO(some.err);
  CHECK(some.exit_code == 3);
  CHECK(some.err.find("there may be more groups") != std::string::npos);
}
