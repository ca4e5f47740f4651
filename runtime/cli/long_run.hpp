#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include "actors/protocol/clock.hpp"
#include "actors/protocol/interfaces.hpp"
#include "runtime/cli/context.hpp"
#include "runtime/cli/signals.hpp"
#include "runtime/logger.hpp"

/// What commands share that run until they are told to stop.
namespace troupe::cli {

/// Writes lines to standard error.
logger stderr_logger(log_format format, log_level level);

/// The same as what links say.
log_reporter reporter_of(const logger& log, caf::actor_system& system,
                         const epoch_offset& epoch);

/// Whether the handlers of all these are there and take their options; says
/// what is wrong. `place` of the nth is where it was configured.
int check_handlers(const std::vector<consumers_spec>& consumers,
                   const handler_registry& handlers,
                   const std::function<std::string(size_t)>& place);

/// Where the nth consumers stand in a file.
std::string place_in(const std::string& file, size_t index);

/// Stops an actor and waits for that: clean, unless a second signal comes or it
/// takes longer than `bound`.
template <class Handle>
int stop_role(caf::actor_system& system, const Handle& handle,
              const stop_signals& signals, caf::timespan bound) {
  caf::scoped_actor self{system};
  auto answer = self->request(handle, bound, stop_atom_v);
  bool is_done = false;
  int result = exit_ok;
  signals.wait([&] {
    if (self->has_next_message()) {
      answer.receive([](caf::ok_atom) {},
                     [&](const caf::error& why) { result = refused(why); });
      is_done = true;
    }
    return is_done;
  });
  if (is_done)
    return result;
  fmt::print(stderr, "troupe: stopped at once, by a second signal\n");
  caf::anon_send_exit(handle, caf::exit_reason::kill);
  return exit_refused;
}

/// Waits for a signal and stops the actor then. It may end by itself before
/// that, which is a failure: of `what`. Unless it was asked to by a message,
/// which sets `is_asked`; a signal has the last word, and resets that.
template <class Handle>
int run_until_signal(caf::actor_system& system, const Handle& handle,
                     const stop_signals& signals, caf::timespan bound,
                     const char* what, std::atomic<bool>* is_asked = nullptr) {
  caf::scoped_actor watcher{system};
  watcher->monitor(handle);
  signals.wait([&] { return watcher->has_next_message(); });
  auto has_ended = watcher->has_next_message();
  if (has_ended && is_asked && *is_asked)
    return exit_ok;
  if (!has_ended) {
    auto result = stop_role(system, handle, signals, bound);
    // Also a request that crossed the signal on its way.
    if (is_asked)
      *is_asked = false;
    return result;
  }
  int result = exit_ok;
  watcher->receive([&](const caf::down_msg& msg) {
    result = refused(
      make_error(ec::not_available, fmt::format("the {} has ended: {}", what,
                                                troupe::what(msg.reason))));
  });
  return result;
}

} // namespace troupe::cli
