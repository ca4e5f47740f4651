#include "runtime/scenario/machine_company.hpp"

#include <utility>

#include <caf/actor_registry.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include "runtime/node.hpp"

namespace troupe::scenario {

namespace {

/// How long the company may take to end, and a look at the node.
constexpr caf::timespan end_bound = 60s;
constexpr caf::timespan look_bound = 30s;

} // namespace

machine_company::machine_company(stage& on, const script& play,
                                 std::shared_ptr<ledger> book,
                                 std::shared_ptr<post_book> posts)
  : company(on, play, std::move(book), std::move(posts)),
    machine_(dynamic_cast<machine*>(&on)) {
  if (machine_ != nullptr)
    actors_before_ = machine_->system().registry().running();
}

machine_company::~machine_company() {
  if (node_)
    static_cast<void>(end_node(restart_kind::kill, end_bound));
}

caf::error machine_company::start_node() {
  if (machine_ == nullptr)
    return make_error(ec::invalid_argument,
                      "a scenario without 'nodes' needs the stage of a single "
                      "node");
  cast_config config;
  config.settings = script_.settings;
  // Afterwards the data directory tells what there is: what the scenario
  // deleted stays deleted.
  if (lives_ == 0)
    config.settings.topics = script_.topics;
  else
    config.settings.topics.clear();
  config.settings.consumers.clear();
  config.disk = machine_->disk();
  config.cluster_id = uuid{0x7472'6f75'7065'0000, script_.seed};
  config.seed = derive_uuid(config.cluster_id, ++lives_);
  config.epoch = stage_.epoch();
  config.spawn_flusher = [this](caf::actor_system&) {
    return machine_->spawn_flusher();
  };
  add_handlers(config.handlers);
  cast_ = std::make_unique<cast>(machine_->system(), config);
  node_ = machine_->system().spawn(troupe::node, std::move(config));
  auto status = stage_.ask<node_status>(end_bound, node_, status_atom_v);
  return status ? caf::error{} : status.error();
}

caf::error machine_company::end_node(restart_kind how, caf::timespan bound) {
  caf::error result;
  std::vector<std::string> all;
  for (const auto& x : consumers())
    if (x.is_running())
      all.push_back(x.name);
  if (how == restart_kind::clean) {
    result = stop(all, bound);
    auto stopped = stage_.ask<caf::ok_atom>(bound, node_, stop_atom_v);
    if (!stopped && !result)
      result = stopped.error();
  }
  crash(all);
  end_producers();
  caf::anon_send_exit(node_, caf::exit_reason::kill);
  node_ = nullptr;
  cast_->end_flushers();
  cast_.reset();
  auto gone = wait_until_gone(bound);
  if (gone && !result)
    result = gone;
  if (how == restart_kind::power_cut && !result)
    result = machine_->power_cut();
  return result;
}

caf::error machine_company::wait_until_gone(caf::timespan bound) {
  auto& registry = machine_->system().registry();
  if (stage_.wait_until([&] { return registry.running() <= actors_before_; },
                        bound))
    return caf::none;
  return make_error(ec::timed_out,
                    fmt::format("{} actors of the node have not ended",
                                registry.running() - actors_before_));
}

caf::expected<std::vector<topic_info>> machine_company::topics() {
  if (!node_)
    return make_error(ec::not_available, "the node does not run");
  return stage_.ask<std::vector<topic_info>>(look_bound, node_, topics_atom_v);
}

caf::expected<partition_actor> machine_company::partition(
  const topic_partition& id) {
  return stage_.ask<partition_actor>(look_bound, node_, locate_atom_v, id);
}

caf::expected<coordinator_actor> machine_company::coordinator(
  const std::string& group) {
  return stage_.ask<coordinator_actor>(look_bound, node_, group_atom_v, group);
}

caf::expected<place> machine_company::place_of(uint32_t) {
  if (!node_)
    return make_error(ec::not_available, "the node does not run");
  return place{0, &machine_->system(), cast_.get(), node_, {}};
}

caf::expected<uint32_t> machine_company::host_of(
  const std::optional<host_name>&) {
  return uint32_t{0};
}

} // namespace troupe::scenario
