// Who may not talk to a node, and what must not reach it: each is refused,
// named in the log with its address, and the node goes on.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>

#include <caf/event_based_actor.hpp>

#include "tests/runtime/link/certificates.hpp"
#include "tests/runtime/link/two_processes.hpp"

using namespace troupe;
using namespace troupe::link;
using namespace troupe::tests;

namespace {

caf::behavior echo(caf::event_based_actor*) {
  return {[](const std::string& x) { return x; }};
}

/// Bytes to a port, without any protocol.
class raw_peer {
public:
  explicit raw_peer(uint16_t port)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in x = {};
    x.sin_family = AF_INET;
    x.sin_port = htons(port);
    x.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&x), sizeof(x)) != 0)
      FAIL("no connection");
    timeval bound{10, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof(bound));
  }

  ~raw_peer() {
    ::close(socket_);
  }

  raw_peer(const raw_peer&) = delete;
  raw_peer& operator=(const raw_peer&) = delete;

  void say(std::string_view bytes) const {
    static_cast<void>(
      ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }

  void say(const buffer& x) const {
    say(std::string_view{x.data(), x.size()});
  }

  /// All that comes until the other side closes.
  std::string rest() const {
    std::string result;
    char part[4096];
    for (;;) {
      auto got = ::recv(socket_, part, sizeof(part), 0);
      if (got <= 0)
        return result;
      result.append(part, static_cast<size_t>(got));
    }
  }

  std::string address() const {
    sockaddr_in x = {};
    socklen_t size = sizeof(x);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&x), &size);
    return fmt::format("127.0.0.1:{}", ntohs(x.sin_port));
  }

private:
  int socket_;
};

hello a_stranger() {
  hello x;
  x.process = std::string(40, 'A') + "#77";
  return x;
}

bool answers(linked_process& node, const tls_settings& tls = {}) {
  linked_process friendly{a_client(tls)};
  auto door = friendly.connect(fmt::format("127.0.0.1:{}", node.port()));
  return friendly.ask<std::string>(door, std::string{"hi"}) == "hi";
}

} // namespace

TEST_CASE("link: garbage on the port is refused, and the node goes on") {
  linked_process node{a_node(1)};
  node.publish(node.spawn(echo));
  auto refused = [&](const std::string& bytes, const std::string& why) {
    INFO(why);
    raw_peer peer{node.port()};
    peer.say(bytes);
    peer.rest();
    CHECK(node.reports(fmt::format("connection refused address={} why={}",
                                   peer.address(), why)));
  };
  refused("GET / HTTP/1.1\r\n\r\n", "a frame of the unknown kind 47");
  // CAF's own protocol: a handshake that claims 4 GB.
  refused(std::string{"\x01\0\0\0\xff\xff\xff\xff", 8} + std::string(24, '\0'),
          "a frame of the unknown kind 255");
  refused(std::string{"\xff\xff\xff\xff\x01", 5} + std::string(100, 'x'),
          "a hello of 4294967295 bytes before hello; at most 1024");
  refused(std::string{"\x16\x03\x01\x02\0\x01", 6}, "it speaks TLS");
  auto newer = encode(a_stranger());
  newer[5] = 9;
  newer[7] = 9;
  auto frame = make_frame(frame_kind::hello, newer);
  refused({frame.begin(), frame.end()},
          "it speaks versions 9 to 9 of the protocol");
  CHECK(node.links->metrics().refused_garbage == 4);
  CHECK(node.links->metrics().refused_other == 1);
  std::mt19937 random{1};
  for (int i = 0; i < 50; ++i) {
    raw_peer peer{node.port()};
    std::string bytes(1 + random() % 3000, '\0');
    for (auto& c : bytes)
      c = static_cast<char>(random());
    peer.say(bytes);
  }
  CHECK(answers(node));
}

