#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

namespace troupe::testing {

/// Where a proxy stands.
struct proxy_place {
  /// The namespace of the proxy; -1: that of this process.
  int network = -1;
  /// Its own IP address; connections that it makes come from there.
  std::string address;
  /// The hosts at both ends: what one of them connects to is the other one.
  std::array<std::string, 2> ends;
  /// Of the proxy and of both hosts.
  uint16_t port = 0;
};

/// The line of two hosts: passes on what they say to each other by TCP, late,
/// not at all for a while, or breaks their connections. Bytes that the kernel
/// has taken cannot get lost on a line, so a bad one stalls and breaks. One
/// thread.
class line_proxy {
public:
  /// Throws when it cannot listen.
  explicit line_proxy(proxy_place where);

  ~line_proxy();

  line_proxy(const line_proxy&) = delete;
  line_proxy& operator=(const line_proxy&) = delete;

  /// How late what is said from now on arrives.
  void delay(std::chrono::milliseconds time);

  /// Nothing is passed on while it holds.
  void hold(bool is_held);

  /// Breaks all connections, with what is under way.
  void reset();

  /// Connections so far, and those that `reset` has broken.
  uint64_t connections() const noexcept {
    return connections_;
  }
  uint64_t broken() const noexcept {
    return broken_;
  }

private:
  class worker;

  void wake();

  int wake_ = -1;
  std::atomic<int64_t> delay_ms_{0};
  std::atomic<bool> is_held_{false};
  std::atomic<int> resets_{0};
  std::atomic<bool> is_stopping_{false};
  std::atomic<uint64_t> connections_{0};
  std::atomic<uint64_t> broken_{0};
  std::thread thread_;
};

} // namespace troupe::testing
