#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/protocol/interfaces.hpp"
#include "runtime/cast.hpp"
#include "runtime/consumer_crew.hpp"
#include "runtime/trash.hpp"

namespace troupe {

/// What a child of the node is, and how to name it.
struct controller_role {};
struct partition_role {
  topic_partition id;
};
struct shard_role {
  uint32_t shard = 0;
};
struct coordinator_role {
  std::string group;
};
struct consumer_role {
  size_t index = 0;
};
using node_role = std::variant<controller_role, partition_role, shard_role,
                               coordinator_role, consumer_role>;

/// A partition as this node runs it: without a handle it is offline.
struct hosted_partition {
  partition_actor handle;
  /// In a row: a log that fails soon after it was opened is not well yet.
  uint32_t failures = 0;
  std::string problem;
  std::optional<caf::actor_clock::time_point> serves_since;
};

/// Another node of the cluster, as far as it is reached.
struct peer_node {
  std::string address;
  node_actor door;
  /// Who is behind it.
  node_disk who;
  bool is_connecting = false;
  uint32_t failures = 0;
  caf::actor_clock::time_point retry_at{};
};

/// NODE: starts the roles of one process in their order, finds them for each
/// other, starts again what crashed, and stops them in order.
struct node_state {
  static inline constexpr const char* name = "node";

  explicit node_state(node_actor::pointer ptr);

  /// Ends all roles: they do not outlive their node, however it ended.
  ~node_state();

  void start(cast_config config);

  // -- requests (node.cpp)
  // -------------------------------------------------------

  caf::expected<std::vector<topic_info>> topics() const;
  caf::expected<topic_info> topic(const std::string& topic_name) const;
  caf::expected<partition_actor> locate(const topic_partition& id) const;
  caf::expected<coordinator_actor> coordinator_of(const std::string& group);
  caf::result<std::vector<std::string>> groups();
  caf::result<node_status> status();
  /// Adds what the node itself knows to what the controller said.
  void complete(node_status& x) const;
  caf::result<std::vector<consumer_status>> consumers();
  metadata_update watch(metadata_listener_actor listener);
  /// What this node counts (node_metrics.cpp).
  caf::result<node_metrics> metrics();
  caf::expected<backup_actor> begin_backup();
  /// Of an operator.
  caf::result<caf::ok_atom> order(const cluster_order& x);
  caf::expected<controller_actor> local_controller() const {
    return controller_;
  }

  /// Passes a request on to the controller, once the node serves.
  template <class Result, class... Ts>
  caf::result<Result> ask_controller(Ts... xs);

  /// Runs `work` now, or once the node serves; fails when too many wait.
  caf::error when_serving(std::function<void()> work);

  // -- in a cluster (node_cluster.cpp) ---------------------------------------

  bool is_clustered() const;

  /// What is led here; `not_leader` when it is not.
  caf::expected<partition_actor> host(const topic_partition& id) const;
  caf::expected<coordinator_actor> host(const std::string& group);

  /// Led by another node: that one is asked.
  bool is_elsewhere(const topic_partition& id) const;
  bool is_elsewhere(const std::string& group) const;
  caf::result<partition_actor> locate_anywhere(const topic_partition& id);
  caf::result<coordinator_actor> coordinator_anywhere(const std::string& group);

  // -- following the metadata (node_roles.cpp)
  // -----------------------------------

  void on_update(const metadata_update& update);

  // -- supervision (node_roles.cpp)
  // ----------------------------------------------

  void on_down(const caf::down_msg& msg);
  /// Starts what is due (node_restarts.cpp).
  void on_tick();

  // -- stopping (node_stop.cpp)
  // --------------------------------------------------

  caf::result<caf::ok_atom> stop();

  /// Stops, for the process to begin anew, unless that has been done since
  /// it was `incarnation`. Error: `not_available`, when it cannot.
  caf::expected<caf::ok_atom> restart(const uuid& incarnation);

  /// Stops by itself, for good: whoever started it is told why.
  void give_up(const caf::error& why);

  node_actor::pointer self;

private:
  /// Of a node that was killed during a backup.
  void remove_held_backup();
  void start_controller();
  /// What the settings want and is not there; true: internal.
  std::vector<std::pair<topic_spec, bool>> missing_topics() const;
  void create_missing_topics();
  void begin_serving();
  coordinator_actor start_coordinator(const std::string& group,
                                      offset_store_actor store);
  void start_partition(const topic_info& topic, int32_t number);
  void start_shard(uint32_t shard);
  /// How many that are led here are not served yet.
  size_t shards_missing() const;
  /// Once its log can be read.
  void retry_shard(uint32_t shard);
  void start_consumer(size_t index);
  void apply_topic(const topic_info& topic);
  void remove_topic(const topic_id& id);
  /// Removes what is not among all there is.
  void remove_topics_beyond(const metadata_update& whole);
  void report_recovery(const topic_partition& id);
  template <class Handle>
  Handle adopt(Handle handle, node_role role);
  void end_child(const caf::actor_addr& child);
  /// Ends the coordinators of a shard that is here no more.
  void end_orphans(uint32_t shard);
  void plan_restart(const node_role& role, uint32_t failures);
  void restart(const node_role& role);
  void child_ended(const controller_role& role, const caf::error& reason);
  void child_ended(const partition_role& role, const caf::error& reason);
  void child_ended(const shard_role& role, const caf::error& reason);
  void child_ended(const coordinator_role& role, const caf::error& reason);
  void child_ended(const consumer_role& role, const caf::error& reason);
  std::string describe(const node_role& role) const;
  std::string describe(const topic_partition& id) const;
  void log(log_level level, std::string_view event,
           const std::vector<log_field>& fields = {}) const;

