// A real node, a real server, and what browsers and others may ask of it.
#include "runtime/http/server.hpp"

#include <optional>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>
#include <httplib.h>

#include "actors/producer/producer.hpp"
#include "actors/protocol/registration.hpp"
#include "runtime/http/inquiry.hpp"
#include "runtime/load/embedded_node.hpp"
#include "runtime/wall_epoch.hpp"
#include "tests/catch.hpp"
#include "tests/end_to_end/process.hpp"
#include "tests/scratch_directory.hpp"

using namespace troupe;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr const char* token = "0123456789abcdef";

/// A node with a topic of ten records, and a group that has none of them yet.
struct house {
  explicit house(std::string secret = token) {
    register_messages(config);
    system.emplace(config);
    node_settings settings;
    settings.data_directory = dir.path("data");
    settings.coordination.shards = 4;
    settings.topics = {{"messages", 2, {}}};
    auto started = embedded_node::start(*system, settings);
    REQUIRE(started);
    node = std::move(*started);
    post();
    http::server_config what;
    what.http.address = fmt::format("127.0.0.1:{}", port);
    what.http.watchers_max = 2;
    what.token = std::move(secret);
    what.node = node->handle();
    auto made = http::server::start(*system, what);
    REQUIRE(made);
    server = std::move(*made);
    client.emplace("127.0.0.1", port);
  }

  ~house() {
    server.reset();
    node->stop();
    node.reset();
  }

  void post() {
    producer_config how;
    how.node = node->handle();
    how.epoch = wall_epoch();
    auto by = system->spawn(producer, std::move(how));
    std::vector<posting> all;
    for (int i = 0; i < 10; ++i) {
      posting x;
      x.topic = "messages";
      x.partition = 0;
      x.content.key = bytes{std::string{"k"}};
      x.content.value = bytes{fmt::format("v{}", i)};
      all.push_back(std::move(x));
    }
    REQUIRE(
      http::ask<std::vector<record_metadata>>(*system, by, post_atom_v, all));
    caf::anon_send_exit(by, caf::exit_reason::user_shutdown);
  }

  httplib::Headers signed_in() {
    auto answer = client->Post(
      "/api/session", fmt::format(R"({{"token": "{}"}})", token), "text/json");
    REQUIRE(answer);
    REQUIRE(answer->status == 200);
    auto cookie = answer->get_header_value("Set-Cookie");
    CHECK(cookie.find("HttpOnly; SameSite=Strict") != std::string::npos);
    return {{"Cookie", cookie.substr(0, cookie.find(';'))},
            {"X-CSRF-Token",
             std::string{json::parse(answer->body).at("csrf").as_string()}}};
  }

  json::value get(const std::string& path, const httplib::Headers& headers) {
    auto answer = client->Get(path, headers);
    REQUIRE(answer);
    INFO(path << ": " << answer->body);
    CHECK(answer->status == 200);
    return json::parse(answer->body);
  }

  scratch_directory dir;
  caf::actor_system_config config;
  std::optional<caf::actor_system> system;
  std::unique_ptr<embedded_node> node;
  uint16_t port = testing::free_port();
  std::unique_ptr<http::server> server;
  std::optional<httplib::Client> client;
};

int status(const httplib::Result& x) {
  REQUIRE(x);
  return x->status;
}

} // namespace

TEST_CASE("http: health, metrics and the page are for everybody") {
  house it;
  CHECK(status(it.client->Get("/healthz")) == 200);
  CHECK(status(it.client->Get("/readyz")) == 200);
  auto metrics = it.client->Get("/metrics");
  REQUIRE(status(metrics) == 200);
  CHECK(metrics->body.find("troupe_partition_high_watermark{topic=\"messages\","
                           "partition=\"0\"} 10\n")
        != std::string::npos);
  auto page = it.client->Get("/");
  REQUIRE(status(page) == 200);
  CHECK(
    page->get_header_value("Content-Security-Policy").find("default-src 'self'")
    == 0);
  CHECK(status(it.client->Get("/nothing")) == 404);
  CHECK(status(it.client->Get("/../../etc/passwd")) == 404);
}

TEST_CASE("http: without the token nobody sees a record, or does anything") {
  house it;
  for (const auto* path : {"/api/snapshot", "/api/events",
                           "/api/records?topic=messages&partition=0"})
    CHECK(status(it.client->Get(path)) == 401);
  CHECK(status(it.client->Post("/api/groups/pause", "{}", "text/json")) == 401);
  CHECK(status(
          it.client->Post("/api/session", R"({"token": "guess"})", "text/json"))
        == 401);
  CHECK(status(it.client->Post("/api/session", "{", "text/json")) == 400);
  auto who = it.signed_in();
  CHECK(it.get("/api/session", who).at("signed_in").as_bool());
  // Another site makes the browser send the cookie at best.
  who.erase("X-CSRF-Token");
  CHECK(status(it.client->Post("/api/groups/pause", who, "{}", "text/json"))
        == 403);
  CHECK(status(it.client->Delete("/api/session", who)) == 403);
}

TEST_CASE("http: a name that only points here is not answered") {
  house it;
  CHECK(status(it.client->Get("/", {{"Host", "evil.example"}})) == 403);
  CHECK(status(it.client->Get("/", {{"Host", "localhost:1"}})) == 200);
}

