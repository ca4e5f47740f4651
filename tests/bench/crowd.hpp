#pragma once

#include <string>
#include <vector>

#include <caf/scoped_actor.hpp>

#include "tests/bench/bench.hpp"

namespace troupe::bench {

/// Many partitions and groups of a node, asked for all at once.
class crowd {
public:
  /// Finds the partitions of all topics that users made.
  explicit crowd(node_here& node);

  /// `count` topics named PREFIX0, PREFIX1...
  void create_topics(const std::string& prefix, int32_t count,
                     int32_t partitions);

  /// Asks each partition how it is: it answers when its log is open.
  void wait_until_all_serve();

  /// Appends a batch to each partition.
  void append_to_all(const record_batch& batch);

  /// Reads the first batch of each partition.
  void read_from_all();

  /// Makes groups group0, group1... with a position of each partition of
  /// `topic`.
  void create_groups(const std::string& topic, uint32_t count);

  /// Has the coordinators of the first `count` groups loaded.
  void load_groups(uint32_t count);

private:
  void find_partitions();

  /// Sends a request to each partition, a few hundred under way, and checks
  /// the answers.
  template <class Result, class... Ts>
  void ask_all(const std::function<bool(const Result&)>& is_right, Ts... xs);

  node_here& node_;
  caf::scoped_actor self_;
  std::vector<partition_actor> partitions_;
};

} // namespace troupe::bench