  /// All of it but what roles have to be asked for.
  node_metrics own_metrics() const;
  /// Also those whose role has ended and is not back yet: null.
  std::map<topic_partition, partition_actor> led_here() const;

  void begin_cluster_life();
  void beat();
  void on_lease(const node_lease& x, caf::actor_clock::time_point asked);
  /// By the leases that were given, and by the metadata that is here.
  void extend_lease();
  void on_refused(const caf::error& why);
  void connect_peers();
  void connect(const std::string& address);
  void meet(const std::string& address, node_actor door);
  /// Null: it is not reached, or only one that is not it: with another disk
  /// than the cluster knows of it.
  node_actor door_of(uint32_t node) const;
  /// The node that leads; 0: none.
  uint32_t leader_of(const topic_partition& id) const;
  void create_missing_topics_of_cluster();
  /// Begins to act on the metadata once it is not that of the past.
  void catch_up();
  void place_topic(const topic_info& topic);
  void remove_strays();
  void tell_role(const topic_info& topic, int32_t number);
  void drop_replica(const topic_info& topic, int32_t number);
  void follow_shards();
  void end_shard(uint32_t shard);
  /// No other node is reached.
  bool is_alone() const;
  void leave_cluster();

  void begin_stop();
  void stop_consumers();
  void stop_groups();
  void stop_partitions();
  void stop_controller();
  void stopped();

  std::unique_ptr<cast> cast_;
  std::optional<trash> trash_;
  controller_actor controller_;
  uint64_t metadata_index_ = 0;
  uint32_t level_ = 0;
  std::map<std::string, topic_id> topic_ids_;
  std::unordered_map<topic_id, topic_info> topics_;
  std::map<topic_partition, hosted_partition> partitions_;
  std::map<uint32_t, offset_store_actor> shards_;
  std::map<std::string, coordinator_actor> coordinators_;
  consumer_crew consumers_;
  std::vector<metadata_listener_actor> listeners_;
  /// The one that runs, or null.
  backup_actor backup_;
  std::unordered_map<caf::actor_addr, node_role> children_;

  /// A child that is started again when its time has come.
  struct planned_restart {
    caf::actor_clock::time_point due;
    node_role role;
  };
  std::vector<planned_restart> restarts_;

  /// What waits for the node to serve.
  std::vector<std::function<void()>> waiting_;
  std::vector<std::string> recovery_;
  int64_t started_ms_ = 0;
  // Of a cluster.
  std::map<uint32_t, node_info> nodes_;
  /// By address: who it is, it is asked there.
  std::map<std::string, peer_node> peers_;
  /// Replicas that were moved off and are being removed.
  std::set<topic_partition> dropping_;
  /// What the controllers' leader knew when it first answered.
  std::optional<uint64_t> known_index_;
  bool has_caught_up_ = false;
  bool lives_in_cluster_ = false;
  bool is_creating_ = false;
  bool is_leaving_ = false;
  bool has_lease_ = false;
  /// Until when it may lead, and until when nobody else does.
  caf::timespan lease_until_{0};
  caf::timespan fresh_until_{0};
  /// A lease, with the last command that the controllers knew.
  struct lease_ahead {
    uint64_t metadata_index = 0;
    caf::timespan fresh_until{0};
  };
  /// Those that came before the metadata; oldest first.
  std::deque<lease_ahead> leases_ahead_;
  std::function<void()> left_;
  std::optional<caf::actor_clock::time_point> leave_due_;
  caf::actor_clock::time_point beat_due_{};
  /// Since when the cluster does not take it.
  std::optional<caf::actor_clock::time_point> refused_since_;

  uint32_t controller_failures_ = 0;
  std::string controller_problem_;
  std::optional<caf::actor_clock::time_point> controller_since_;
  bool is_serving_ = false;
  bool is_stopping_ = false;
  /// None: it was told to stop.
  caf::error end_reason_;
  std::vector<caf::typed_response_promise<caf::ok_atom>> stop_waiters_;
};

/// Behavior of the node.
node_actor::behavior_type node(node_actor::stateful_pointer<node_state> self,
                               cast_config config);

} // namespace troupe