TEST_CASE("http: without a token the console shows, and changes nothing") {
  house it{""};
  CHECK_FALSE(it.get("/api/session", {}).at("has_token").as_bool());
  CHECK(it.get("/api/snapshot", {}).at("topics").as_array().size() == 1);
  CHECK(status(it.client->Post("/api/groups/pause", "{}", "text/json")) == 403);
}

TEST_CASE("http: records from anywhere, so many at once") {
  house it;
  auto who = it.signed_in();
  auto records = [&](const std::string& more) {
    return it.get("/api/records?topic=messages&partition=0" + more, who);
  };
  auto newest = records("&count=3");
  CHECK(newest.at("high_watermark").as_int64() == 10);
  REQUIRE(newest.at("records").as_array().size() == 3);
  CHECK(newest.at("records").as_array()[0].at("value").as_string() == "v7");
  auto some = records("&offset=2&count=2");
  CHECK(some.at("records").as_array()[1].at("offset").as_int64() == 3);
  CHECK(some.at("next").as_int64() == 4);
  CHECK(records("&offset=99").at("records").as_array().empty());
  CHECK(records("&offset=-5").at("records").as_array().size() == 10);
  auto refused = [&](const std::string& query) {
    return status(it.client->Get("/api/records?" + query, who));
  };
  CHECK(refused("topic=nothing&partition=0") == 404);
  CHECK(refused("topic=messages&partition=2") == 404);
  CHECK(refused("topic=messages&partition=x") == 400);
  CHECK(refused("topic=messages&partition=99999999999") == 400);
}

TEST_CASE("http: positions are looked at, then moved; partitions paused") {
  house it;
  auto who = it.signed_in();
  auto post = [&](const std::string& path, const std::string& body) {
    auto answer = it.client->Post(path, who, body, "application/json");
    REQUIRE(answer);
    return std::pair{answer->status, json::parse(answer->body)};
  };
  auto reset = R"({"group": "g", "topic": "messages", "partition": 0,
                   "to": {"offset": 4}, "preview": true})";
  auto [code, plan] = post("/api/groups/reset", reset);
  INFO(json::serialize(plan));
  REQUIRE(code == 200);
  CHECK(plan.at("entries").as_array()[0].at("to").as_int64() == 4);
  CHECK(it.get("/api/snapshot", who).at("groups").as_array().empty());
  auto done = std::string{reset};
  done.replace(done.find("true"), 4, "false");
  CHECK(post("/api/groups/reset", done).first == 200);
  auto back = std::string{done};
  back.replace(back.find("4"), 1, "1");
  auto [code_back, moved] = post("/api/groups/reset", back);
  REQUIRE(code_back == 200);
  CHECK(moved.at("entries").as_array()[0].at("replayed").as_int64() == 3);
  CHECK(post("/api/groups/pause", R"({"group": "g", "paused": true})")
          .second.at("changed")
          .as_int64()
        == 1);
  auto group = it.get("/api/snapshot", who).at("groups").as_array()[0];
  CHECK(group.at("positions").as_array()[0].at("paused").as_bool());
  auto [bad, why] = post("/api/groups/reset", R"({"group": "g", "too": 1})");
  CHECK(bad == 400);
  CHECK(std::string{why.at("error").as_string()}.find("'to' is missing")
        != std::string::npos);
  CHECK(post("/api/groups/pause", R"({"group": "none", "paused": true})").first
        == 404);
}

TEST_CASE("http: pages come by themselves, to so many watchers") {
  house it;
  auto who = it.signed_in();
  // The line stays open until the watcher has enough.
  auto watch = [&](int wanted) {
    httplib::Client own{"127.0.0.1", it.port};
    int seen = 0;
    own.Get("/api/events", who, [&](const char* data, size_t size) {
      seen += std::string_view{data, size}.find("event: snapshot")
                  != std::string_view::npos
                ? 1
                : 0;
      return seen < wanted;
    });
    return seen;
  };
  CHECK(watch(2) == 2);
  std::atomic<bool> is_done{false};
  std::atomic<int> open{0};
  std::vector<std::thread> others;
  for (int i = 0; i < 2; ++i)
    others.emplace_back([&] {
      httplib::Client own{"127.0.0.1", it.port};
      auto is_new = true;
      own.Get("/api/events", who, [&](const char*, size_t) {
        open += std::exchange(is_new, false) ? 1 : 0;
        return !is_done;
      });
    });
  CHECK(testing::eventually([&] { return open == 2; }, 60s));
  CHECK(status(it.client->Get("/api/events", who)) == 503);
  is_done = true;
  for (auto& x : others)
    x.join();
  CHECK(testing::eventually([&] { return watch(1) == 1; }, 60s));
}

TEST_CASE("http: who still watches does not keep the server from ending") {
  house it;
  auto who = it.signed_in();
  std::atomic<bool> is_open{false};
  std::thread watcher{[&] {
    httplib::Client own{"127.0.0.1", it.port};
    own.Get("/api/events", who, [&](const char*, size_t) {
      is_open = true;
      return true;
    });
  }};
  CHECK(testing::eventually([&] { return is_open.load(); }, 60s));
  it.server.reset();
  watcher.join();
}

TEST_CASE("http: a port that is taken is said") {
  house it;
  http::server_config what;
  what.http.address = fmt::format("127.0.0.1:{}", it.port);
  what.node = it.node->handle();
  auto second = http::server::start(*it.system, what);
  REQUIRE_FALSE(second);
  CHECK(what.http.address == fmt::format("127.0.0.1:{}", it.port));
  CHECK(troupe::what(second.error()).find("cannot listen on 127.0.0.1:")
        != std::string::npos);
}
