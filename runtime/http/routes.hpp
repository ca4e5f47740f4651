#pragma once

#include <memory>
#include <string>

#include <caf/actor_system.hpp>
#include <httplib.h>

#include "runtime/http/board.hpp"
#include "runtime/http/console_api.hpp"
#include "runtime/http/neighbours.hpp"
#include "runtime/http/server.hpp"
#include "runtime/http/session_book.hpp"

namespace troupe::http {

/// What is served at which path, and to whom.
class routes {
public:
  routes(caf::actor_system& system, server_config config);

  /// `host`: where it listens.
  void add_to(httplib::Server& to, const std::string& host, bool is_encrypted);

  /// Lets go whoever waits.
  void close();

private:
  using request = httplib::Request;
  using response = httplib::Response;

  void add_health(httplib::Server& to);
  void add_pages(httplib::Server& to);
  void add_session(httplib::Server& to, bool is_encrypted);
  void add_views(httplib::Server& to);
  void add_actions(httplib::Server& to);

  /// Who asks; none: nobody that signed in.
  std::optional<session> session_of(const request& x);
  /// Whether it may see the console's data; says so if not.
  bool may_look(const request& x, response& to);
  /// Whether it may change something, and wants to: the page that asks is ours.
  bool may_change(const request& x, response& to);
  void watch(const request& x, response& to);

  /// Answers with what `work` says, as JSON.
  void answer(response& to, const caf::expected<boost::json::object>& x);

  caf::actor_system& system_;
  const server_config config_;
  const console_api api_;
  neighbours neighbours_;
  /// Of this port: cookies are sent to all ports of a host.
  const std::string cookie_;
  session_book sessions_;
  board board_;
};

} // namespace troupe::http
