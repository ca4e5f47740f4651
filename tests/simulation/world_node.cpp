// The lives of the world's node: how it starts, stops and dies, and what is
// judged of what it leaves.
#include <utility>

#include <caf/abstract_actor.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include "actors/storage/files.hpp"
#include "runtime/node.hpp"
#include "runtime/simulation/slow_flusher.hpp"
#include "tests/simulation/world.hpp"

namespace troupe::testing {

namespace {

/// How long a node may take to stop.
constexpr int64_t stop_bound_ms = 90'000;

/// How long until somebody starts a node again that ended by itself.
constexpr int64_t restart_ms = 1'000;

} // namespace

cast_config world::make_config() {
  cast_config result;
  result.settings = settings;
  result.disk = disk;
  result.cluster_id = {1, 2};
  result.seed = derive_uuid({3, 4}, ++lives_);
  result.epoch = sys.epoch();
  result.log =
    logger{log_format::text, is_traced_ ? log_level::debug : log_level::error,
           [this](const std::string& line) { note(line); }};
  result.spawn_flusher = [this](caf::actor_system& system) {
    return simulation::spawn_slow_flusher(system, [this](const sync_job& x) {
      auto time = sync_time;
      for (const auto& file : x.files)
        time += disk->extra_sync_time(file->path());
      return time;
    });
  };
  result.handlers.add_factory(
    "simulated", [this](const auto& options) { return make_handler(options); });
  return result;
}

void world::start_node() {
  auto config = make_config();
  if (!clients_cast_) {
    clients_cast_ = std::make_unique<cast>(sys.system(), config);
    config.seed = derive_uuid({3, 4}, ++lives_);
  }
  note("start the node");
  start_at_ms_.reset();
  is_gone_ = has_stopped_ = false;
  phase_ = node_phase::up;
  node_ = sys.spawn(node, std::move(config));
  caf::actor_cast<caf::abstract_actor*>(node_)->attach_functor(
    [this, life = lives_] { is_gone_ = is_gone_ || life == lives_; });
  net_->connect(node_);
}

void world::stop_node() {
  note("stop the node");
  phase_ = node_phase::stopping;
  stop_until_ms_ = sys.now_ms() + stop_bound_ms;
  sys.system().spawn(
    [this, life = lives_, to = node_](caf::event_based_actor* self) {
      self->request(to, caf::infinite, stop_atom_v)
        .then([=, this](caf::ok_atom) { has_stopped_ = life == lives_; },
              [](const caf::error&) {});
    });
}

void world::kill_actors() {
  if (node_)
    caf::anon_send_exit(node_, caf::exit_reason::kill);
  node_ = nullptr;
  // Time stands still: all that is ready runs, the dead among it.
  for (size_t n = 0; sys.step(); ++n) {
    ++counts.steps;
    if (n > 1'000'000)
      return fail("liveness: the actors do not come to rest");
  }
}

void world::end_node(checker::node_end how, const simulation::power_cut& cut) {
  static constexpr const char* names[] = {"clean stops", "kills", "power cuts"};
  ++counts.done[names[static_cast<size_t>(how)]];
  note(fmt::format("the node ends: {}", names[static_cast<size_t>(how)]));
  // Of a failed sync the process has heard, or else the next one does: a kernel
  // tells its error once.
  if (how == checker::node_end::killed)
    while (sys.step())
      ++counts.steps;
  phase_ = node_phase::down;
  if (how == checker::node_end::power_cut)
    disk->crash(cut, sys.random());
  else
    disk->kill();
  // The dying change nothing any more.
  disk->stop_after(0);
  net_->cut();
  kill_actors();
  look_at_all();
  for (auto& [name, group] : groups)
    group.is_resetting = false;
  disk->kill();
  tell(checker::node_ended{how});
  judge_disk();
}

void world::judge_disk() {
  // A copy has no faults.
  auto image = checker::read_disk(*disk->copy());
  for (const auto& x : image.problems)
    fail(x);
  std::set<checker::place> missing;
  for (const auto& [name, partitions] : topics)
    for (int32_t p = 0; p < partitions; ++p)
      missing.insert({name, p});
  std::vector<checker::log_found> logs;
  for (auto& x : image.logs)
    if (missing.erase(x.where))
      logs.push_back(std::move(x));
  for (const auto& where : missing)
    logs.push_back({where, 0, 0, {}});
  for (const auto& x : logs) {
    tell(x);
    note_stale(x);
  }
  tell(image.positions);
  std::map<std::string, int32_t> found;
  for (const auto& x : image.topics.whole().changed)
    found[x.name] = x.partitions();
  for (const auto& [name, partitions] : served_)
    if (topics.count(name) && found[name] < partitions)
      fail(fmt::format("I5: topic {} had {} partitions, by the disk it has {}",
                       name, partitions, found[name]));
}

void world::judge_log(const checker::place& where) {
  if (topics.count(where.topic) == 0)
    return;
  ++counts.done["partitions opened again"];
  auto image = checker::read_disk(*disk->copy());
  for (const auto& x : image.logs)
    if (x.where == where) {
      look_at_all();
      tell(x);
      note_stale(x);
    }
}

void world::keep_node() {
  if (phase_ == node_phase::down) {
    if (start_at_ms_ && sys.now_ms() >= *start_at_ms_)
      start_node();
    return;
  }
  if (is_gone_)
    while (sys.step())
      ++counts.steps;
  auto down_ms = random.chance(50) ? random.pick(0, 5'000) : 0;
  if (has_stopped_) {
    end_node(checker::node_end::clean);
  } else if (is_gone_) {
    ++counts.done["node gave up"];
    if (is_calm)
      fail("liveness: the node ended by itself");
    end_node(checker::node_end::killed);
    down_ms = restart_ms;
  } else if (phase_ == node_phase::stopping && sys.now_ms() >= stop_until_ms_) {
    if (is_calm)
      fail("liveness: the node does not stop");
    end_node(checker::node_end::killed);
  } else {
    return;
  }
  start_at_ms_ = sys.now_ms() + down_ms;
}

} // namespace troupe::testing
