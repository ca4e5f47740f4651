#include "runtime/http/server.hpp"

#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "config/host_port.hpp"
#include "runtime/http/bounded_pool.hpp"
#include "runtime/http/routes.hpp"

namespace troupe::http {

namespace {

/// Beside those that watch: for everything else.
constexpr size_t threads_spare = 8;
constexpr size_t connections_waiting_max = 64;
constexpr size_t body_bytes_max = 64 * 1024;
constexpr std::chrono::seconds io_bound{5};

class http_server : public server {
public:
  http_server(std::unique_ptr<httplib::Server> impl, caf::actor_system& system,
              server_config config)
    : impl_(std::move(impl)), routes_(system, std::move(config)) {
    // nop
  }

  ~http_server() override {
    routes_.close();
    impl_->stop();
    if (thread_.joinable())
      thread_.join();
  }

  caf::error listen(const http_settings& settings, bool is_encrypted) {
    auto at = parse_host_port(settings.address);
    if (!at)
      return make_error(ec::invalid_argument,
                        fmt::format("'{}' is no host:port", settings.address));
    auto& to = *impl_;
    auto threads = settings.watchers_max + threads_spare;
    to.new_task_queue = [threads] {
      return new bounded_pool(threads, connections_waiting_max);
    };
    to.set_read_timeout(io_bound);
    to.set_write_timeout(io_bound);
    to.set_keep_alive_timeout(io_bound.count());
    to.set_payload_max_length(body_bytes_max);
    to.set_tcp_nodelay(true);
    // Not the library's own, by which two programs could share a port.
    to.set_socket_options([](socket_t socket) {
      int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    });
    routes_.add_to(to, at->host, is_encrypted);
    if (!to.bind_to_port(at->host, at->port))
      return make_error(ec::not_available,
                        fmt::format("cannot listen on {}: another program "
                                    "does, or the address is none of this "
                                    "machine (http.address)",
                                    settings.address));
    thread_ = std::thread{[this] {
      impl_->listen_after_bind();
      has_ended_ = true;
    }};
    // Before that a stop would be overlooked.
    while (!impl_->is_running() && !has_ended_)
      std::this_thread::yield();
    return caf::none;
  }

private:
  std::unique_ptr<httplib::Server> impl_;
  routes routes_;
  std::atomic<bool> has_ended_{false};
  std::thread thread_;
};

} // namespace

caf::expected<std::unique_ptr<server>> server::start(caf::actor_system& system,
                                                     server_config config) {
  auto is_encrypted = config.tls != tls_settings{};
  auto settings = config.http;
  std::unique_ptr<httplib::Server> impl;
  if (is_encrypted) {
    auto made = std::make_unique<httplib::SSLServer>(
      config.tls.certificate.c_str(), config.tls.key.c_str());
    if (!made->is_valid())
      return make_error(ec::invalid_argument,
                        fmt::format("HTTPS: {} and {} are no certificate and "
                                    "its key",
                                    config.tls.certificate, config.tls.key));
    impl = std::move(made);
  } else {
    impl = std::make_unique<httplib::Server>();
  }
  auto result =
    std::make_unique<http_server>(std::move(impl), system, std::move(config));
  if (auto failed = result->listen(settings, is_encrypted))
    return failed;
  return std::unique_ptr<server>{std::move(result)};
}

} // namespace troupe::http
