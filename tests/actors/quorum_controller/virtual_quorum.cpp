#include "tests/actors/quorum_controller/virtual_quorum.hpp"

#include <algorithm>

#include <caf/send.hpp>
#include <fmt/format.h>

#include "runtime/simulation/inline_flusher.hpp"
#include "tests/catch.hpp"

namespace troupe::testing {

namespace {

struct beater_state {
  uint64_t index = 0;
};

/// What a node does for its controller.
caf::behavior beater(caf::stateful_actor<beater_state>* self,
                     controller_actor controller, node_info about,
                     caf::timespan interval) {
  self
    ->request(controller, caf::infinite, watch_atom_v,
              caf::actor_cast<metadata_listener_actor>(
                caf::actor_cast<caf::strong_actor_ptr>(self)))
    .then([=](const metadata_update& x) { self->state.index = x.index; },
          [](const caf::error&) {});
  self->send(self, tick_atom_v);
  return {
    [=](update_atom, const metadata_update& x) { self->state.index = x.index; },
    [=](tick_atom) {
      node_beat beat{about, self->state.index, false, false};
      self->request(controller, caf::timespan{interval * 4}, beat_atom_v, beat)
        .then([](const node_lease&) {}, [](const caf::error&) {});
      self->delayed_send(self, interval, tick_atom_v);
    },
  };
}

/// Stands for the controller of a node that is cut off or gone.
controller_actor dead_end(caf::actor_system& sys) {
  auto result = sys.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](tick_atom) {}};
  });
  auto handle = caf::actor_cast<controller_actor>(result);
  caf::anon_send_exit(result, caf::exit_reason::kill);
  return handle;
}

} // namespace

virtual_quorum::virtual_quorum(uint64_t seed) : sys(seed) {
  flusher_ = sys.spawn(simulation::inline_flusher);
}

void virtual_quorum::start(uint32_t node, bool founds) {
  auto& x = hosts_[node];
  if (x.directory_id.is_nil())
    x.directory_id = {77, ++directories_};
  quorum_controller_config config;
  config.disk = x.disk;
  config.node_id = node;
  config.cluster_id = {1, 2};
  config.directory_id = x.directory_id;
  config.founds = founds;
  config.cluster = settings;
  config.shards = 4;
  config.flusher = flusher_;
  config.epoch = sys.epoch();
  config.seed = static_cast<uint32_t>(sys.random()() % 1'000'000 + 1);
  x.controller = sys.spawn(quorum_controller, config);
  node_info about;
  about.id = node;
  about.address = "node-" + std::to_string(node) + ":4160";
  about.incarnation = {node, ++x.lives};
  about.directory_id = x.directory_id;
  x.beater = sys.spawn(beater, x.controller, about,
                       caf::timespan{settings.beat_interval});
  if (!x.is_cut_off)
    meet(node);
}

void virtual_quorum::meet(uint32_t node) {
  auto handle_of = [](const host& x) {
    return caf::actor_cast<caf::strong_actor_ptr>(x.controller);
  };
  const auto& x = hosts_.at(node);
  for (const auto& [id, other] : hosts_) {
    if (id == node || !other.controller || other.is_cut_off)
      continue;
    caf::anon_send(x.controller, controller_atom_v, disk_of(id),
                   handle_of(other));
    caf::anon_send(other.controller, controller_atom_v, disk_of(node),
                   handle_of(x));
  }
}

void virtual_quorum::kill(uint32_t node) {
  auto& x = hosts_.at(node);
  caf::anon_send_exit(x.beater, caf::exit_reason::kill);
  caf::anon_send_exit(x.controller, caf::exit_reason::kill);
  x.controller = nullptr;
  x.beater = nullptr;
  sys.run();
  x.disk->kill();
}

void virtual_quorum::cut_power(uint32_t node) {
  kill(node);
  hosts_.at(node).disk->crash(sys.random());
}

void virtual_quorum::lose_disk(uint32_t node) {
  auto& x = hosts_.at(node);
  x.disk = std::make_shared<simulation::memory_files>();
  x.directory_id = {};
}

void virtual_quorum::cut_off(uint32_t node) {
  auto& x = hosts_.at(node);
  x.is_cut_off = true;
  auto nobody = caf::actor_cast<caf::strong_actor_ptr>(dead_end(sys.system()));
  for (const auto& [id, other] : hosts_)
    if (id != node && other.controller) {
      caf::anon_send(other.controller, controller_atom_v, disk_of(node),
                     nobody);
      if (x.controller)
        caf::anon_send(x.controller, controller_atom_v, disk_of(id), nobody);
    }
  sys.run();
}

void virtual_quorum::join(uint32_t node) {
  auto& x = hosts_.at(node);
  x.is_cut_off = false;
  if (x.controller)
    meet(node);
}

uint32_t virtual_quorum::leader() {
  for (auto& [id, x] : hosts_) {
    if (!x.controller || x.is_cut_off)
      continue;
    auto seen = look(id);
    if (seen.leader == id)
      return id;
  }
  return 0;
}

cluster_status virtual_quorum::look(uint32_t node) {
  auto result = sys.ask_within<cluster_status>(std::chrono::seconds{1},
                                               at(node), nodes_atom_v);
  return result ? *result : cluster_status{};
}

metadata_update virtual_quorum::whole(uint32_t node) {
  auto listener = caf::actor_cast<metadata_listener_actor>(
    caf::actor_cast<caf::strong_actor_ptr>(of(node).beater));
  auto result = sys.ask<metadata_update>(at(node), watch_atom_v, listener);
  if (!result)
    FAIL(what(result.error()));
  return *result;
}

bool virtual_quorum::is_settled(size_t nodes) {
  std::optional<metadata_update> first;
  for (const auto& [id, x] : hosts_) {
    if (!x.controller)
      continue;
    auto all = whole(id);
    if (!first)
      first = all;
    if (all.index != first->index || all.changed != first->changed
        || all.nodes_changed != first->nodes_changed)
      return false;
  }
  if (!first)
    return false;
  auto alive =
    std::count_if(first->nodes_changed.begin(), first->nodes_changed.end(),
                  [](const auto& x) { return !x.is_fenced; });
  if (std::cmp_not_equal(alive, nodes) || leader() == 0)
    return false;
  auto seen = look(leader());
  auto voters = std::count_if(seen.members.begin(), seen.members.end(),
                              [](const auto& x) { return x.role == "voter"; });
  auto wanted =
    std::min<size_t>(settings.voters, nodes % 2 == 0 ? nodes - 1 : nodes);
  return std::cmp_greater_equal(voters, wanted);
}

std::string virtual_quorum::picture() {
  std::string result;
  for (const auto& [id, x] : hosts_) {
    if (!x.controller) {
      result += fmt::format("{}: does not run\n", id);
      continue;
    }
    auto seen = look(id);
    result +=
      fmt::format("{}: leader {} of term {}, index {} (knows {});", id,
                  seen.leader, seen.term, seen.metadata_index, whole(id).index);
    for (const auto& member : seen.members)
      result += fmt::format(" {} {}", member.node, member.role);
    for (const auto& node : seen.nodes)
      result += fmt::format(" {}{}", node.id, node.is_fenced ? " fenced" : "");
    result += "\n";
  }
  return result;
}

caf::expected<topic_info> virtual_quorum::create(uint32_t node,
                                                 const std::string& name,
                                                 int32_t partitions) {
  return sys.ask_within<topic_info>(std::chrono::seconds{20}, at(node),
                                    create_atom_v,
                                    topic_spec{name, partitions, {}}, false);
}

} // namespace troupe::testing
