#pragma once

#include <memory>

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>

#include "actors/consumer/handler.hpp"
#include "actors/protocol/interfaces.hpp"
#include "config/settings.hpp"
#include "runtime/data_directory.hpp"

namespace troupe {

/// A whole node inside a program that may block: real files, real threads, no
/// listener.
class embedded_node {
public:
  /// Starts a node on `settings.data_directory` and waits until it serves.
  static caf::expected<std::unique_ptr<embedded_node>> start(
    caf::actor_system& system, const node_settings& settings,
    handler_registry handlers = {});

  /// Ends the node as a crash would, unless it was stopped.
  ~embedded_node();

  const node_actor& handle() const noexcept {
    return handle_;
  }

  /// Drains consumers and closes all logs.
  caf::error stop();

private:
  explicit embedded_node(caf::actor_system& system) : system_(system) {}

  caf::actor_system& system_;
  std::unique_ptr<data_directory> directory_;
  node_actor handle_;
};

} // namespace troupe
