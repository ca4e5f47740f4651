#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

#include "actors/controller/command.hpp"
#include "actors/protocol/errors.hpp"
#include "actors/protocol/metadata_messages.hpp"

namespace troupe {

/// What new commands are held to. Commands in the log are applied whatever the
/// rules are now.
struct metadata_rules {
  /// Topic ids are derived from it.
  uuid cluster_id;
  /// Of all topics together.
  uint32_t partitions_max = 100'000;
  /// Partitions of `__commit_offsets`.
  uint32_t shards = 50;
  /// Of topics that do not say; at most as many as there are nodes.
  uint32_t replication_factor = 1;
  /// Of this program.
  level_range levels = supported_levels;

  friend bool operator==(const metadata_rules&,
                         const metadata_rules&) = default;
};

/// What a command changed.
struct metadata_change {
  metadata_update update;
  /// The topic as it is now, or was when it was removed; none: the command was
  /// not about a topic.
  topic_info topic;
};

/// The state that follows from the commands applied so far, and the rules for
/// new ones. A `plan_...` says which command a request comes to, or why it is
/// refused; `apply` makes it so, live and in a replay.
///
/// Commands are numbered from 1 in the order of the log: index = offset + 1.
/// Index 0 is the state before the first one.
class metadata {
public:
  explicit metadata(metadata_rules rules = {});

  // -- plans -----------------------------------------------------------------

  /// Errors: `invalid_argument`, `topic_exists`.
  caf::expected<command> plan_create(const topic_spec& spec,
                                     bool is_internal) const;

  /// Errors: `unknown_topic` (names the nearest), `invalid_argument`.
  caf::expected<command> plan_grow(const std::string& name,
                                   int32_t partitions) const;
  caf::expected<command> plan_delete(const std::string& name) const;
  caf::expected<command> plan_configure(const std::string& name,
                                        const topic_settings& settings) const;

  command plan_reserve(int32_t count) const;

  /// Another in-sync set, as the leader of a partition asks for it; nodes that
  /// are `leaving` do not come in. Errors: `unknown_topic`,
  /// `unknown_partition`, `stale_partition_epoch` (names what is now),
  /// `invalid_argument`.
  caf::expected<command> plan_change(
    const partition_change& x, const std::set<uint32_t>& leaving = {}) const;

  // -- commands --------------------------------------------------------------

  /// Applies the next command, written under leader epoch `term`. A command
  /// that does not fit the state (`corrupt_log`) changes nothing: a plan never
  /// comes to one. Nor does one to a feature level that this program does not
  /// support (`unsupported_version`).
  caf::expected<metadata_change> apply(const command& x, int32_t term);

  // -- what there is ---------------------------------------------------------

  /// The number of commands applied.
  uint64_t index() const noexcept {
    return index_;
  }

  /// The leader epoch of the last one.
  int32_t term() const noexcept {
    return term_;
  }

  /// The feature level of the cluster; 0: it did not settle on one.
  uint32_t level() const noexcept {
    return level_;
  }

  uint32_t topic_count() const noexcept {
    return static_cast<uint32_t>(topics_.size());
  }

  uint64_t partition_count() const noexcept {
    return partition_count_;
  }

  /// All topics, by name, and all nodes, by id.
  metadata_update whole() const;

  const std::map<std::string, topic_info>& topics() const noexcept {
    return topics_;
  }

  const std::map<uint32_t, node_info>& nodes() const noexcept {
    return nodes_;
  }

  /// Null: no such topic.
  const topic_info* find(const topic_id& id) const;

  const metadata_rules& rules() const noexcept {
    return rules_;
  }

  // -- as bytes --------------------------------------------------------------

  /// All of it, but for the rules (controller_fields.hpp).
  std::string encode() const;

  /// Reads what `encode` wrote. Errors: `unsupported_version`, `corrupt_log`.
  static caf::expected<metadata> decode(metadata_rules rules,
                                        std::string_view text);

  friend bool operator==(const metadata&, const metadata&) = default;

private:
  caf::error apply(const create_topic& x, metadata_change& change);
  caf::error apply(const grow_topic& x, metadata_change& change);
  caf::error apply(const delete_topic& x, metadata_change& change);
  caf::error apply(const configure_topic& x, metadata_change& change);
  caf::error apply(const reserve_producer_ids& x, metadata_change& change);
  caf::error apply(const register_node& x, metadata_change& change);
  caf::error apply(const set_node_state& x, metadata_change& change);
  caf::error apply(const remove_node& x, metadata_change& change);
  caf::error apply(const set_partitions& x, metadata_change& change);
  caf::error apply(const raise_level& x, metadata_change& change);

  caf::error check(const partition_change& x) const;
  /// The topic, for a change that a user asks for.
  caf::expected<topic_info> find_for_user(const std::string& name,
                                          std::string_view verb) const;
  std::string did_you_mean(const std::string& name) const;
  /// The topic, for a command of the log; null: no such topic.
  topic_info* find(const topic_id& id);
  caf::error check_total(const std::string& name, int64_t added) const;
  /// For `count` new partitions; none on a single node.
  caf::expected<std::vector<partition_placement>> place(
    const std::string& topic, uint32_t factor, int32_t count) const;

  metadata_rules rules_;
  uint64_t index_ = 0;
  int32_t term_ = 0;
  uint32_t level_ = 0;
  std::map<std::string, topic_info> topics_;
  std::map<topic_id, std::string> names_;
  std::map<uint32_t, node_info> nodes_;
  uint64_t partition_count_ = 0;
  int64_t next_producer_id_ = 0;
};

} // namespace troupe
