#include "runtime/cli/long_run.hpp"

#include <cstdio>

namespace troupe::cli {

logger stderr_logger(log_format format, log_level level) {
  return {format, level, [](const std::string& line) {
            std::fputs((line + "\n").c_str(), stderr);
          }};
}

log_reporter reporter_of(const logger& log, caf::actor_system& system,
                         const epoch_offset& epoch) {
  return [log, epoch, &system](log_level level, std::string_view event,
                               const std::vector<log_field>& facts) {
    log.write(level, epoch.to_ms(system.clock().now()), event, facts);
  };
}

int check_handlers(const std::vector<consumers_spec>& consumers,
                   const handler_registry& handlers,
                   const std::function<std::string(size_t)>& place) {
  for (size_t i = 0; i < consumers.size(); ++i) {
    auto made = handlers.make(consumers[i].settings);
    if (made)
      continue;
    fmt::print(stderr, "troupe: {}: {}\n", place(i), what(made.error()));
    return exit_usage;
  }
  return exit_ok;
}

std::string place_in(const std::string& file, size_t index) {
  return fmt::format("{}: $.consumers[{}].handler", file, index);
}

} // namespace troupe::cli