TEST_CASE("link: what a peer must not say after hello") {
  linked_process node{a_node(1)};
  node.publish(node.spawn(echo));
  auto refused = [&](const buffer& bytes, const std::string& why) {
    INFO(why);
    raw_peer peer{node.port()};
    peer.say(make_frame(frame_kind::hello, encode(a_stranger())));
    peer.say(bytes);
    peer.rest();
    CHECK(node.reports(
      fmt::format("link lost address={} why={}", peer.address(), why)));
  };
  refused(make_frame(frame_kind::message, "no message"),
          "a message that cannot be read");
  refused(make_frame(frame_kind::message), "a message that cannot be read");
  refused(make_frame(frame_kind::monitor, "x"),
          "a monitor that cannot be read");
  refused(make_frame(frame_kind::down, "x"), "a down that cannot be read");
  refused(make_frame(frame_kind::credit, std::string(8, '\1')),
          "it takes more than it was sent");
  refused(make_frame(frame_kind::credit, "x"),
          "it takes more than it was sent");
  refused(make_frame(frame_kind::hello, encode(a_stranger())),
          "it says hello again");
  CHECK(node.links->metrics().refused_garbage == 7);
  refused(make_frame(frame_kind::bye, "so long"), "it says: so long");
  CHECK(node.links->metrics().refused_garbage == 7);
  CHECK(node.links->metrics().opened == 8);
  auto huge = make_frame(frame_kind::message);
  huge[0] = '\x7f';
  refused(huge, "a message of 2130706432 bytes; at most 16777216");
  // Messages of random content, whole frames: none of them harms.
  std::mt19937 random{1};
  for (int i = 0; i < 200; ++i) {
    raw_peer peer{node.port()};
    peer.say(make_frame(frame_kind::hello, encode(a_stranger())));
    std::string bytes(random() % 400, '\0');
    for (auto& c : bytes)
      c = static_cast<char>(random() % 3 == 0 ? random() : random() % 4);
    peer.say(make_frame(static_cast<frame_kind>(2 + random() % 7), bytes));
  }
  CHECK(answers(node));
}

TEST_CASE("link: certificates, roles and clusters that do not fit") {
  certificates pki;
  certificates others;
  linked_process node{a_node(1, pki.of("node-1"))};
  auto address = node.publish(node.spawn(echo));
  node.links->set_cluster_id(uuid{1, 1});
  auto refused = [&](hub_config config, const std::string& at_client,
                     const std::string& at_node, uuid cluster = {}) {
    linked_process client{std::move(config)};
    client.links->set_cluster_id(cluster);
    auto why = client.refusal(address);
    INFO(why);
    CHECK(why.find(address + " is not reached: " + at_client)
          != std::string::npos);
    if (!at_node.empty()) {
      INFO(node.all_reports());
      CHECK(node.reports(at_node));
    }
  };
  SECTION("no certificate") {
    refused(a_client(), "", "TLS: ");
  }
  SECTION("of another authority") {
    auto files = others.of("admin");
    files.authority = pki.path("authority.pem");
    refused(a_client(files), "TLS: ",
            "its certificate is not accepted: unable to get local issuer");
    CHECK(node.links->metrics().refused_tls == 1);
  }
  SECTION("a node of another authority") {
    auto files = pki.of("admin");
    files.authority = others.path("authority.pem");
    refused(a_client(files), "its certificate is not accepted", "TLS: ");
  }
  SECTION("no role") {
    refused(a_client(pki.make("boss", "/OU=boss/CN=boss")),
            "it says: refused: its certificate gives it no role",
            "why=its certificate gives it no role");
    CHECK(node.links->metrics().refused_other == 1);
    CHECK(node.links->metrics().refused_tls == 0);
  }
  SECTION("a worker that says it is a node") {
    refused(a_node(2, pki.of("worker")),
            "it says: refused: a node needs a certificate with OU=node",
            "a node needs a certificate with OU=node, and its one has "
            "OU=worker");
  }
  SECTION("another cluster") {
    refused(a_node(2, pki.of("node-2")), "it says: refused: it is of cluster",
            "why=it is of cluster 00000000000000020000000000000002, this one "
            "is of 00000000000000010000000000000001",
            uuid{2, 2});
  }
  SECTION("what listens there is no node") {
    linked_process other{a_node(2, pki.of("worker"))};
    auto there = other.publish(other.spawn(echo));
    linked_process client{a_client(pki.of("admin"))};
    CHECK(client.refusal(there).find("it shows a certificate with OU=worker")
          != std::string::npos);
  }
  CHECK(answers(node, pki.of("reader")));
}

TEST_CASE("link: without certificates it goes to this machine only") {
  linked_process x{a_client()};
  CHECK(x.refusal("192.0.2.1:4160").find("192.0.2.1:4160 is another machine")
        != std::string::npos);
  CHECK(x.refusal("nonsense").find("is no host:port") != std::string::npos);
  CHECK(x.refusal("127.0.0.1:1")
        == "not_available: 127.0.0.1:1 is not reached: nobody answers there, "
           "or it was closed at once");
}

TEST_CASE("link: strangers that say nothing are few, and not for long") {
  auto config = a_node(1);
  config.bounds.silence = std::chrono::milliseconds{300};
  config.bounds.hello_timeout = std::chrono::milliseconds{500};
  config.bounds.strangers_max = 3;
  linked_process node{config};
  node.publish(node.spawn(echo));
  std::vector<std::unique_ptr<raw_peer>> peers;
  for (int i = 0; i < 5; ++i)
    peers.push_back(std::make_unique<raw_peer>(node.port()));
  CHECK(node.reports("why=there are too many"));
  for (auto& x : peers)
    CHECK(x->rest() == "");
  CHECK(node.reports("it has not said who it is in time"));
  CHECK(answers(node));
}
