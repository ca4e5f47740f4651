// A gateway whose certificate nobody vouches for gets no message, and no
// password.
#include <atomic>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <fmt/format.h>
#include <httplib.h>

#include "runtime/gateway/curl_gateway.hpp"
#include "tests/catch.hpp"
#include "tests/end_to_end/process.hpp"
#include "tests/scratch_directory.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

/// An HTTPS server that vouches for itself, and only as `name`.
struct shop {
  explicit shop(const std::string& name) {
    auto made = std::system(
      fmt::format("openssl req -x509 -newkey ec -pkeyopt "
                  "ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test "
                  "-addext subjectAltName={} -keyout {} -out {} 2>/dev/null",
                  name, key, certificate)
        .c_str());
    REQUIRE(made == 0);
    server.emplace(certificate.c_str(), key.c_str());
    server->Post("/", [this](const httplib::Request&, httplib::Response& to) {
      ++requests;
      to.set_content("taken", "text/plain");
    });
    port = server->bind_to_any_port("127.0.0.1");
    thread = std::thread{[this] { server->listen_after_bind(); }};
    REQUIRE(testing::eventually([&] { return server->is_running(); }, 60s));
  }

  ~shop() {
    server->stop();
    thread.join();
  }

  gateway_answer post(const std::string& authority) {
    caf::actor_system_config config;
    caf::actor_system system{config};
    auto gateway = spawn_curl_gateway(system);
    http_request request;
    request.method = "POST";
    request.url = fmt::format("https://127.0.0.1:{}/", port);
    request.access.timeout = 10s;
    request.access.connect_timeout = 5s;
    request.access.authority = authority;
    gateway_answer result;
    {
      caf::scoped_actor self{system};
      self->request(gateway, 30s, post_atom_v, request)
        .receive([&](gateway_answer& x) { result = std::move(x); },
                 [&](caf::error& why) { FAIL(what(why)); });
    }
    gateway = nullptr;
    return result;
  }

  scratch_directory dir;
  std::string key = dir.path("key.pem");
  std::string certificate = dir.path("certificate.pem");
  std::optional<httplib::SSLServer> server;
  std::atomic<int> requests{0};
  int port = 0;
  std::thread thread;
};

} // namespace

TEST_CASE("gateway: a certificate is believed if its authority is") {
  shop there{"IP:127.0.0.1"};
  auto refused = there.post("");
  CHECK(refused.code == 0);
  INFO(refused.text);
  CHECK(refused.text.find("certificate") != std::string::npos);
  CHECK(there.requests == 0);
  auto taken = there.post(there.certificate);
  INFO(taken.text);
  CHECK(taken.code == 200);
  CHECK(there.requests == 1);
}

TEST_CASE("gateway: a certificate of another name is none") {
  shop there{"DNS:elsewhere.example"};
  auto refused = there.post(there.certificate);
  CHECK(refused.code == 0);
  INFO(refused.text);
  CHECK(there.requests == 0);
}

TEST_CASE("gateway: an authority that cannot be read is said") {
  shop there{"IP:127.0.0.1"};
  auto refused = there.post("/nowhere/authority.pem");
  CHECK(refused.code == 0);
  CHECK(refused.text.find("authority.pem") != std::string::npos);
  CHECK(there.requests == 0);
}
