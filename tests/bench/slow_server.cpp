#include "tests/bench/slow_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

namespace troupe::bench {

namespace {

constexpr std::string_view answer =
  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// How late an answer may be, and how long an end is not noticed.
constexpr int poll_ms = 5;

size_t body_size(std::string_view head) {
  constexpr std::string_view name = "Content-Length: ";
  auto at = head.find(name);
  return at == head.npos
           ? 0
           : std::stoul(std::string{head.substr(at + name.size())});
}

} // namespace

slow_server::slow_server(std::chrono::milliseconds delay)
  : delay_(delay),
    listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)),
    poll_(::epoll_create1(EPOLL_CLOEXEC)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  epoll_event wanted{EPOLLIN, {.fd = listener_}};
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0
      || ::listen(listener_, 4096) != 0
      || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size)
           != 0
      || ::epoll_ctl(poll_, EPOLL_CTL_ADD, listener_, &wanted) != 0)
    throw std::runtime_error("the slow gateway does not listen");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread{[this] { run(); }};
}

slow_server::~slow_server() {
  is_ending_ = true;
  thread_.join();
  for (const auto& [connection, state] : connections_)
    ::close(connection);
  ::close(poll_);
  ::close(listener_);
}

std::string slow_server::url() const {
  return fmt::format("http://127.0.0.1:{}/", port_);
}

void slow_server::run() {
  std::array<epoll_event, 256> events;
  while (!is_ending_) {
    auto count = ::epoll_wait(poll_, events.data(), events.size(), poll_ms);
    for (int i = 0; i < count; ++i) {
      auto fd = events[static_cast<size_t>(i)].data.fd;
      if (fd == listener_)
        accept_all();
      else
        read(fd);
    }
    answer_due();
  }
}

void slow_server::accept_all() {
  for (;;) {
    auto connection =
      ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (connection < 0)
      return;
    int yes = 1;
    ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    connections_[connection].serial = ++serials_;
    epoll_event wanted{EPOLLIN, {.fd = connection}};
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, connection, &wanted);
  }
}

void slow_server::read(int connection) {
  auto& state = connections_[connection];
  char part[4096];
  auto got = ::recv(connection, part, sizeof part, 0);
  if (got == 0 || (got < 0 && errno != EAGAIN))
    return close(connection);
  if (got < 0)
    return;
  state.input.append(part, static_cast<size_t>(got));
  auto end = state.input.find("\r\n\r\n");
  if (end == state.input.npos)
    return;
  auto size =
    end + 4 + body_size(std::string_view{state.input}.substr(0, end + 2));
  if (state.input.size() < size)
    return;
  state.input.erase(0, size);
  ++waiting_;
  due_.push_back({clock::now() + delay_, connection, state.serial});
}

void slow_server::answer_due() {
  auto now = clock::now();
  for (; !due_.empty() && due_.front().at <= now; due_.pop_front()) {
    const auto& x = due_.front();
    --waiting_;
    auto i = connections_.find(x.connection);
    if (i == connections_.end() || i->second.serial != x.serial)
      continue;
    if (::send(x.connection, answer.data(), answer.size(), MSG_NOSIGNAL) > 0)
      ++answered_;
  }
}

void slow_server::close(int connection) {
  connections_.erase(connection);
  ::close(connection);
}

} // namespace troupe::bench
