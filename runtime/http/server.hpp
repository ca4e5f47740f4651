#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include "actors/protocol/interfaces.hpp"
#include "config/settings.hpp"
#include "runtime/connector.hpp"

namespace troupe::http {

/// A token that has fewer is none.
inline constexpr size_t token_bytes_min = 16;

/// What a server is made with.
struct server_config {
  http_settings http;
  uint32_t node_id = 1;
  /// All empty: plain HTTP.
  tls_settings tls;
  /// The console's token; empty: it shows, on loopback, and changes nothing.
  std::string token;
  node_actor node;
  /// How it reaches other nodes; null: a single node.
  connector_actor connector = {};
};

/// Serves the console (`/`, `/api/`), metrics (`/metrics`) and health
/// (`/healthz`: the process lives; `/readyz`: the node serves) on threads of
/// its own, and asks the node as any client does. README.md has the paths.
class server {
public:
  /// Listens. Error: `invalid_argument` or `not_available`, with what to do.
  static caf::expected<std::unique_ptr<server>> start(caf::actor_system& system,
                                                      server_config config);

  /// Ends all connections and waits for its threads.
  virtual ~server() = default;
};

} // namespace troupe::http
