#include "tests/end_to_end/network/line_connection.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace troupe::testing {

namespace {

/// A line takes in no more than this, so that who sends notices.
constexpr size_t stream_bytes_max = 1 << 20;
constexpr size_t read_bytes = 1 << 16;

bool may_come_later() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

} // namespace

line_connection::~line_connection() {
  for (auto x : ends_)
    if (x >= 0)
      close(x);
}

void line_connection::reset() {
  for (auto& x : ends_) {
    linger at_once{1, 0};
    setsockopt(x, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(x);
    x = -1;
  }
}

std::array<pollfd, 2> line_connection::wanted(line_clock::time_point now,
                                              bool is_held) const {
  std::array<pollfd, 2> result{pollfd{ends_[0], 0, 0}, pollfd{ends_[1], 0, 0}};
  if (is_connecting_) {
    result[0].fd = -1;
    result[1].events = POLLOUT;
    return result;
  }
  for (size_t i : {0, 1}) {
    const auto& from = streams_[i];
    const auto& to = streams_[1 - i];
    if (!from.has_ended && from.size < stream_bytes_max)
      result[i].events |= POLLIN;
    if (!to.chunks.empty() && to.chunks.front().due <= now)
      result[i].events |= POLLOUT;
    // Without a wish poll would still tell of the other end's hanging up.
    if (is_held || result[i].events == 0)
      result[i].fd = -1;
  }
  return result;
}

std::optional<line_clock::time_point> line_connection::next_due() const {
  std::optional<line_clock::time_point> result;
  for (const auto& x : streams_)
    if (!x.chunks.empty() && (!result || x.chunks.front().due < *result))
      result = x.chunks.front().due;
  return result;
}

bool line_connection::take(size_t from, line_clock::time_point now,
                           std::chrono::milliseconds delay) {
  auto& way = streams_[from];
  std::string bytes(read_bytes, '\0');
  auto got = read(ends_[from], bytes.data(), bytes.size());
  if (got < 0)
    return may_come_later();
  if (got == 0) {
    way.has_ended = true;
    return true;
  }
  bytes.resize(static_cast<size_t>(got));
  auto due = now + delay;
  // A line that gets faster changes no order.
  if (!way.chunks.empty())
    due = std::max(due, way.chunks.back().due);
  way.size += bytes.size();
  way.chunks.push_back({due, std::move(bytes)});
  return true;
}

bool line_connection::give(size_t from, line_clock::time_point now) {
  auto& way = streams_[from];
  auto to = ends_[1 - from];
  while (!way.chunks.empty() && way.chunks.front().due <= now) {
    auto& bytes = way.chunks.front().bytes;
    auto given = send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (given < 0)
      return may_come_later();
    way.size -= static_cast<size_t>(given);
    bytes.erase(0, static_cast<size_t>(given));
    if (bytes.empty())
      way.chunks.pop_front();
    else
      return true;
  }
  if (way.has_ended && way.chunks.empty() && !way.is_closed) {
    way.is_closed = true;
    shutdown(to, SHUT_WR);
  }
  return true;
}

bool line_connection::work(const std::array<pollfd, 2>& polled,
                           line_clock::time_point now,
                           std::chrono::milliseconds delay) {
  if (is_connecting_) {
    if (polled[1].revents == 0)
      return true;
    int failed = 0;
    socklen_t size = sizeof failed;
    getsockopt(ends_[1], SOL_SOCKET, SO_ERROR, &failed, &size);
    is_connecting_ = false;
    return failed == 0;
  }
  for (size_t i : {0, 1})
    if (polled[i].revents & (POLLERR | POLLNVAL))
      return false;
  for (size_t i : {0, 1})
    if ((polled[i].revents & (POLLIN | POLLHUP)) && !streams_[i].has_ended
        && !take(i, now, delay))
      return false;
  for (size_t i : {0, 1})
    if (!give(i, now))
      return false;
  return !streams_[0].is_closed || !streams_[1].is_closed;
}

} // namespace troupe::testing
