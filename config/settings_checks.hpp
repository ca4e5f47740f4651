#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/json_reader.hpp"
#include "config/settings.hpp"

/// What bounds on single settings cannot say: how they go together. Each check
/// notes what is wrong under the path of the setting to change.
namespace troupe {

/// Notes that `a` has to be at most `b`, or less where `is_strict`.
void check_order(json_problems& problems, const std::string& path,
                 const char* a_key, milliseconds a, const char* b_key,
                 milliseconds b, bool is_strict);

void check(json_problems& problems, const std::string& path,
           const producer_settings& x);

/// How a node is reached, by whom, and what its part in a cluster is; also that
/// no topic wants more replicas than there can be.
void check_cluster(json_problems& problems, const std::string& path,
                   const node_settings& x);

/// Where its HTTP server listens, and who may reach it there; `path` is that of
/// `http`.
void check_http(json_problems& problems, const std::string& path,
                const node_settings& x);

/// Timeouts and fetches of a consumer.
void check_work(json_problems& problems, const std::string& path,
                const consumer_settings& x);

/// `host:port` each, none of them twice.
void check_addresses(json_problems& problems, const std::string& path,
                     const std::vector<std::string>& xs);

/// Consumers that a process runs, each and with the others.
void check_consumers(json_problems& problems, const std::string& path,
                     const std::vector<consumers_spec>& xs);

/// The list of topics that a group reads, at `path`.
void check_subscription(json_problems& problems, const std::string& path,
                        const std::vector<std::string>& topics);

/// Topic names: well-formed, each once.
void check(json_problems& problems, const std::string& path,
           const std::vector<topic_spec>& xs);

void check(json_problems& problems, const std::string& path,
           const node_settings& x);

} // namespace troupe
