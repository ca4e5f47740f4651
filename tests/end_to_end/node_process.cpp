// The real thing: processes, sockets, signals, a disk. What holds in virtual
// time must hold here too.
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "tests/end_to_end/machine.hpp"
#include "tests/source_tree.hpp"

using troupe::source_path;
using namespace troupe::testing;
using namespace std::chrono_literals;

TEST_CASE("a node serves topics, records and groups to the command line") {
  machine m;
  m.start();
  m.ok({"topic", "create", "orders", "-p", "2"});
  CHECK(m.ok({"topic", "list"}).find("orders") != std::string::npos);
  CHECK(m.ok({"produce", "orders", "-p", "1", "-v"}, "a\nb\n")
        == "orders-1 [offset 0]\norders-1 [offset 1]\n");
  CHECK(m.ok({"consume", "orders", "-b", "-e"}) == "a\nb\n");
  CHECK(m.ok({"consume", "orders", "-g", "G", "-b", "-n", "2"}) == "a\nb\n");
  auto group = boost::json::parse(m.ok({"group", "describe", "G", "--json"}));
  CHECK(group.at("state") == "empty");
  CHECK(group.at("positions").at(1).at("committed").as_int64() == 1);
  CHECK(m.ok({"group", "timeline", "G"}).find("joined") != std::string::npos);
  m.ok({"produce", "orders", "-p", "1"}, "c\n");
  CHECK(m.ok({"consume", "orders", "-g", "G", "-n", "1"}) == "c\n");
  auto preview = m.ok({"group", "reset", "G", "--to", "earliest"});
  CHECK(preview.find("3 replayed") != std::string::npos);
  m.ok({"group", "reset", "G", "--to", "earliest", "--yes"});
  CHECK(m.ok({"consume", "orders", "-g", "G", "-n", "3"}) == "a\nb\nc\n");
  m.ok({"group", "pause", "G", "--topic", "orders"});
  m.ok({"group", "resume", "G"});
  m.ok({"topic", "grow", "orders", "4"});
  CHECK(m.ok({"topic", "configure", "orders", "--set", "retention_time=7d"})
        == "orders: retention_time \"0s\" -> \"7d\"\n");
  CHECK(m.ok({"topic", "configure", "orders", "--set", "retention_time=7d"})
        == "orders: nothing to change\n");
  auto refused =
    m.run({"topic", "configure", "orders", "--set", "segment_bytes=1B"});
  CHECK(refused.exit_code == 2);
  CHECK(refused.err.find("segment_bytes: expected a size from 1KiB to 1GiB")
        != std::string::npos);
  CHECK(m.ok({"topic", "describe", "orders"}).find("7d") != std::string::npos);
  m.ok({"group", "delete", "G", "--yes"});
  m.ok({"topic", "delete", "orders", "--yes"});
  CHECK(m.ok({"topic", "list"}).find("orders") == std::string::npos);
  m.node->send(SIGTERM);
  CHECK(m.node->wait(60s).exit_code == 0);
}

TEST_CASE("a topic shows how many replicas it has and needs") {
  machine m;
  m.start();
  m.ok({"topic", "create", "orders"});
  auto text = m.ok({"topic", "describe", "orders"});
  CHECK(text.find("  replication_factor = 0 (as the cluster is set)\n")
        != std::string::npos);
  CHECK(text.find("  min_insync_replicas = 0 (as the cluster is set)\n")
        != std::string::npos);
  auto topic =
    boost::json::parse(m.ok({"topic", "describe", "orders", "--json"}));
  CHECK(topic.at("replication_factor") == 0);
  CHECK(topic.at("replicas") == 1);
  CHECK(topic.at("settings").at("min_insync_replicas") == 0);
  CHECK(m.ok({"topic", "configure", "orders", "--set", "min_insync_replicas=1"})
        == "orders: min_insync_replicas 0 -> 1\n");
  m.ok(
    {"topic", "create", "bills", "-r", "1", "--set", "min_insync_replicas=1"});
  text = m.ok({"topic", "describe", "bills"});
  CHECK(text.find("  replication_factor = 1\n") != std::string::npos);
  CHECK(text.find("  min_insync_replicas = 1\n") != std::string::npos);
  auto refused = [&](const args& command, const char* why) {
    auto result = m.run(command);
    CHECK(result.exit_code == 2);
    INFO(result.err);
    CHECK(result.err.find(why) != std::string::npos);
  };
  refused({"topic", "create", "x", "-r", "8"}, "Value 8 not in range 1 to 7");
  for (auto value : {"8", "-1", "two", "1x", ""})
    refused({"topic", "configure", "orders", "--set",
             std::string{"min_insync_replicas="} + value},
            "min_insync_replicas: expected a whole number from 0 to 7, found ");
}

