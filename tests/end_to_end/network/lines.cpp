// A proxy that loses or mixes up bytes would be blamed on the nodes; one that
// does not delay, hold or break anything would test nothing.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "tests/catch.hpp"
#include "tests/end_to_end/network/line_proxy.hpp"
#include "tests/end_to_end/process.hpp"

using namespace troupe::testing;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

/// A socket that goes with this.
struct tcp_socket {
  explicit tcp_socket(int accepted) : fd(accepted) {}

  tcp_socket(const std::string& ip, uint16_t port)
    : fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    auto at = address(ip, port);
    REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
  }

  ~tcp_socket() {
    close(fd);
  }

  tcp_socket(const tcp_socket&) = delete;
  tcp_socket& operator=(const tcp_socket&) = delete;

  static sockaddr_in address(const std::string& ip, uint16_t port) {
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = htons(port);
    inet_pton(AF_INET, ip.c_str(), &result.sin_addr);
    return result;
  }

  void say(const std::string& text) const {
    REQUIRE(send(fd, text.data(), text.size(), MSG_NOSIGNAL)
            == static_cast<ssize_t>(text.size()));
  }

  bool hears_within(milliseconds time) const {
    pollfd it{fd, POLLIN, 0};
    return poll(&it, 1, static_cast<int>(time.count())) == 1;
  }

  /// The next `size` bytes, fewer at the end; errno is 0 or why there are none.
  std::string hear(size_t size) const {
    std::string result;
    errno = 0;
    while (result.size() < size && hears_within(10s)) {
      char some[4096];
      auto got = recv(fd, some, std::min(sizeof some, size - result.size()), 0);
      if (got <= 0)
        break;
      result.append(some, static_cast<size_t>(got));
    }
    return result;
  }

  int fd;
};

/// One host has connected to the other one, through a proxy.
struct talk {
  talk() {
    REQUIRE(listen(listener.fd, 8) == 0);
    auto at = tcp_socket::address("127.0.0.23", port);
    REQUIRE(connect(first.fd, reinterpret_cast<sockaddr*>(&at), sizeof at)
            == 0);
    REQUIRE(poll_listener());
    second = std::make_unique<tcp_socket>(
      accept4(listener.fd, nullptr, nullptr, SOCK_CLOEXEC));
  }

  bool poll_listener() const {
    return listener.hears_within(10s);
  }

  uint16_t port = free_port();
  line_proxy line{{-1, "127.0.0.23", {"127.0.0.2", "127.0.0.3"}, port}};
  tcp_socket listener{"127.0.0.3", port};
  tcp_socket first{"127.0.0.2", 0};
  std::unique_ptr<tcp_socket> second;
};

} // namespace

TEST_CASE("a line passes on all bytes, both ways, and the end") {
  talk x;
  std::string much;
  for (int i = 0; much.size() < 500'000; ++i)
    much += std::to_string(i);
  x.second->say("answer");
  x.first.say(much);
  CHECK(x.second->hear(much.size()) == much);
  CHECK(x.first.hear(6) == "answer");
  x.first.say("last");
  shutdown(x.first.fd, SHUT_WR);
  CHECK(x.second->hear(100) == "last");
  CHECK(errno == 0);
  // Half of it goes on.
  x.second->say("still here");
  CHECK(x.first.hear(10) == "still here");
}

TEST_CASE("a line delays, holds, and is well again") {
  talk x;
  x.line.delay(150ms);
  // In order also when the line gets faster meanwhile.
  auto begun = std::chrono::steady_clock::now();
  x.first.say("slow");
  CHECK(x.second->hear(1) == "s");
  CHECK(std::chrono::steady_clock::now() - begun >= 150ms);
  x.line.delay(0ms);
  x.first.say("fast");
  CHECK(x.second->hear(7) == "lowfast");
  x.line.hold(true);
  x.first.say("held");
  CHECK_FALSE(x.second->hears_within(100ms));
  x.line.hold(false);
  CHECK(x.second->hear(4) == "held");
}

TEST_CASE("a line breaks the connections that there are") {
  talk x;
  x.first.say("hello");
  CHECK(x.second->hear(5) == "hello");
  x.line.reset();
  CHECK(x.second->hear(1) == "");
  CHECK(errno == ECONNRESET);
  CHECK(x.first.hear(1) == "");
  CHECK(errno == ECONNRESET);
  CHECK(x.line.broken() == 1);
  // A new one is a new one.
  tcp_socket again{"127.0.0.2", 0};
  auto at = tcp_socket::address("127.0.0.23", x.port);
  REQUIRE(connect(again.fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
  CHECK(x.poll_listener());
}

TEST_CASE("who connects to nobody is told by a reset") {
  auto port = free_port();
  line_proxy line{{-1, "127.0.0.23", {"127.0.0.2", "127.0.0.3"}, port}};
  tcp_socket first{"127.0.0.2", 0};
  auto at = tcp_socket::address("127.0.0.23", port);
  REQUIRE(connect(first.fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
  CHECK(first.hear(1) == "");
  CHECK(errno == ECONNRESET);
}
