#include "runtime/http/exposition.hpp"

#include <algorithm>
#include <sstream>

#include <prometheus/text_serializer.h>

#include "runtime/http/metric_families.hpp"

namespace troupe::http {

namespace {

double seconds(int64_t ms) {
  return static_cast<double>(ms) / 1000;
}

double count(uint64_t x) {
  return static_cast<double>(x);
}

void add_node(metric_families& to, const survey& x) {
  const auto& node = x.node;
  to.gauge("troupe_build_info", "The program's version; always 1.",
           {{"version", node.version},
            {"node", std::to_string(node.node_id)},
            {"cluster", to_string(node.cluster_id)}},
           1);
  to.gauge("troupe_node_start_time_seconds",
           "When the node started, in seconds since the epoch.", {},
           seconds(node.started_ms));
  to.gauge("troupe_node_topics", "Topics.", {}, node.topics);
  to.gauge("troupe_node_partitions", "Partitions on this node.", {},
           node.partitions);
  to.gauge("troupe_node_offline_partitions",
           "Partitions on this node that do not serve.", {},
           node.partitions_offline);
  to.gauge("troupe_node_groups", "Groups that this node coordinates.", {},
           node.groups);
  to.gauge("troupe_node_problems",
           "Problems that the node reports; 'troupe status' says them.", {},
           count(node.problems.size()));
  to.gauge("troupe_node_log_bytes", "Bytes of all logs.", {},
           count(node.log_bytes));
  if (node.disk_free_bytes >= 0)
    to.gauge("troupe_node_disk_free_bytes", "Bytes free on the data's disk.",
             {}, static_cast<double>(node.disk_free_bytes));
  to.histogram("troupe_sync_duration_seconds",
               "How long it took to make files durable.", {}, x.metrics.syncs);
  to.gauge("troupe_scrape_problems",
           "Roles that did not answer this scrape: what is theirs is missing.",
           {}, count(x.problems.size()));
}

void add_partition(metric_families& to, const std::string& topic,
                   const partition_status& x) {
  metric_labels of{{"topic", topic},
                   {"partition", std::to_string(x.id.partition)}};
  to.gauge("troupe_partition_start_offset", "The first offset that is kept.",
           of, static_cast<double>(x.log_start));
  to.gauge("troupe_partition_high_watermark",
           "The offset up to which consumers read.", of,
           static_cast<double>(x.high_watermark));
  to.gauge("troupe_partition_end_offset", "The offset of the next record.", of,
           static_cast<double>(x.log_end));
  to.gauge("troupe_partition_size_bytes", "Bytes of its log.", of,
           count(x.size_bytes));
  to.gauge("troupe_partition_segments", "Files of its log.", of, x.segments);
  to.counter("troupe_partition_appended_records_total",
             "Records that producers appended.", of, count(x.appended_records));
  to.counter("troupe_partition_appended_bytes_total",
             "Bytes that producers appended.", of, count(x.appended_bytes));
  to.counter("troupe_partition_fetched_bytes_total",
             "Bytes that readers got, replicas excepted.", of,
             count(x.fetched_bytes));
  to.counter("troupe_partition_syncs_total", "Syncs of its log.", of,
             count(x.syncs));
  to.gauge("troupe_partition_waiting_fetches", "Fetches that wait for records.",
           of, x.waiting_fetches);
  if (x.leader == 0)
    return;
  auto in_sync = std::count_if(x.replicas.begin(), x.replicas.end(),
                               [](const auto& y) { return y.is_in_sync; });
  // The leader is not among them.
  to.gauge("troupe_partition_replicas", "Replicas.", of,
           count(x.replicas.size() + 1));
  to.gauge("troupe_partition_in_sync_replicas",
           "Replicas that have all that is acknowledged.", of,
           static_cast<double>(in_sync + 1));
}

void add_position(metric_families& to, const std::string& group,
                  const group_position& x, int64_t now_ms) {
  metric_labels of{{"group", group},
                   {"topic", x.topic},
                   {"partition", std::to_string(x.id.partition)}};
  if (x.next >= 0)
    to.gauge("troupe_group_next_offset",
             "The offset after the last one committed.", of,
             static_cast<double>(x.next));
  to.gauge("troupe_group_has_owner", "1: a member reads the partition.", of,
           x.owner.empty() ? 0 : 1);
  to.gauge("troupe_group_paused", "1: the partition is paused.", of,
           x.is_paused ? 1 : 0);
  // Unknown is no zero: an alert on a lag must not fall silent with it.
  if (x.lag() < 0)
    return;
  to.gauge("troupe_group_lag_records",
           "Records between the group's position and the high watermark.", of,
           static_cast<double>(x.lag()));
  if (x.lag() > 0 && x.oldest_ms < 0)
    return;
  to.gauge("troupe_group_oldest_unprocessed_age_seconds",
           "Age of the first record that is not done; 0: all are.", of,
           x.lag() == 0 ? 0
                        : seconds(std::max<int64_t>(now_ms - x.oldest_ms, 0)));
}

void add_group(metric_families& to, const group_description& x,
               int64_t now_ms) {
  metric_labels of{{"group", x.group}};
  to.gauge("troupe_group_members", "Members.", of, count(x.members.size()));
  to.gauge("troupe_group_stable", "1: everybody owns what they are to.", of,
           x.state == "stable" ? 1 : 0);
  to.counter("troupe_group_rebalances_total",
             "Events of the group's timeline: members that came or went, "
             "topics that changed.",
             of, static_cast<double>(x.events));
  for (const auto& position : x.positions)
    add_position(to, x.group, position, now_ms);
}

void add_consumer(metric_families& to, const consumer_status& x) {
  metric_labels of{
    {"group", x.group}, {"consumer", x.name}, {"handler", x.handler}};
  auto total = [&](const char* name, const char* help, uint64_t value) {
    to.counter(name, help, of, count(value));
  };
  total("troupe_consumer_handled_records_total", "Records that were done.",
        x.handled);
  total("troupe_consumer_retries_total", "Records that were handed out again.",
        x.retried);
  total("troupe_consumer_dead_letters_total",
        "Records that went to the dead letters.", x.dead_letters);
  total("troupe_consumer_parked_total",
        "Records that were parked, or followed one of their key.", x.parked);
  total("troupe_consumer_given_up_total",
        "Records whose handler failed after they had been committed.",
        x.given_up);
  total("troupe_consumer_skipped_records_total",
        "Records that were removed before they were read.", x.skipped);
  total("troupe_consumer_dropped_results_total",
        "Results that came after their partition was given up.",
        x.dropped_results);
  total("troupe_consumer_commits_total", "Commits that were taken.", x.commits);
  total("troupe_consumer_refused_commits_total", "Commits that were refused.",
        x.commits_refused);
  total("troupe_consumer_handler_restarts_total",
        "How often its handler was started again.", x.handler_restarts);
  to.gauge("troupe_consumer_partitions", "Partitions that it holds.", of,
           count(x.partitions.size()));
  to.gauge("troupe_consumer_active", "1: it is a member of its group.", of,
           x.state == "active" ? 1 : 0);
  to.gauge("troupe_consumer_circuit_open",
           "1: it leaves its gateway alone, which failed.", of,
           x.activity == "circuit open" ? 1 : 0);
  to.histogram("troupe_consumer_handling_duration_seconds",
               "How long its handler took for a record, done or not.", of,
               x.handling);
}

void add_cluster(metric_families& to, const survey& x) {
  const auto& metrics = x.metrics;
  const auto& controller = metrics.controller;
  if (metrics.peers == 0)
    return;
  to.gauge("troupe_cluster_peers", "Other nodes of the cluster.", {},
           metrics.peers);
  to.gauge("troupe_cluster_connected_peers", "Of these, those it reaches.", {},
           metrics.peers_connected);
  to.gauge("troupe_controller_leader_node",
           "The node that leads the controllers; 0: none is known.", {},
           controller.leader);
  to.gauge("troupe_controller_term", "The term of the controllers.", {},
           count(controller.term));
  to.gauge("troupe_controller_applied_index",
           "The last entry of the controllers' log that was applied.", {},
           count(controller.applied_index));
  const auto& replicas = metrics.replication;
  auto total = [&](const char* name, const char* help, uint64_t value) {
    to.counter(name, help, {}, count(value));
  };
  total("troupe_controller_elections_won_total",
        "How often this node began to lead the controllers.",
        controller.elections_won);
  total("troupe_replication_received_bytes_total",
        "Bytes that followers here wrote.", replicas.bytes_in);
  total("troupe_replication_sent_bytes_total",
        "Bytes that leaders here gave to followers.", replicas.bytes_out);
  total("troupe_replication_elections_won_total",
        "How often a replica here began to lead.", replicas.elections_won);
  total("troupe_replication_in_sync_shrinks_total",
        "How often a follower fell out of sync.", replicas.in_sync_shrinks);
  total("troupe_replication_in_sync_expands_total",
        "How often a follower came back in sync.", replicas.in_sync_expands);
  for (const auto& lag : metrics.lags) {
    if (lag.node == 0)
      continue;
    auto topic = std::find_if(x.topics.begin(), x.topics.end(),
                              [&](auto& y) { return y.id == lag.id.topic; });
    metric_labels of{{"topic", topic == x.topics.end() ? to_string(lag.id.topic)
                                                       : topic->name},
                     {"partition", std::to_string(lag.id.partition)},
                     {"node", std::to_string(lag.node)}};
    to.gauge("troupe_replica_lag_records", "Records that a follower lacks.", of,
             static_cast<double>(lag.records));
    to.gauge("troupe_replica_behind_seconds", "Since when it is behind.", of,
             seconds(lag.behind_ms));
  }
}

void add_links(metric_families& to, const link_metrics& x) {
  auto total = [&](const char* name, const char* help, uint64_t value) {
    to.counter(name, help, {}, count(value));
  };
  to.gauge("troupe_link_open", "Connections to other processes.", {}, x.open);
  to.gauge("troupe_link_unanswered_bytes",
           "Bytes sent that the other sides did not take yet.", {},
           count(x.unanswered_bytes));
  total("troupe_link_sent_bytes_total", "Bytes sent.", x.bytes_sent);
  total("troupe_link_received_bytes_total", "Bytes received.",
        x.bytes_received);
  total("troupe_link_opened_total", "Connections that were opened.", x.opened);
  total("troupe_link_lost_total", "Connections that ended.", x.lost);
  for (auto [reason, value] : {std::pair{"tls", x.refused_tls},
                               std::pair{"garbage", x.refused_garbage},
                               std::pair{"other", x.refused_other}})
    to.counter("troupe_link_refused_total",
               "Connections that were ended before they were open.",
               {{"reason", reason}}, count(value));
  total("troupe_link_forbidden_requests_total",
        "Requests that a certificate does not allow.", x.requests_refused);
}

} // namespace

std::string exposition_of(const survey& x) {
  metric_families all;
  add_node(all, x);
  for (const auto& topic : x.topics)
    for (const auto& partition : x.partitions.at(topic.name))
      if (partition.failure.empty())
        add_partition(all, topic.name, partition);
  for (const auto& group : x.groups)
    add_group(all, group.about, x.node.now_ms);
  for (const auto& topic : x.topics)
    for (const auto& group : x.groups)
      if (auto letters = dead_letters_of(x, topic.name, group.about.group);
          letters >= 0)
        all.gauge("troupe_group_dead_letters",
                  "Records that the group gave up and that wait for somebody.",
                  {{"group", group.about.group}, {"topic", topic.name}},
                  static_cast<double>(letters));
  for (const auto& consumer : x.consumers)
    add_consumer(all, consumer);
  add_cluster(all, x);
  add_links(all, x.metrics.links);
  std::ostringstream out;
  prometheus::TextSerializer{}.Serialize(out, all.all());
  return out.str();
}

} // namespace troupe::http