TEST_CASE("what is produced compressed is consumed as it was") {
  machine m{R"({"topics": [{"name": "messages", "partitions": 1}],
                "topic_defaults": {"segment_bytes": "4KiB"}})"};
  m.start();
  std::string all;
  for (int i = 0; const std::string how :
                  {"none", "gzip", "snappy", "lz4", "zstd", "zstd:19"}) {
    auto some = lines(i, i + 300);
    i += 300;
    m.ok({"produce", "messages", "--compression", how}, some);
    all += some;
    CHECK(m.ok({"consume", "messages", "-b", "-e"}) == all);
  }
  CHECK(m.ok({"consume", "messages", "-g", "G", "-b", "-n", "1800"}) == all);
  CHECK(m.ok({"consume", "messages", "-p", "0", "-o", "1799", "-e"})
        == "m1799\n");
  m.node->send(SIGKILL);
  m.node->wait(10s);
  m.start();
  CHECK(m.ok({"consume", "messages", "-b", "-e"}) == all);
  auto wrong = m.run({"produce", "messages", "--compression", "zstd:20"}, "x");
  CHECK(wrong.exit_code == 2);
  CHECK(wrong.err.find("\"zstd:1\" to 19") != std::string::npos);
}

TEST_CASE("records are deleted by hand, after a look, for good") {
  machine m{R"({"topics": [{"name": "messages", "partitions": 1,
                            "settings": {"segment_bytes": "1KiB"}}]})"};
  m.start();
  m.ok({"produce", "messages"}, lines(0, 300));
  CHECK(m.ok({"consume", "messages", "-g", "G", "-b", "-n", "10"})
        == lines(0, 10));
  auto preview = boost::json::parse(m.ok(
    {"topic", "delete-records", "messages", "--before", "0=200", "--json"}));
  CHECK_FALSE(preview.at("applied").as_bool());
  auto& entry = preview.at("entries").at(0);
  CHECK(entry.at("deleted").as_int64() == 200);
  CHECK(entry.at("unread").at("G").as_int64() == 190);
  auto table =
    m.ok({"topic", "delete-records", "messages", "--before", "0=200"});
  CHECK(table.find("G (190)") != std::string::npos);
  CHECK(table.find("say --yes") != std::string::npos);
  CHECK(m.ok({"consume", "messages", "-b", "-e"}) == lines(0, 300));
  auto done =
    m.ok({"topic", "delete-records", "messages", "--before", "0=200", "--yes"});
  CHECK(done.find("UNREAD") == std::string::npos);
  m.node->send(SIGKILL);
  m.node->wait(10s);
  m.start();
  CHECK(m.ok({"consume", "messages", "-b", "-e"}) == lines(200, 300));
  // The group goes on with the first that is there, and is told.
  CHECK(m.ok({"consume", "messages", "-g", "G", "-n", "50"})
        == lines(200, 250));
  auto refused = [&](const args& how, int code, const std::string& text) {
    args command{"topic", "delete-records", "messages"};
    command.insert(command.end(), how.begin(), how.end());
    auto result = m.run(command);
    INFO(result.err);
    CHECK(result.exit_code == code);
    CHECK(result.err.find(text) != std::string::npos);
  };
  refused({}, 2, "--before PARTITION=OFFSET");
  refused({"--before", "0"}, 2, "0=end");
  refused({"--before-time", "soon"}, 2, "an age such as 2h");
  refused({"--before", "0=301"}, 3, "the log has 200 to 300");
  refused({"--before", "1=0"}, 3, "the topic has 1");
  // Nothing is an hour old; everything is older than now.
  m.ok({"topic", "delete-records", "messages", "--before-time", "1h", "--yes"});
  CHECK(m.ok({"consume", "messages", "-b", "-e"}) == lines(200, 300));
  m.ok({"topic", "delete-records", "messages", "--before-time", "0s", "--yes"});
  CHECK(m.ok({"consume", "messages", "-b", "-e"}) == "");
}

