#include "config/settings_fields.hpp"

/// How a node is one of several, and how they trust each other.
namespace troupe {

void describe(field_visitor& v, cluster_settings& x) {
  constexpr milliseconds minute = 1min;
  constexpr milliseconds hour = 1h;
  constexpr milliseconds day = 24h;
  v.any_text("address", x.address,
             "`host:port` at which other nodes and clients reach this node; "
             "empty: where it listens.");
  v.any_text("rack", x.rack,
             "Replicas of a partition are spread over racks; empty: all nodes "
             "are alike.");
  v.texts("nodes", x.nodes,
          "`host:port` of nodes that are asked when this one starts; its own "
          "may be among them, so that all can have the same list.");
  v.integer("voters", x.voters, 1, 5,
            "Nodes that agree on the metadata: 1, 3 or 5.");
  v.integer("replication_factor", x.replication_factor, 1, replicas_max,
            "Of topics that do not say otherwise, and of `__commit_offsets`; "
            "as many as there are nodes when these are fewer.");
  v.integer("min_insync_replicas", x.min_insync_replicas, 1, replicas_max,
            "With fewer replicas in sync `acks=all` is refused "
            "(`not_enough_replicas`).");
  v.duration("lease", x.lease, 100ms, 5 * minute,
             "A node that was not heard of for this long is fenced: others "
             "take over what it leads.");
  v.duration("lost_lease", x.lost_lease, 20ms, 5 * minute,
             "The same for one whose connection is lost.");
  v.duration("beat_interval", x.beat_interval, 10ms, minute,
             "How often a node says that it is alive.");
  v.duration("replica_lag_max", x.replica_lag_max, 100ms, hour,
             "A replica that is behind for this long is no more in sync.");
  v.duration("replica_wait_max", x.replica_wait_max, 0ms, minute,
             "How long a replica's fetch waits for records.");
  v.size("replica_fetch_bytes_max", x.replica_fetch_bytes_max, 1 * kib,
         16 * mib, "Bytes of one replica's fetch.");
  v.size("move_bytes_per_second", x.move_bytes_per_second, 0, 1024 * gib,
         "Bytes a second that all new replicas of a node get while they are "
         "filled for a move; replicas in sync are not bound. A move does not "
         "end when more than this is posted to what is moved; 0: no bound.");
  v.duration("leader_return_interval", x.leader_return_interval, 0ms, day,
             "How often leaders go back to the preferred replicas; 0: only "
             "when told.");
  v.duration("election_timeout", x.election_timeout, 20ms, minute,
             "A voter that hears nothing of the controllers' leader for "
             "between once and twice this long stands for election.");
  v.duration("election_heartbeat", x.election_heartbeat, 5ms, 15s,
             "How often the controllers' leader says that it is there.");
}

void describe(field_visitor& v, tls_settings& x) {
  v.required_text("certificate", x.certificate,
                  "A file in PEM: what this node shows. As `data_directory`, a "
                  "path that does not begin with `/` begins where the program "
                  "was started.");
  v.required_text("key", x.key, "A file in PEM: the certificate's key.");
  v.required_text("authority", x.authority,
                  "A file in PEM: whose certificates are taken.");
}

} // namespace troupe
