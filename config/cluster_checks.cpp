#include <set>

#include <fmt/format.h>

#include "config/host_port.hpp"
#include "config/rules.hpp"
#include "config/settings_checks.hpp"
#include "config/units.hpp"

/// What nodes of a cluster must have, or must not.
namespace troupe {

namespace {

/// Notes that `a` has to be at most `b`.
void check_count(json_problems& problems, const std::string& path,
                 const char* key, uint32_t a, const char* b_key, uint32_t b) {
  if (a > b)
    problems.add(
      member_path(path, key),
      fmt::format("expected at most {}, which is {}, found {}", b_key, b, a));
}

void check_address(json_problems& problems, const std::string& path,
                   const std::string& x) {
  if (!parse_host_port(x))
    problems.add(path,
                 fmt::format("expected host:port with a port from 1 to 65535, "
                             "as \"10.0.0.1:4160\" or \"[fd00::1]:4160\", "
                             "found \"{}\"",
                             x));
}

void check_times(json_problems& problems, const std::string& path,
                 const cluster_settings& x) {
  check_order(problems, path, "lost_lease", x.lost_lease, "lease", x.lease,
              false);
  check_order(problems, path, "beat_interval", x.beat_interval, "lost_lease",
              x.lost_lease, true);
  check_order(problems, path, "beat_interval", x.beat_interval, "half of lease",
              x.lease / 2, true);
  check_order(problems, path, "replica_wait_max", x.replica_wait_max,
              "replica_lag_max", x.replica_lag_max, true);
  if (x.election_timeout < 4 * x.election_heartbeat)
    problems.add(member_path(path, "election_timeout"),
                 fmt::format("expected at least 4 times election_heartbeat, "
                             "which is {}, found {}",
                             format_duration(4 * x.election_heartbeat),
                             format_duration(x.election_timeout)));
}

void check_settings(json_problems& problems, const std::string& path,
                    const cluster_settings& x) {
  if (!x.address.empty())
    check_address(problems, member_path(path, "address"), x.address);
  check_addresses(problems, member_path(path, "nodes"), x.nodes);
  if (x.voters % 2 == 0)
    problems.add(member_path(path, "voters"),
                 fmt::format("expected 1, 3 or 5, found {}: it would survive "
                             "the loss of no more nodes than {} do",
                             x.voters, x.voters - 1));
  check_count(problems, path, "min_insync_replicas", x.min_insync_replicas,
              "replication_factor", x.replication_factor);
  check_times(problems, path, x);
}

/// The others have to reach it.
void check_is_reached(json_problems& problems, const std::string& path,
                      const node_settings& x) {
  if (x.listen_port == 0)
    problems.add(member_path(path, "listen_port"),
                 "expected a port from 1 to 65535, because the other nodes of "
                 "the cluster reach this one there, found 0");
  const auto& at = x.listen_address;
  if (x.cluster.address.empty()
      && (at == "0.0.0.0" || at == "::" || at == "[::]"))
    problems.add(member_path(path, "cluster") + ".address",
                 fmt::format("expected the host:port at which other nodes "
                             "reach this one, because listen_address '{}' is "
                             "no place to go to, found \"\"",
                             at));
}

void check_listener(json_problems& problems, const std::string& path,
                    const node_settings& x) {
  if (x.listen_port == 0 || x.insecure || x.tls != tls_settings{}
      || is_loopback(x.listen_address))
    return;
  problems.add(member_path(path, "listen_address"),
               fmt::format("'{}' can be reached from other machines, and there "
                           "is neither encryption nor a password: use "
                           "127.0.0.1, set \"tls\", or set \"insecure\": true "
                           "if everyone in that network may read and write all "
                           "topics",
                           x.listen_address));
}

/// No topic of a cluster waits for more replicas than it has.
void check_topics(json_problems& problems, const std::string& path,
                  const node_settings& x) {
  check_count(problems, member_path(path, "topic_defaults"),
              "min_insync_replicas", x.topic_defaults.min_insync_replicas,
              "cluster.replication_factor", x.cluster.replication_factor);
  for (size_t i = 0; i < x.topics.size(); ++i) {
    const auto& topic = x.topics[i];
    auto least = topic.settings.min_insync_replicas;
    // What comes from topic_defaults is lowered to what there is.
    if (least == x.topic_defaults.min_insync_replicas)
      continue;
    auto here = element_path(member_path(path, "topics"), i) + ".settings";
    if (topic.replication_factor != 0)
      check_count(problems, here, "min_insync_replicas", least,
                  "the topic's replication_factor", topic.replication_factor);
    else
      check_count(problems, here, "min_insync_replicas", least,
                  "cluster.replication_factor", x.cluster.replication_factor);
  }
}

/// A single node has one replica of each partition.
void check_single(json_problems& problems, const std::string& path,
                  const node_settings& x) {
  auto check_one = [&](const std::string& where, uint32_t found) {
    if (found > 1)
      problems.add(where, fmt::format("expected 0 or 1, because without "
                                      "$.cluster there is one replica of each "
                                      "partition, found {}: leave it out, or "
                                      "add \"cluster\"",
                                      found));
  };
  auto least = x.topic_defaults.min_insync_replicas;
  check_one(member_path(path, "topic_defaults") + ".min_insync_replicas",
            least);
  for (size_t i = 0; i < x.topics.size(); ++i) {
    auto here = element_path(member_path(path, "topics"), i);
    const auto& topic = x.topics[i];
    check_one(member_path(here, "replication_factor"),
              topic.replication_factor);
    if (topic.settings.min_insync_replicas != least)
      check_one(here + ".settings.min_insync_replicas",
                topic.settings.min_insync_replicas);
  }
}

} // namespace

void check_addresses(json_problems& problems, const std::string& path,
                     const std::vector<std::string>& xs) {
  std::set<std::string> seen;
  for (size_t i = 0; i < xs.size(); ++i) {
    check_address(problems, element_path(path, i), xs[i]);
    if (!seen.insert(xs[i]).second)
      problems.add(element_path(path, i),
                   fmt::format("'{}' is here for the second time: name each "
                               "node once",
                               xs[i]));
  }
}

void check_cluster(json_problems& problems, const std::string& path,
                   const node_settings& x) {
  check_listener(problems, path, x);
  if (!x.cluster.is_on)
    return check_single(problems, path, x);
  check_settings(problems, member_path(path, "cluster"), x.cluster);
  check_is_reached(problems, path, x);
  check_topics(problems, path, x);
}

} // namespace troupe
