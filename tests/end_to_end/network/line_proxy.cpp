#include "tests/end_to_end/network/line_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <future>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "tests/end_to_end/network/line_connection.hpp"

namespace troupe::testing {

namespace {

using std::chrono::milliseconds;

sockaddr_in make_address(const std::string& ip, uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  if (inet_pton(AF_INET, ip.c_str(), &result.sin_addr) != 1)
    throw std::runtime_error("no address: " + ip);
  return result;
}

/// A socket at an address of ours.
int make_socket(const std::string& ip, uint16_t port) {
  auto result = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int yes = 1;
  setsockopt(result, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  setsockopt(result, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  auto address = make_address(ip, port);
  if (bind(result, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error(
      fmt::format("no socket at {}:{}: {}", ip, port, std::strerror(errno)));
  return result;
}

} // namespace

/// What the thread does.
class line_proxy::worker {
public:
  worker(line_proxy& line, proxy_place where)
    : line_(line), where_(std::move(where)) {
    if (where_.network >= 0 && setns(where_.network, CLONE_NEWNET) != 0)
      throw std::runtime_error("a proxy cannot enter its network");
    listener_ = make_socket(where_.address, where_.port);
    if (listen(listener_, 64) != 0)
      throw std::runtime_error("a proxy cannot listen");
  }

  ~worker() {
    if (listener_ >= 0)
      close(listener_);
  }

  void run() {
    while (!line_.is_stopping_) {
      auto polled = poll_all();
      break_some();
      auto now = line_clock::now();
      milliseconds delay{line_.delay_ms_};
      for (size_t i = 0; i < open_.size() && !line_.is_held_; ++i)
        // Those that were broken meanwhile are gone.
        if (open_[i]
            && !open_[i]->work({polled[2 + 2 * i], polled[3 + 2 * i]}, now,
                               delay)) {
          open_[i]->reset();
          open_[i].reset();
        }
      std::erase(open_, nullptr);
      if (polled[1].revents != 0)
        accept_one();
    }
  }

private:
  std::vector<pollfd> poll_all() {
    std::vector<pollfd> result{{line_.wake_, POLLIN, 0},
                               {listener_, POLLIN, 0}};
    auto now = line_clock::now();
    bool is_held = line_.is_held_;
    auto wait = milliseconds{-1};
    for (const auto& x : open_) {
      for (auto y : x->wanted(now, is_held))
        result.push_back(y);
      auto due = x->next_due();
      if (!due || is_held || *due <= now)
        continue;
      auto left = std::chrono::ceil<milliseconds>(*due - now);
      if (wait < milliseconds{0} || left < wait)
        wait = left;
    }
    poll(result.data(), result.size(), static_cast<int>(wait.count()));
    if (result[0].revents != 0) {
      uint64_t ignored = 0;
      [[maybe_unused]] auto got = read(line_.wake_, &ignored, sizeof ignored);
    }
    return result;
  }

  void break_some() {
    if (line_.resets_.exchange(0) == 0)
      return;
    for (auto& x : open_) {
      ++line_.broken_;
      x->reset();
      x.reset();
    }
  }

  void accept_one() {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    auto accepted = accept4(listener_, reinterpret_cast<sockaddr*>(&peer),
                            &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted < 0)
      return;
    int yes = 1;
    setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    auto first = make_address(where_.ends[0], 0);
    auto is_first = peer.sin_addr.s_addr == first.sin_addr.s_addr;
    auto target = make_address(where_.ends[is_first ? 1 : 0], where_.port);
    auto connecting = make_socket(where_.address, 0);
    connect(connecting, reinterpret_cast<sockaddr*>(&target), sizeof target);
    open_.push_back(std::make_unique<line_connection>(accepted, connecting));
    ++line_.connections_;
  }

  line_proxy& line_;
  proxy_place where_;
  int listener_ = -1;
  std::vector<std::unique_ptr<line_connection>> open_;
};

line_proxy::line_proxy(proxy_place where)
  : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  std::promise<void> listens;
  thread_ = std::thread{[this, where, &listens] {
    std::unique_ptr<worker> it;
    try {
      it = std::make_unique<worker>(*this, where);
    } catch (...) {
      listens.set_exception(std::current_exception());
      return;
    }
    listens.set_value();
    it->run();
  }};
  try {
    listens.get_future().get();
  } catch (...) {
    thread_.join();
    close(wake_);
    throw;
  }
}

line_proxy::~line_proxy() {
  is_stopping_ = true;
  wake();
  thread_.join();
  close(wake_);
}

void line_proxy::wake() {
  uint64_t one = 1;
  [[maybe_unused]] auto given = write(wake_, &one, sizeof one);
}

void line_proxy::delay(milliseconds time) {
  delay_ms_ = time.count();
  wake();
}

void line_proxy::hold(bool is_held) {
  is_held_ = is_held;
  wake();
}

void line_proxy::reset() {
  ++resets_;
  wake();
}

} // namespace troupe::testing