TEST_CASE("a killed node loses nothing that was acknowledged, groups resume") {
  machine m{R"({"topics": [{"name": "messages", "partitions": 3}]})"};
  m.start();
  m.ok({"produce", "messages"}, lines(0, 500));
  m.ok({"consume", "messages", "-g", "G", "-b", "-n", "200"});
  m.node->send(SIGKILL);
  CHECK(m.node->wait(10s).exit_code == 128 + SIGKILL);
  m.start();
  // The node answers before all logs are open.
  CHECK(eventually(
    [&] { return m.node->err().find("log recovered") != std::string::npos; },
    30s));
  auto all = m.ok({"consume", "messages", "-b", "-e"});
  CHECK(std::count(all.begin(), all.end(), '\n') == 500);
  auto rest = m.ok({"consume", "messages", "-g", "G", "-n", "300"});
  CHECK(std::count(rest.begin(), rest.end(), '\n') == 300);
  auto group = boost::json::parse(m.ok({"group", "describe", "G", "--json"}));
  for (const auto& x : group.at("positions").as_array())
    CHECK(x.at("lag").as_int64() == 0);
}

TEST_CASE("clients ride through a node's kill and return") {
  machine m{R"({"topics": [{"name": "messages", "partitions": 2}]})"};
  m.start();
  process consumer{m.dir.path(), "rider", TROUPE_PROGRAM,
                   args{"consume", "messages", "-g", "G", "-b", "-n", "400",
                        "--connect", fmt::format("127.0.0.1:{}", m.port)}};
  m.ok({"produce", "messages"}, lines(0, 200));
  auto read = [&] {
    auto text = consumer.out();
    return std::count(text.begin(), text.end(), '\n');
  };
  REQUIRE(eventually([&] { return read() == 200; }, 60s));
  m.node->send(SIGKILL);
  m.node->wait(10s);
  // Posted while there is no node: waits for it.
  process producer{m.dir.path(), "waiter", TROUPE_PROGRAM,
                   args{"produce", "messages", "--connect",
                        fmt::format("127.0.0.1:{}", m.port)},
                   lines(200, 400)};
  m.start();
  auto produced = producer.wait(60s);
  // It may have come too early to find any node at all: then it says so.
  if (produced.exit_code != 0) {
    CHECK(produced.err.find("no node answers") != std::string::npos);
    m.ok({"produce", "messages"}, lines(200, 400));
  }
  auto consumed = consumer.wait(120s);
  INFO(consumed.err);
  CHECK(consumed.exit_code == 0);
  CHECK(std::count(consumed.out.begin(), consumed.out.end(), '\n') == 400);
}

TEST_CASE("each line has its own fate, and a closed output ends the reading") {
  machine m{R"({"topics": [{"name": "messages", "partitions": 1}]})"};
  m.start();
  auto result = m.run({"produce", "messages"},
                      "ok1\n" + std::string(2'000'000, 'x') + "\nok2\n");
  CHECK(result.exit_code == 3);
  CHECK(result.err.find("2 posted, 1 failed") != std::string::npos);
  CHECK(result.err.find("line 2 was not posted") != std::string::npos);
  m.ok({"produce", "messages"}, lines(0, 5000));
  process head{m.dir.path(), "head", "/bin/sh",
               args{"-c", fmt::format("{} consume messages -b --connect "
                                      "127.0.0.1:{} | head -n 1",
                                      TROUPE_PROGRAM, m.port)}};
  auto first = head.wait(60s);
  CHECK(first.exit_code == 0);
  CHECK(first.out == "ok1\n");
}

