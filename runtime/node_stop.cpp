// How the node stops: consumers first, so that what they finished is committed;
// then the groups; then the logs; the controller last.

#include <fmt/format.h>

#include "runtime/gather.hpp"
#include "runtime/node.hpp"

namespace troupe {

caf::result<caf::ok_atom> node_state::stop() {
  auto promise = self->make_response_promise<caf::ok_atom>();
  stop_waiters_.push_back(promise);
  begin_stop();
  return promise;
}

caf::expected<caf::ok_atom> node_state::restart(const uuid& incarnation) {
  // The answer to the first such order may have been lost with this process.
  if (incarnation != cast_->config().incarnation)
    return caf::ok_atom_v;
  if (is_stopping_)
    return make_error(ec::shutting_down, "the node is stopping");
  const auto& begin_anew = cast_->config().begin_anew;
  if (!begin_anew)
    return make_error(ec::not_available,
                      "the program that this node is a part of does not start "
                      "it again");
  // While it still runs: what cannot begin anew does not stop.
  if (auto error = begin_anew())
    return error;
  begin_stop();
  return caf::ok_atom_v;
}

void node_state::give_up(const caf::error& why) {
  if (is_stopping_)
    return;
  log(log_level::error, "the cluster does not take this node",
      {{"why", what(why)}});
  end_reason_ = why;
  begin_stop();
}

void node_state::begin_stop() {
  if (is_stopping_)
    return;
  log(log_level::info, "node stops");
  is_stopping_ = true;
  if (backup_)
    self->send_exit(backup_, caf::exit_reason::user_shutdown);
  for (auto& work : std::exchange(waiting_, {}))
    work();
  stop_consumers();
}

void node_state::stop_consumers() {
  consumers_.stop(self, cast_->config().settings.stop_timeout,
                  [this](size_t cut_off) {
                    if (cut_off > 0)
                      log(log_level::warning, "consumers cut off",
                          {{"count", std::to_string(cut_off)}});
                    if (is_clustered())
                      leave_cluster();
                    else
                      stop_groups();
                  });
}

void node_state::stop_groups() {
  for (const auto& [group, handle] : coordinators_)
    self->send_exit(handle, caf::exit_reason::user_shutdown);
  for (const auto& [shard, handle] : shards_)
    self->send_exit(handle, caf::exit_reason::user_shutdown);
  stop_partitions();
}

void node_state::stop_partitions() {
  std::vector<partition_actor> open;
  for (const auto& [id, hosted] : partitions_)
    if (hosted.handle)
      open.push_back(hosted.handle);
  auto bound = cast_->config().settings.stop_timeout;
  gather<caf::ok_atom>(
    self, open, bound,
    [this, count = open.size()](std::vector<caf::ok_atom> closed) {
      if (closed.size() < count)
        log(log_level::error, "logs not closed clean",
            {{"count", std::to_string(count - closed.size())}});
      stop_controller();
    },
    stop_atom_v);
}

void node_state::stop_controller() {
  self->request(controller_, cast_->config().settings.stop_timeout, stop_atom_v)
    .then([this](caf::ok_atom) { stopped(); },
          [this](const caf::error& why) {
            log(log_level::error, "controller not stopped clean",
                {{"why", what(why)}});
            stopped();
          });
}

void node_state::stopped() {
  log(log_level::info, "node stopped");
  for (auto& waiter : stop_waiters_)
    waiter.deliver(caf::ok_atom_v);
  self->quit(end_reason_ ? end_reason_ : caf::exit_reason::user_shutdown);
}

} // namespace troupe
