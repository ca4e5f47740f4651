#include "tests/runtime/gateway/tcp_stub.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace troupe::testing {

namespace {

/// How long an end is not noticed.
constexpr int poll_ms = 20;

bool is_readable(int socket, const std::atomic<bool>& is_ending) {
  while (!is_ending) {
    pollfd x{socket, POLLIN, 0};
    if (::poll(&x, 1, poll_ms) > 0)
      return true;
  }
  return false;
}

} // namespace

tcp_stub::connection::connection(int socket, const std::atomic<bool>& is_ending)
  : socket_(socket), is_ending_(is_ending) {
  // nop
}

tcp_stub::connection::~connection() {
  ::close(socket_);
}

bool tcp_stub::connection::read(std::string& to) {
  char part[4096];
  if (!is_readable(socket_, is_ending_))
    return false;
  auto got = ::recv(socket_, part, sizeof(part), 0);
  if (got <= 0)
    return false;
  to.append(part, static_cast<size_t>(got));
  return true;
}

void tcp_stub::connection::write(const std::string& text) {
  static_cast<void>(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL));
}

tcp_stub::tcp_stub(server serve)
  : serve_(std::move(serve)),
    socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0
      || ::listen(socket_, 128) != 0
      || ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size)
           != 0)
    throw std::runtime_error("the stub does not listen");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread{[this] { run(); }};
}

tcp_stub::~tcp_stub() {
  is_ending_ = true;
  thread_.join();
  for (auto& x : servers_)
    x.join();
  ::close(socket_);
}

void tcp_stub::run() {
  while (is_readable(socket_, is_ending_)) {
    auto accepted = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0)
      continue;
    ++connections_;
    servers_.emplace_back([this, accepted] {
      connection x{accepted, is_ending_};
      serve_(x);
    });
  }
}

} // namespace troupe::testing
