#include "tests/runtime/gateway/http_stub.hpp"

#include <utility>

#include <fmt/format.h>

namespace troupe::testing {

namespace {

/// Bytes of the body, by its header.
size_t body_size(const std::string& head) {
  auto at = head.find("Content-Length: ");
  return at == head.npos ? 0 : std::stoul(head.substr(at + 16));
}

} // namespace

http_stub::http_stub(answerer answer)
  : answer_(std::move(answer)), server_([this](auto& x) { serve(x); }) {
  // nop
}

std::string http_stub::url(const std::string& path) const {
  return fmt::format("http://127.0.0.1:{}{}", server_.port(), path);
}

std::vector<std::string> http_stub::requests() const {
  std::lock_guard guard{mutex_};
  return requests_;
}

void http_stub::serve(tcp_stub::connection& x) {
  std::string input;
  while (x.read(input)) {
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
    x.write(answer);
  }
}

std::string http_answer(int status, const std::string& body,
                        const std::string& headers) {
  return fmt::format("HTTP/1.1 {} Some\r\nContent-Length: {}\r\n{}\r\n{}",
                     status, body.size(), headers, body);
}

} // namespace troupe::testing
