#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "config/config_error.hpp"
#include "config/scenario_names.hpp"
#include "config/scenario_nodes.hpp"
#include "config/settings.hpp"

/// A scenario: topics, groups, and what happens to them step by step, with what
/// is to come of it. Written as JSON; samples/README.md is the reference.
namespace troupe::scenario {

// -- the cast ---------------------------------------------------------------

/// Which attempts at handling a record fail.
struct failure_rule {
  /// Each n-th attempt of a consumer; 0: none.
  uint32_t every = 0;
  /// The first `times` attempts at each record that has one of these values,
  /// whichever consumer makes them.
  std::vector<std::string> values;
  uint32_t times = 1;

  friend bool operator==(const failure_rule&, const failure_rule&) = default;
};

/// A group and how its consumers work. They are called '<group>-1',
/// '<group>-2', ...; a new one takes the smallest number that is not running.
struct group_spec {
  std::string name;
  /// For every consumer of the group; `handler`, `options` and `instance_id`
  /// are the player's.
  consumer_settings settings;
  /// How long the handler works on one record.
  milliseconds handler_time = 0ms;
  failure_rule fail;
  /// Consumer k is the static member `instance_ids[k - 1]`; a consumer beyond
  /// the list is a dynamic member.
  std::vector<std::string> instance_ids;
};

// -- steps ------------------------------------------------------------------

struct produced_record {
  std::optional<std::string> key;
  std::string value;
  std::vector<std::pair<std::string, std::string>> headers;

  friend bool operator==(const produced_record&,
                         const produced_record&) = default;
};

/// Posts records. Lasts until all are acknowledged, unless `in_background`.
struct produce {
  std::string topic;
  /// Nothing: the key decides.
  std::optional<int32_t> partition;
  /// The given records; empty: `count` made ones. Those without a key get one
  /// from `key_template`, if that is set.
  std::vector<produced_record> values;
  uint32_t count = 0;
  /// '{n}' in key and value stands for the record's number, which counts from
  /// here.
  int64_t first = 1;
  std::optional<std::string> key_template;
  std::string value_template = "msg{n}";
  /// Records a second; 0: all at once.
  double rate = 0;
  /// The next steps are played while it goes on; needs a rate.
  bool in_background = false;
  /// Nothing: as the producer settings say.
  std::optional<enum acks> acks;
  /// For expectations about these posts alone.
  std::string name;
  /// In a cluster: the process it is posted from; nothing: the first worker.
  std::optional<host_name> at;

  /// How many records there are.
  size_t size() const noexcept {
    return values.empty() ? count : values.size();
  }

  /// The i-th of them, from 0.
  produced_record record(size_t i) const;
};

/// Starts consumers of a group ('start': none was running; 'add': more).
struct start {
  std::string group;
  uint32_t consumers = 1;
  bool is_added = false;
  /// Lasts until the group is stable.
  bool waits_until_stable = true;
  milliseconds within = default_within;
  /// In a cluster: the processes they are started in, in turn; empty: the first
  /// worker.
  std::vector<host_name> at = {};
};

/// Which running consumers of a group: one by number, or the `count` with the
/// highest numbers, or (neither) all.
struct consumer_choice {
  std::optional<uint32_t> number;
  std::optional<uint32_t> count;
};

/// Stops consumers: they drain, commit, leave. Lasts until they are gone.
struct stop {
  std::string group;
  consumer_choice who;
  milliseconds within = default_within;
};

/// Kills consumers without any clean-up.
struct crash {
  std::string group;
  consumer_choice who;
  /// Time goes on until all of them are in the middle of a record; then they
  /// die at once.
  bool is_during_record = false;
  milliseconds within = default_within;
};

/// Pauses or resumes partitions of a group.
struct pause {
  std::string group;
  bool is_paused = true;
  /// Empty: all topics of the group.
  std::string topic;
  /// Nothing: all of the topic.
  std::optional<int32_t> partition;
};

enum class restart_kind : uint8_t {
  /// Drained and closed.
  clean,
  /// The process is gone at once; what it wrote stays.
  kill,
  /// What was not synced is gone too.
  power_cut,
};

/// Ends the node and starts it again on its data. Consumers go with it.
struct restart_node {
  /// In a cluster: which one.
  std::optional<host_name> node;
  restart_kind how = restart_kind::clean;
  /// How long the node is away.
  milliseconds down_time = 0ms;
  /// The consumers that were running are started again with it, under their
  /// names; then lasts until their groups are stable.
  bool restarts_consumers = true;
  milliseconds within = default_within;
};

/// Lasts until all posts are acknowledged or have failed, and the group (empty:
/// each group that has consumers) has committed all there is and no handler is
/// busy. Paused partitions do not count; nor do those without a position and
/// without a stored start, which are behind by no known number.
struct wait_until_drained {
  std::string group;
  milliseconds within = default_within;
};

/// Lasts until something is so.
struct wait {
  enum class condition : uint8_t {
    /// The group's state.
    stable,
    empty,
    /// The group was handed at least `count` records in its read window.
    reads,
    /// All that was posted in the background is acknowledged or has failed.
    produced,
    /// Every partition has a leader, and all of its replicas are in sync.
    in_sync,
  };

  /// Empty with `produced` and `in_sync`.
  std::string group;
  condition until = condition::stable;
  uint64_t count = 0;
  milliseconds within = default_within;
};

/// Lets time pass.
struct advance {
  milliseconds time = 0ms;
};

struct create_topic {
  topic_spec topic;
};

struct delete_topic {
  std::string topic;
};

/// Gives a topic more partitions, `partitions` in all.
struct grow {
  std::string topic;
  int32_t partitions = 0;
};

/// Moves the positions of a group without consumers.
struct reset {
  std::string group;
  start_rule to;
  /// Empty: all topics of the group.
  std::string topic;
  std::optional<int32_t> partition;
};

/// Begins a new read window of every group, and a new measurement of rates.
struct mark {
  std::string name;
};

/// Text to show.
struct note {
  std::string text;
};

/// A number that may have some play: min <= x <= max.
struct bounds {
  std::optional<int64_t> min;
  std::optional<int64_t> max;

