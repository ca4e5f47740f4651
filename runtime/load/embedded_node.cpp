#include "runtime/load/embedded_node.hpp"

#include <utility>

#include <caf/send.hpp>

#include "runtime/ask.hpp"
#include "runtime/flusher.hpp"
#include "runtime/node.hpp"
#include "runtime/posix_files.hpp"
#include "runtime/random_uuid.hpp"
#include "runtime/wall_epoch.hpp"

namespace troupe {

namespace {

constexpr std::chrono::seconds start_timeout{300};

} // namespace

caf::expected<std::unique_ptr<embedded_node>> embedded_node::start(
  caf::actor_system& system, const node_settings& settings,
  handler_registry handlers) {
  std::unique_ptr<embedded_node> result{new embedded_node(system)};
  auto disk = std::make_shared<posix_files>(settings.data_directory);
  auto directory = data_directory::open(
    disk, settings.node_id, settings.coordination.shards, random_uuid());
  if (!directory)
    return std::move(directory.error());
  result->directory_ = std::move(*directory);
  cast_config config;
  config.settings = settings;
  config.disk = disk;
  config.cluster_id = result->directory_->cluster_id();
  config.seed = random_uuid();
  config.handlers = std::move(handlers);
  config.epoch = wall_epoch();
  config.spawn_flusher = [](caf::actor_system& x) -> flusher_actor {
    return x.spawn<caf::detached>(flusher, nullptr);
  };
  result->handle_ = system.spawn(node, std::move(config));
  auto status = ask_within<node_status>(system, start_timeout, result->handle_,
                                        status_atom_v);
  if (!status)
    return std::move(status.error());
  return result;
}

embedded_node::~embedded_node() {
  if (handle_)
    caf::anon_send_exit(handle_, caf::exit_reason::kill);
}

caf::error embedded_node::stop() {
  auto stopped =
    ask_within<caf::ok_atom>(system_, start_timeout, handle_, stop_atom_v);
  if (!stopped)
    return std::move(stopped.error());
  handle_ = nullptr;
  return caf::none;
}

} // namespace troupe
