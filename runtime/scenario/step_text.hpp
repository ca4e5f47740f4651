#pragma once

#include <string>

#include "config/scenario.hpp"

namespace troupe::scenario {

/// What a step does, in words; empty for one that only looks or only shows its
/// own text.
std::string describe(const action& what);

/// What an expectation is about, in words.
std::string summarize(const expect& wanted);

/// `latest`, `earliest`, `offset 7`, ...
std::string describe(const start_rule& rule);

/// `200ms`, `5s`, `2m`.
std::string describe(milliseconds time);

/// 'node 2', 'the leader of messages-0'
std::string describe(const host_name& x);
std::string describe_all(const std::vector<host_name>& xs);

} // namespace troupe::scenario
