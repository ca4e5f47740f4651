// Who may talk to a node is decided here: by certificates of the authority, on
// both sides, and by what their OU says.
#include "runtime/link/tls_session.hpp"

#include <filesystem>
#include <fstream>
#include <random>

#include "tests/catch.hpp"
#include "tests/runtime/link/certificates.hpp"

using namespace troupe;
using namespace troupe::link;
using troupe::tests::certificates;

namespace {

std::shared_ptr<tls_context> load(const tls_settings& files) {
  auto result = tls_context::load(files);
  if (!result)
    FAIL(what(result.error()));
  return *result;
}

/// Two sessions, each with the network of the other.
struct pair {
  pair(tls_context& server_files, tls_context& client_files)
    : server(server_files.current(), side::server),
      client(client_files.current(), side::client) {}

  /// Lets all bytes arrive, `step` at a time.
  void pump(size_t step = 1000) {
    for (;;) {
      buffer to_server;
      buffer to_client;
      client.take_output(to_server);
      server.take_output(to_client);
      if (to_server.empty() && to_client.empty())
        return;
      give(server, to_server, at_server, server_problem, step);
      give(client, to_client, at_client, client_problem, step);
    }
  }

  static void give(tls_session& to, const buffer& bytes, std::string& plain,
                   std::string& problem, size_t step) {
    std::string_view all{bytes.data(), bytes.size()};
    for (size_t i = 0; i < all.size() && problem.empty(); i += step)
      problem = to.receive(all.substr(i, step), plain);
  }

  bool is_established() const {
    return server.is_established() && client.is_established()
           && server_problem.empty() && client_problem.empty();
  }

  tls_session server;
  tls_session client;
  std::string at_server;
  std::string at_client;
  std::string server_problem;
  std::string client_problem;
};

} // namespace

TEST_CASE("tls_session: both sides know who the other one is") {
  certificates pki;
  auto node = load(pki.of("node-1"));
  for (const auto* name : {"node-2", "worker", "admin", "reader"}) {
    auto other = load(pki.of(name));
    pair x{*node, *other};
    x.pump(1);
    REQUIRE(x.is_established());
    CHECK(x.server.common_name() == name);
    CHECK(to_string(x.server.role())
          == std::string{name}.substr(0, std::string{name}.find('-')));
    CHECK(x.client.role() == peer_role::node);
    CHECK(x.client.common_name() == "node-1");
    std::string large(300'000, 'x');
    x.client.send("hello");
    x.server.send(large);
    x.pump();
    CHECK(x.at_server == "hello");
    CHECK(x.at_client == large);
  }
}

TEST_CASE("tls_session: roles are one OU, exactly") {
  certificates pki;
  auto node = load(pki.of("node-1"));
  for (const auto* subject :
       {"/O=Troupe/CN=node-1", "/OU=Node/CN=x", "/OU=nodes/CN=x",
        "/OU=reader/OU=node/CN=x", "/OU=node/OU=node/CN=x"}) {
    INFO(subject);
    auto other = load(pki.make("x", subject));
    pair x{*node, *other};
    x.pump();
    REQUIRE(x.is_established());
    CHECK(x.server.role() == peer_role::none);
  }
}

TEST_CASE("tls_session: strangers are refused") {
  certificates pki;
  certificates others;
  auto node = load(pki.of("node-1"));
  SECTION("of another authority") {
    auto files = others.of("admin");
    files.authority = pki.path("authority.pem");
    auto stranger = load(files);
    pair x{*node, *stranger};
    x.pump();
    CHECK(x.server_problem.find("certificate is not accepted")
          != std::string::npos);
    CHECK(x.client_problem.find("alert") != std::string::npos);
    CHECK(x.at_server.empty());
  }
  SECTION("whose own authority is another one: the client refuses") {
    auto files = pki.of("admin");
    files.authority = others.path("authority.pem");
    auto stranger = load(files);
    pair x{*node, *stranger};
    x.pump();
    CHECK(x.client_problem.find("certificate is not accepted")
          != std::string::npos);
    CHECK_FALSE(x.server.is_established());
  }
  SECTION("past its time") {
    auto old = load(pki.make("old", "/OU=admin/CN=old", "-days -1"));
    pair x{*node, *old};
    x.pump();
    CHECK(x.server_problem
          == "its certificate is not accepted: certificate has expired");
  }
  SECTION("garbage") {
    std::mt19937 random{1};
    for (int run = 0; run < 200; ++run) {
      tls_session server{node->current(), side::server};
      std::string bytes(1 + random() % 600, '\0');
      for (auto& c : bytes)
        c = static_cast<char>(random());
      std::string plain;
      server.receive(bytes, plain);
      CHECK(plain.empty());
      CHECK_FALSE(server.is_established());
    }
  }
  SECTION("a header of CAF's protocol, in the clear") {
    tls_session server{node->current(), side::server};
    std::string plain;
    CHECK(server.receive(std::string(32, '\xff'), plain).starts_with("TLS: "));
  }
}

TEST_CASE("tls_context: changed files are taken without a restart") {
  namespace fs = std::filesystem;
  certificates pki;
  certificates fresh;
  auto files = pki.of("node-1");
  auto node = load(files);
  auto first = node->current();
  CHECK(node->current() == first);
  auto replace = [&](const std::string& name) {
    fs::copy_file(fresh.path(name), pki.path(name + ".new"));
    fs::rename(pki.path(name + ".new"), pki.path(name));
  };
  // Half of it: the key does not fit. Those that come meanwhile are served.
  replace("node-1.pem");
  CHECK(node->current() == first);
  CHECK(node->take_problem().find("tls.key") != std::string::npos);
  CHECK(node->current() == first);
  CHECK(node->take_problem() == "");
  replace("node-1.key");
  replace("authority.pem");
  CHECK(node->current() != first);
  CHECK(node->take_problem() == "");
  auto client = load(fresh.of("worker"));
  pair x{*node, *client};
  x.pump();
  CHECK(x.is_established());
}

TEST_CASE("tls_context: what is wrong with the files is said") {
  certificates pki;
  auto problem = [](const tls_settings& files) {
    auto x = tls_context::load(files);
    return x ? std::string{} : what(x.error());
  };
  auto files = pki.of("node-1");
  files.key = pki.path("worker.key");
  CHECK(problem(files).find("tls.key '" + files.key) != std::string::npos);
  files = pki.of("node-1");
  files.authority = "/nowhere";
  CHECK(problem(files).find("tls.authority '/nowhere'") != std::string::npos);
  files = pki.of("node-1");
  std::ofstream{pki.path("empty")};
  files.certificate = pki.path("empty");
  CHECK(problem(files).find("tls.certificate") != std::string::npos);
}
