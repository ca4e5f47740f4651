#pragma once

#include "runtime/cli/context.hpp"

namespace troupe::cli {

/// Adds `dump` to `troupe log`.
void add_log_dump_command(CLI::App& log, context& ctx);

} // namespace troupe::cli
