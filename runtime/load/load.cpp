#include "runtime/load/load.hpp"

#include <caf/send.hpp>

#include "runtime/ask.hpp"
#include "runtime/load/load_run.hpp"
#include "runtime/load/process_usage.hpp"

namespace troupe {

namespace {

constexpr std::chrono::seconds stop_timeout{30};

/// Time and processor time since it was made.
class stopwatch {
public:
  void read(load_result& into) const {
    into.seconds = std::chrono::duration<double>(stamp_now() - begin_).count();
    into.cpu_seconds = cpu_seconds() - cpu_;
  }

private:
  std::chrono::nanoseconds begin_ = stamp_now();
  double cpu_ = cpu_seconds();
};

/// Ends the producers after a load that `failed`, or did not; the first error.
caf::error end_producers(caf::actor_system& system,
                         const std::vector<producer_actor>& xs,
                         caf::error failed) {
  for (const auto& x : xs) {
    // What is still under way may never be answered.
    if (failed)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    else if (auto stopped =
               ask_within<caf::ok_atom>(system, stop_timeout, x, stop_atom_v);
             !stopped)
      failed = std::move(stopped.error());
  }
  return failed;
}

/// The same for consumers.
caf::error end_readers(caf::actor_system& system,
                       const std::vector<consumer_actor>& xs,
                       caf::error failed) {
  auto stopped = stop_readers(system, xs);
  return failed ? failed : stopped;
}

std::vector<consumer_actor> spawn_readers(caf::actor_system& system,
                                          const node_actor& node,
                                          const load_plan& plan,
                                          const load_run_ptr& run) {
  std::vector<consumer_actor> result;
  for (size_t i = 0; i < plan.consumers; ++i)
    result.push_back(
      spawn_reader(system, node, plan, i,
                   counting_handler(run, i, plan.has_actor_handlers)));
  return result;
}

} // namespace

caf::expected<load_result> run_producers(caf::actor_system& system,
                                         const node_actor& node,
                                         const load_plan& plan,
                                         const load_progress& progress) {
  auto run = std::make_shared<load_run>(plan.producers, 0);
  load_result result;
  stopwatch watch;
  auto producers = spawn_posters(system, node, plan, run);
  auto failed = run->wait(run->acknowledged, plan.records, plan, progress);
  watch.read(result);
  failed = end_producers(system, producers, failed);
  if (failed)
    return failed;
  result.records = plan.records;
  result.latency = load_run::merged(run->acknowledged);
  return result;
}

caf::expected<load_result> run_consumers(caf::actor_system& system,
                                         const node_actor& node,
                                         const load_plan& plan,
                                         const load_progress& progress) {
  auto run = std::make_shared<load_run>(0, plan.consumers);
  auto readers = spawn_readers(system, node, plan, run);
  load_result result;
  auto failed = run->wait(run->handled, 1, plan, {});
  stopwatch watch;
  auto before = load_run::sum(run->handled);
  if (!failed)
    failed = run->wait(run->handled, plan.records, plan, progress);
  result.records = load_run::sum(run->handled) - before;
  watch.read(result);
  failed = end_readers(system, readers, failed);
  if (failed)
    return failed;
  return result;
}

caf::expected<load_result> run_flow(caf::actor_system& system,
                                    const node_actor& node,
                                    const load_plan& plan,
                                    const load_progress& progress) {
  auto run = std::make_shared<load_run>(plan.producers, plan.consumers);
  auto readers = spawn_readers(system, node, plan, run);
  load_result result;
  std::vector<producer_actor> producers;
  auto failed = wait_for_ownership(system, node, plan, readers);
  if (!failed) {
    stopwatch watch;
    producers = spawn_posters(system, node, plan, run);
    failed = run->wait(run->handled, plan.records, plan, progress);
    if (!failed)
      failed = run->wait(run->acknowledged, plan.records, plan, {});
    watch.read(result);
  }
  failed = end_producers(system, producers, failed);
  failed = end_readers(system, readers, failed);
  if (failed)
    return failed;
  result.records = plan.records;
  result.latency = load_run::merged(run->handled);
  return result;
}

} // namespace troupe
