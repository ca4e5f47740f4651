#include "tests/runtime/gateway/http_stub.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include <fmt/format.h>

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

/// Bytes of the body, by its header.
size_t body_size(const std::string& head) {
  auto at = head.find("Content-Length: ");
  return at == head.npos ? 0 : std::stoul(head.substr(at + 16));
}

} // namespace

http_stub::http_stub(answerer answer)
  : answer_(std::move(answer)),
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

http_stub::~http_stub() {
  is_ending_ = true;
  thread_.join();
  for (auto& x : servers_)
    x.join();
  ::close(socket_);
}

std::string http_stub::url(const std::string& path) const {
  return fmt::format("http://127.0.0.1:{}{}", port_, path);
}

std::vector<std::string> http_stub::requests() const {
  std::lock_guard guard{mutex_};
  return requests_;
}

void http_stub::run() {
  while (is_readable(socket_, is_ending_)) {
    auto connection = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0)
      continue;
    ++connections_;
    servers_.emplace_back([this, connection] {
      serve(connection);
      ::close(connection);
    });
  }
}

void http_stub::serve(int connection) {
  std::string input;
  char part[4096];
  while (is_readable(connection, is_ending_)) {
    auto got = ::recv(connection, part, sizeof(part), 0);
    if (got <= 0)
      return;
    input.append(part, static_cast<size_t>(got));
    auto end = input.find("\r\n\r\n");
    if (end == input.npos)
      continue;
    auto size = end + 4 + body_size(input.substr(0, end + 2));
    if (input.size() < size)
      continue;
    auto request = input.substr(0, size);
    input.erase(0, size);
    {
      std::lock_guard guard{mutex_};
      requests_.push_back(request);
    }
    auto answer = answer_(request);
    if (answer.empty())
      return;
    static_cast<void>(
      ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL));
  }
}

std::string http_answer(int status, const std::string& body,
                        const std::string& headers) {
  return fmt::format("HTTP/1.1 {} Some\r\nContent-Length: {}\r\n{}\r\n{}",
                     status, body.size(), headers, body);
}

} // namespace troupe::testing