TEST_CASE("a node's own consumers print, stop clean and go on") {
  machine m{R"({
    "topics": [{"name": "messages", "partitions": 2}],
    "consumers": [{"group": "SMS", "topics": ["messages"], "count": 2,
                   "handler": "print", "options": {"prefix": "SMS"}}]})"};
  m.start();
  auto is_stable = [&] { return m.is_stable("SMS"); };
  REQUIRE(eventually(is_stable, 30s));
  m.ok({"produce", "messages"}, "hello\n");
  CHECK(eventually(
    [&] { return m.node->out().find("value=hello") != std::string::npos; },
    30s));
  m.node->send(SIGTERM);
  CHECK(m.node->wait(60s).exit_code == 0);
  m.start();
  CHECK(m.node->err().find("log recovered") == std::string::npos);
  REQUIRE(eventually(is_stable, 30s));
  m.ok({"produce", "messages"}, "again\n");
  CHECK(eventually(
    [&] { return m.node->out().find("value=again") != std::string::npos; },
    30s));
  CHECK(m.node->out().find("value=hello") == std::string::npos);
}

TEST_CASE("wrong input is refused with what to do, and a fitting exit code") {
  machine m;
  auto refused = [&](const args& command, int code, const std::string& text) {
    process p{m.dir.path(), fmt::format("bad{}", ++m.clients), TROUPE_PROGRAM,
              command};
    auto result = p.wait(60s);
    INFO(result.err);
    CHECK(result.exit_code == code);
    CHECK(result.err.find(text) != std::string::npos);
  };
  auto file = [&](const std::string& name, const std::string& text) {
    std::ofstream{m.dir.path(name)} << text;
    return m.dir.path(name);
  };
  refused({"node", "--config", file("a.json", R"({"listen": 1})")}, 2,
          "listen");
  refused({"node", "--config", file("b.json", "{")}, 2, "b.json");
  refused(
    {"node", "--config", file("c.json", R"({"listen_address": "0.0.0.0"})")}, 2,
    "insecure");
  refused({"node", "--config", m.dir.path("missing.json")}, 2, "missing.json");
  refused(
    {"node", "--port", "0", "--config", file("e.json", R"({"cluster": {}})")},
    2, "--port 0: expected 1 to 65535");
  refused(
    {"scenario", file("d.json", R"({"title": "x", "steps": [{"strat": 1}]})")},
    2, "$.steps[0]");
  refused(
    {"scenario", "--real-time", source_path("samples/node_failover.json")}, 2,
    "$.nodes: a cluster can be played in virtual time only");
  refused({"produce"}, 2, "TOPIC");
  refused({"status", "--connect", "127.0.0.1:1"}, 3, "troupe node");
  refused({"status", "--connect", "nowhere"}, 2, "host:port");
  m.start();
  refused({"node", "--data", m.data, "--port", "0"}, 3, "data_dir_locked");
  auto unknown = m.run({"produce", "nowhere"}, "x\n");
  CHECK(unknown.exit_code == 3);
  CHECK(unknown.err.find("unknown_topic") != std::string::npos);
}

TEST_CASE("the tutorial's program runs its own handlers") {
  std::ifstream in{source_path("samples/own_consumer/own_consumer.json")};
  std::string settings{std::istreambuf_iterator<char>{in}, {}};
  machine m{settings, TROUPE_OWN_CONSUMER};
  m.start();
  for (const auto& group : {"Shouters", "Couriers"})
    REQUIRE(eventually([&] { return m.is_stable(group); }, 30s));
  m.ok({"produce", "greetings"}, "hello\nworld\n");
  auto has_printed = [&](const std::string& text) {
    return eventually(
      [&] { return m.node->out().find(text) != std::string::npos; }, 30s);
  };
  CHECK(has_printed("hello!"));
  CHECK(has_printed("delivered world from greetings-"));
}

TEST_CASE("a scenario plays in real time as it does in virtual time") {
  machine m;
  for (const auto& mode : {"--quiet", "--real-time"}) {
    process p{m.dir.path(), fmt::format("play{}", mode), TROUPE_PROGRAM,
              args{"scenario", mode, source_path("samples/day_4_recap.json"),
                   "--report", m.dir.path("out.html")}};
    auto result = p.wait(120s);
    INFO(result.out << result.err);
    CHECK(result.exit_code == 0);
    CHECK(result.out.find("PASSED") != std::string::npos);
  }
}
