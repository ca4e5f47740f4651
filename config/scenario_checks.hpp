#pragma once

#include "config/json_reader.hpp"
#include "config/scenario.hpp"

namespace troupe::scenario {

/// Plays a scenario in thought, step by step, and notes what cannot be: topics
/// and groups that do not exist, partitions out of range at that step,
/// consumers that are to stop and do not run.
void check(json_problems& problems, const script& x);

/// The part of it that is about nodes.
void check_nodes(json_problems& problems, const script& x);

/// Whether an expectation says something of a cluster, or of posts.
bool is_about_nodes(const expect& x);
bool is_about_posts(const expect& x);

} // namespace troupe::scenario
