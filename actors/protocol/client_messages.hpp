#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/meta/type_name.hpp>

#include "actors/protocol/ids.hpp"
#include "actors/protocol/latency_histogram.hpp"
#include "actors/protocol/record_batch.hpp"

/// What users say to producers, consumers and handlers.
namespace troupe {

/// A record to post: to the partition given, else by key, else sticky.
struct posting {
  std::string topic;
  int32_t partition = -1;
  record content;
};

/// Where a posted record went.
struct record_metadata {
  std::string topic;
  int32_t partition = 0;
  int64_t offset = 0;
};

struct producer_status {
  uint64_t posted = 0;
  uint64_t acknowledged = 0;
  uint64_t failed = 0;
  uint64_t retried_batches = 0;
  uint64_t buffered_bytes = 0;
  uint32_t waiting = 0;
};

/// A record in the hands of a handler.
struct delivery {
  std::string topic;
  topic_partition id;
  int64_t offset = 0;
  record content;
  /// 1 for the first time this consumer hands it out.
  uint32_t attempt = 1;
};

/// A consumer's view of a partition it holds.
struct consumer_partition {
  topic_partition id;
  std::string topic;
  /// fetching, working, retrying, paused, draining
  std::string state;
  /// The next offset to hand out, and the next to commit.
  int64_t position = 0;
  int64_t committed_next = -1;
  uint64_t buffered_bytes = 0;
};

struct consumer_status {
  std::string group;
  std::string name;
  /// The name of its handler.
  std::string handler;
  uuid member;
  int64_t member_epoch = 0;
  /// joining, active, leaving, stopped
  std::string state;
  std::vector<consumer_partition> partitions;
  uint64_t handled = 0;
  uint64_t retried = 0;
  /// Results that came after their partition was given up.
  uint64_t dropped_results = 0;
  /// Records that were removed before they were read, by retention or by hand.
  uint64_t skipped = 0;
  /// How often a log turned out to be cut below the position.
  uint64_t truncations = 0;
  uint64_t commits = 0;
  uint64_t commits_refused = 0;
  uint64_t handler_restarts = 0;
  /// Records whose handler failed after `before` had committed them.
  uint64_t given_up = 0;
  /// Records that went to the dead letters, or were parked.
  uint64_t dead_letters = 0;
  uint64_t parked = 0;
  /// How long its handler took for a record, done or not.
  latency_histogram handling;
  /// What it does, for people: 'working', 'retrying 2/5', 'circuit open'.
  std::string activity;
  /// For so long already; of a wait: for so long still. -1: neither.
  int64_t activity_ms = -1;
  /// The last thing that went wrong, empty: nothing did.
  std::string last_problem;
  /// When that was, milliseconds since the epoch.
  int64_t last_problem_ms = -1;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, posting& x) {
  return f(caf::meta::type_name("posting"), x.topic, x.partition, x.content);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, record_metadata& x) {
  return f(caf::meta::type_name("record_metadata"), x.topic, x.partition,
           x.offset);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, producer_status& x) {
  return f(caf::meta::type_name("producer_status"), x.posted, x.acknowledged,
           x.failed, x.retried_batches, x.buffered_bytes, x.waiting);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, delivery& x) {
  return f(caf::meta::type_name("delivery"), x.topic, x.id, x.offset, x.content,
           x.attempt);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, consumer_partition& x) {
  return f(caf::meta::type_name("consumer_partition"), x.id, x.topic, x.state,
           x.position, x.committed_next, x.buffered_bytes);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, consumer_status& x) {
  return f(caf::meta::type_name("consumer_status"), x.group, x.name, x.handler,
           x.member, x.member_epoch, x.state, x.partitions, x.handled,
           x.retried, x.dropped_results, x.skipped, x.truncations, x.commits,
           x.commits_refused, x.handler_restarts, x.given_up, x.dead_letters,
           x.parked, x.handling, x.activity, x.activity_ms, x.last_problem,
           x.last_problem_ms);
}

} // namespace troupe
