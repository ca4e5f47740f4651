#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include "runtime/link/connect.hpp"
#include "runtime/link/hub.hpp"
#include "runtime/link/listener.hpp"
#include "runtime/network.hpp"
#include "tests/catch.hpp"

/// Actor systems of one program that talk as if they were processes.
namespace troupe::tests {

inline bool eventually(const std::function<bool()>& done,
                       std::chrono::milliseconds bound = std::chrono::seconds{
                         10}) {
  auto end = std::chrono::steady_clock::now() + bound;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

inline link::hub_config a_node(uint32_t id, const tls_settings& tls = {}) {
  link::hub_config result;
  result.kind = link::party::node;
  result.node_id = id;
  result.tls = tls;
  return result;
}

inline link::hub_config a_client(const tls_settings& tls = {}) {
  link::hub_config result;
  result.tls = tls;
  return result;
}

/// One of them.
class linked_process {
public:
  explicit linked_process(link::hub_config x) {
    configure_network(config_);
    config_.set("scheduler.max-threads", 2u);
    system_ = std::make_unique<caf::actor_system>(config_);
    x.report = [this](log_level, std::string_view event,
                      const std::vector<log_field>& facts) {
      auto line = std::string{event};
      for (const auto& [name, value] : facts)
        line += fmt::format(" {}={}", name, value);
      std::lock_guard guard{mutex_};
      reports_.push_back(line);
    };
    auto made = link::hub::make(*system_, std::move(x));
    if (!made)
      FAIL(what(made.error()));
    links = *made;
    reach = system_->spawn(link::connector, links);
  }

  ~linked_process() {
    for (auto& x : mine_)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    caf::anon_send_exit(reach, caf::exit_reason::kill);
    links->close();
    mine_.clear();
    links = nullptr;
    reach = nullptr;
    system_ = nullptr;
  }

  linked_process(const linked_process&) = delete;
  linked_process& operator=(const linked_process&) = delete;

  caf::actor_system& system() {
    return *system_;
  }

  /// An actor that ends with this, at the latest.
  template <class F, class... Ts>
  caf::actor spawn(F f, Ts&&... xs) {
    mine_.push_back(system_->spawn(f, std::forward<Ts>(xs)...));
    return mine_.back();
  }

  /// Listens; others find `door` first.
  std::string publish(const caf::actor& door) {
    links->set_door(caf::actor_cast<caf::strong_actor_ptr>(door));
    auto port = link::listen(links, "127.0.0.1", 0);
    if (!port)
      FAIL(what(port.error()));
    port_ = *port;
    return fmt::format("127.0.0.1:{}", *port);
  }

  uint16_t port() const {
    return port_;
  }

  template <class Result, class Handle, class... Ts>
  caf::expected<Result> ask(const Handle& whom, Ts&&... xs) {
    caf::scoped_actor self{*system_};
    caf::expected<Result> result = caf::sec::request_timeout;
    self->request(whom, std::chrono::seconds{20}, std::forward<Ts>(xs)...)
      .receive([&](Result& x) { result = std::move(x); },
               [&](caf::error& why) { result = std::move(why); });
    return result;
  }

  caf::expected<caf::strong_actor_ptr> find(const std::string& address) {
    return ask<caf::strong_actor_ptr>(reach, caf::connect_atom_v, address);
  }

  /// What is published there.
  caf::actor connect(const std::string& address) {
    auto found = find(address);
    if (!found)
      FAIL(what(found.error()));
    return caf::actor_cast<caf::actor>(*found);
  }

  std::string refusal(const std::string& address) {
    auto found = find(address);
    return found ? "" : what(found.error());
  }

  /// Whether such a line comes, or was there.
  bool reports(const std::string& part) {
    return eventually([&] {
      std::lock_guard guard{mutex_};
      for (const auto& x : reports_)
        if (x.find(part) != std::string::npos)
          return true;
      return false;
    });
  }

  std::string all_reports() {
    std::lock_guard guard{mutex_};
    return fmt::format("{}", fmt::join(reports_, "\n"));
  }

  std::shared_ptr<link::hub> links;
  connector_actor reach;

private:
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  std::vector<caf::actor> mine_;
  std::mutex mutex_;
  std::vector<std::string> reports_;
  uint16_t port_ = 0;
};

/// The network thread of a process stands still, as by SIGSTOP.
class standstill {
public:
  explicit standstill(linked_process& x) {
    auto stands = std::make_shared<std::promise<void>>();
    auto until = go_on_.get_future().share();
    auto waits = stands->get_future();
    x.system().middleman().run_later([stands, until] {
      stands->set_value();
      until.wait();
    });
    waits.wait();
  }

  ~standstill() {
    go_on_.set_value();
  }

private:
  std::promise<void> go_on_;
};

} // namespace troupe::tests
