#pragma once

#include "runtime/cli/cluster_overview.hpp"
#include "runtime/cli/context.hpp"

namespace troupe::cli {

/// Prints how the cluster is doing, as text or as JSON; `exit_not_met` when
/// something is wrong.
int show_cluster(const overview& x, const context& ctx);

} // namespace troupe::cli
