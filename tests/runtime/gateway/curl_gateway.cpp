// What goes out over a real socket, and what becomes of all that can come back,
// or not.
#include "runtime/gateway/curl_gateway.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include "tests/catch.hpp"
#include "tests/runtime/gateway/http_stub.hpp"

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

struct fixture {
  fixture() {
    request.method = "POST";
    request.access.timeout = 10s;
    request.access.connect_timeout = 5s;
  }

  ~fixture() {
    gateway = nullptr;
  }

  gateway_answer send(const http_request& x) {
    caf::scoped_actor self{system};
    gateway_answer result;
    self->request(gateway, 30s, post_atom_v, x)
      .receive([&](gateway_answer& y) { result = std::move(y); },
               [&](caf::error& why) { FAIL(what(why)); });
    return result;
  }

  caf::actor_system_config config;
  caf::actor_system system{config};
  gateway_actor gateway = spawn_curl_gateway(system);
  http_request request;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE_METHOD(fixture, "gateway: a request goes out whole, and connections "
                          "stay") {
  http_stub there{
    [](const std::string&) { return http_answer(202, "3: Queued"); }};
  request.url = there.url("/send?x=1");
  request.headers = {"Content-Type: application/json",
                     "Idempotency-Key: a/0/1"};
  request.body = R"({"x": 1})";
  request.access.username = "user";
  request.access.password = "pass";
  for (int i = 0; i < 3; ++i) {
    auto answer = send(request);
    CHECK(answer.code == 202);
    CHECK(answer.text == "3: Queued");
    CHECK(answer.retry_after_ms == -1);
  }
  auto seen = there.requests();
  REQUIRE(seen.size() == 3);
  CHECK(seen[0].starts_with("POST /send?x=1 HTTP/1.1\r\n"));
  CHECK(has(seen[0], "\r\nContent-Type: application/json\r\n"));
  CHECK(has(seen[0], "\r\nIdempotency-Key: a/0/1\r\n"));
  CHECK(has(seen[0], "\r\nAuthorization: Basic dXNlcjpwYXNz\r\n"));
  CHECK(seen[0].ends_with("\r\n\r\n{\"x\": 1}"));
  CHECK(there.connections() == 1);

  request.method = "GET";
  request.body.clear();
  CHECK(send(request).code == 202);
  CHECK(there.requests().back().starts_with("GET /send"));
}

TEST_CASE_METHOD(fixture, "gateway: what it says besides a status") {
  http_stub there{[](const std::string&) {
    return http_answer(503, std::string(100'000, 'x'), "Retry-After: 7\r\n");
  }};
  request.url = there.url("/");
  auto answer = send(request);
  CHECK(answer.code == 503);
  CHECK(answer.retry_after_ms == 7000);
  CHECK(answer.text == std::string(4096, 'x'));
}

TEST_CASE_METHOD(fixture, "gateway: redirects are not followed: a record goes "
                          "where it is told to") {
  http_stub there{[](const std::string&) {
    return http_answer(302, "", "Location: http://127.0.0.1:1/\r\n");
  }};
  request.url = there.url("/");
  CHECK(send(request).code == 302);
  CHECK(there.requests().size() == 1);
}

TEST_CASE_METHOD(fixture, "gateway: nothing comes back, and why is said "
                          "without the secrets") {
  http_stub silent{[](const std::string&) { return std::string{}; }};
  request.access.username = "user";
  request.access.password = "secret";
  SECTION("it closes the connection") {
    request.url = silent.url("/?password=secret");
  }
  SECTION("nobody listens") {
    request.url = "http://user:secret@127.0.0.1:1/?password=secret";
  }
  SECTION("no such protocol") {
    request.url = "file:///etc/passwd";
  }
  SECTION("no URL at all") {
    request.url = "";
  }
  auto answer = send(request);
  CHECK(answer.code == 0);
  CHECK_FALSE(answer.text.empty());
  CHECK_FALSE(has(answer.text, "secret"));
}

TEST_CASE_METHOD(fixture, "gateway: it takes too long") {
  std::atomic<bool> may_answer = false;
  http_stub there{[&](const std::string&) {
    while (!may_answer)
      std::this_thread::yield();
    return http_answer(200, "");
  }};
  request.url = there.url("/");
  request.access.timeout = 50ms;
  auto answer = send(request);
  may_answer = true;
  CHECK(answer.code == 0);
  CHECK(has(answer.text, "127.0.0.1"));
}

TEST_CASE_METHOD(fixture, "gateway: many at once, on one thread") {
  std::atomic<int> waiting = 0;
  constexpr int count = 50;
  // None is answered before all have come.
  http_stub there{[&](const std::string&) {
    ++waiting;
    while (waiting < count)
      std::this_thread::yield();
    return http_answer(200, "");
  }};
  request.url = there.url("/");
  caf::scoped_actor self{system};
  std::vector<decltype(self->request(gateway, 30s, post_atom_v, request))> all;
  for (int i = 0; i < count; ++i)
    all.push_back(self->request(gateway, 30s, post_atom_v, request));
  for (auto& x : all)
    x.receive([](gateway_answer& y) { CHECK(y.code == 200); },
              [](caf::error& why) { FAIL(what(why)); });
  CHECK(there.connections() == count);
}

TEST_CASE("gateway: more than may be on their way are refused") {
  caf::actor_system_config config;
  caf::actor_system system{config};
  std::atomic<bool> may_answer = false;
  http_stub there{[&](const std::string&) {
    while (!may_answer)
      std::this_thread::yield();
    return http_answer(200, "");
  }};
  auto gateway = spawn_curl_gateway(system, 1);
  http_request request;
  request.method = "GET";
  request.url = there.url("/");
  request.access.timeout = request.access.connect_timeout = 10s;
  caf::scoped_actor self{system};
  auto first = self->request(gateway, 30s, post_atom_v, request);
  self->request(gateway, 30s, post_atom_v, request)
    .receive([](gateway_answer&) { FAIL("it was taken"); },
             [](caf::error& why) { CHECK(code_of(why) == ec::queue_full); });
  may_answer = true;
  first.receive([](gateway_answer& x) { CHECK(x.code == 200); },
                [](caf::error& why) { FAIL(what(why)); });
}

TEST_CASE("gateway: it ends while answers come in, whoever knew it last") {
  caf::actor_system_config config;
  caf::actor_system system{config};
  std::atomic<size_t> answered = 0;
  http_stub there{[&](const std::string&) {
    ++answered;
    return http_answer(200, "");
  }};
  http_request request;
  request.method = "GET";
  request.url = there.url("/");
  request.access.timeout = request.access.connect_timeout = 10s;
  for (size_t i = 0; i < 500; ++i) {
    auto gateway = spawn_curl_gateway(system);
    auto before = answered.load();
    for (int n = 0; n < 4; ++n)
      caf::anon_send(gateway, post_atom_v, request);
    // Now before the first answer, now among them.
    while (answered < before + i % 5)
      std::this_thread::yield();
    gateway = nullptr;
  }
}