  bool contains(int64_t x) const noexcept {
    return (!min || x >= *min) && (!max || x <= *max);
  }

  friend bool operator==(const bounds&, const bounds&) = default;
};

struct rate_expectation {
  /// Records a second that the group was handed since the last mark.
  double value = 0;
  /// How far off it may be.
  double tolerance = 0;
};

/// Per partition a number or null (nothing). What is not listed is not looked
/// at.
using offsets_expectation = std::map<partition_name, std::optional<int64_t>>;

/// What is to be so now. All that is set is checked.
///
/// A group's *read window* holds the records that were handed to its handlers,
/// each time one was handed out, since its last `expect` with `reads`,
/// `reads_any_order` or `reads_count`, or since the last `mark`. Such an
/// `expect` ends the window.
struct expect {
  /// Empty: of all groups together (`lost`, `delivered_twice`,
  /// `delivered_twice_committed`), or of no group (`end`).
  std::string group;
  /// Looked at again until it is so or this has passed; 0: once.
  milliseconds within = 0ms;

  /// The values in the read window: per partition exactly these, in order; a
  /// partition that is not listed was read nothing of.
  std::optional<std::map<partition_name, std::vector<std::string>>> reads;
  /// The values in the read window, of all partitions, in any order; each as
  /// often as it is listed.
  std::optional<std::vector<std::string>> reads_any_order;
  std::optional<bounds> reads_count;

  /// The last finished offset; null: none.
  offsets_expectation committed;
  /// committed + 1, or null.
  offsets_expectation next;
  /// Where the group begins while committed is null; null: not stored.
  offsets_expectation start;
  /// The offset the next record will get; of the topics, not of the group.
  offsets_expectation end;
  /// Records that the group is behind.
  offsets_expectation lag;
  std::optional<int64_t> lag_total;

  /// Who owns a partition ('SMSGroup-1'); nothing: nobody.
  std::map<partition_name, std::optional<std::string>> owners;
  /// Members that own something, and members that own nothing.
  std::optional<uint32_t> owners_count;
  std::optional<uint32_t> idle;

  /// Since the scenario began: acknowledged records at or after the group's
  /// start and below its position that were never handed out.
  std::optional<int64_t> lost;
  /// Since the scenario began: how often a record was handed out again, and how
  /// often one that had been committed. A handler's own retries do not count.
  std::optional<bounds> delivered_twice;
  std::optional<int64_t> delivered_twice_committed;

  std::optional<rate_expectation> rate;
  /// Since the last mark, at most so long passed in any partition without a
  /// record that was handed out to the group or (without a group) acknowledged.
  std::optional<milliseconds> gap;
  /// Acknowledged records that are in no log any more.
  std::optional<int64_t> missing;

  /// What became of the posts of this name, or (empty) of all posts.
  std::string posts;
  std::optional<bounds> acknowledged;
  std::optional<bounds> failed;
  std::optional<bounds> waiting;

  /// Of a cluster. `under_replicated`: partitions with a replica that is not in
  /// sync; `offline`: with no leader.
  std::map<partition_name, node_choice> leaders;
  std::map<partition_name, in_sync_expectation> in_sync;
  std::optional<node_choice> controller;
  std::optional<bounds> under_replicated;
  std::optional<bounds> offline;
  /// What lies on the disks of all replicas is the same.
  std::optional<bool> replicas_agree;

  /// Each is part of the cause of an event in the group's timeline, in this
  /// order.
  std::vector<std::string> events;
};

using action =
  std::variant<produce, start, stop, crash, pause, restart_node,
               wait_until_drained, wait, advance, create_topic, delete_topic,
               grow, reset, mark, note, expect, name_node, crash_node,
               stop_node, start_node, pause_node, cut, heal, slow, govern>;

/// One thing that happens.
struct step {
  /// Its JSON path, '$.steps[4].expect', for messages; with
  /// `.committed['messages-0']` and the like appended by whoever looks deeper.
  std::string path;
  uint32_t line = 0;
  action what;
};

// -- the whole --------------------------------------------------------------

/// A scenario as it was written.
struct script {
  std::string title;
  std::string description;
  /// Seeds the interleaving in virtual time.
  uint64_t seed = 1;
  /// Only `topic_defaults`, `partition`, `coordination`, `producer` and (of a
  /// cluster) `cluster` can be set by a scenario.
  node_settings settings;
  /// Empty: there is one node, and it is no cluster.
  std::vector<node_spec> nodes;
  /// Processes without partitions that clients live in, beside the nodes.
  uint32_t workers = 1;
  /// They are there from the beginning.
  std::vector<topic_spec> topics;
  std::vector<group_spec> groups;
  std::vector<step> steps;

  bool is_clustered() const noexcept {
    return !nodes.empty();
  }

  /// The group of that name, null: none.
  const group_spec* find_group(const std::string& name) const;
};

/// Reads a scenario from JSON text; `file` is its name in errors.
///
/// Besides the shape it checks that the story makes sense: topics and groups
/// exist, partitions are in range at that step, consumers that are stopped are
/// running, a topic grows and does not shrink.
config_result<script> read_script(const std::string& text,
                                  const std::string& file);

/// The same from a file on disk.
config_result<script> load_script(const std::string& path);

} // namespace troupe::scenario
