#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/coordinator/assignor.hpp"
#include "actors/coordinator/group.hpp"
#include "actors/coordinator/outbox.hpp"
#include "actors/protocol/clock.hpp"
#include "actors/protocol/interfaces.hpp"
#include "actors/protocol/retry.hpp"
#include "actors/protocol/serving_lease.hpp"
#include "config/settings.hpp"

namespace troupe {

/// What a coordinator is made with.
struct coordinator_config {
  std::string group;
  /// The shard that keeps the group, on the same node.
  offset_store_actor store;
  node_actor node;
  coordination_settings limits;
  epoch_offset epoch;
  /// The assignors that members may ask for.
  assignor_registry_ptr assignors = std::make_shared<assignor_registry>();
  /// In a cluster: while it is fresh, no other node coordinates the group.
  std::shared_ptr<const serving_lease> lease = {};
  /// How long that of another node, which coordinated the group before, may
  /// have stayed fresh.
  caf::timespan overlap{0};
};

/// COORDINATOR: translates messages to inputs of a `group`, and keeps answers
/// and pushes back until the records that they rest on are durable. When a
/// write fails, or nobody knows whether it did, it quits: whoever starts it
/// again finds what is durable, and nothing else was told to anybody.
struct coordinator_state {
  static inline constexpr const char* name = "coordinator";

  explicit coordinator_state(coordinator_actor::pointer ptr) : self(ptr) {}

  /// Whoever still waits is told, however the actor ended.
  ~coordinator_state();

  void start(coordinator_config config);

  // -- requests ---------------------------------------------------------------

  caf::typed_response_promise<join_result> join(join_request& request,
                                                const consumer_actor& handle);
  caf::typed_response_promise<heartbeat_result> beat(heartbeat& x);
  caf::typed_response_promise<caf::ok_atom> revoked(revoked_notice& x);
  caf::typed_response_promise<caf::ok_atom> leave(leave_request& x);
  caf::typed_response_promise<commit_result> commit(commit_request& x);
  caf::typed_response_promise<caf::timespan> reserve(const uuid& member,
                                                     uint32_t count);
  caf::typed_response_promise<group_description> describe();
  caf::typed_response_promise<std::vector<timeline_event>> events();
  caf::typed_response_promise<uint32_t> pause(
    std::vector<partition_choice>& partitions, bool is_paused);
  caf::typed_response_promise<reset_plan> reset(reset_request& x);
  caf::typed_response_promise<caf::ok_atom> remove();

  // -- events -----------------------------------------------------------------

  void on_update(metadata_update& x);
  void on_tick();
  void on_down(const caf::down_msg& x);
  void on_exit(const caf::exit_msg& x);

  coordinator_actor::pointer self;

private:
  /// Leaves with `none` when its records are durable; with an error when they
  /// never will be.
  using effect = std::function<void(const caf::error&)>;

  using answers_function =
    std::function<void(const std::vector<start_answer>&)>;

  /// Questions to partitions that are answered together.
  struct inquiry {
    std::vector<start_query> queries;
    std::vector<start_answer> answers;
    size_t open = 0;
    /// Until then, whoever cannot answer now is asked again.
    caf::timespan patient_until{0};
    /// Those to be asked again.
    std::vector<size_t> again;
    answers_function done;
    /// Called instead when the actor ends; may be empty.
    effect refuse;
  };
  using inquiry_ptr = std::shared_ptr<inquiry>;

  /// Runs `work` on the group, once it is loaded, and answers with its result
  /// when that is durable.
  template <class Result, class Work>
  caf::typed_response_promise<Result> handle(Work work);
  /// `run` gets `none` when the group is loaded, or why it never will be.
  void when_loaded(effect run);
  void begin_when_loaded();
  instant now() const;

  /// Lets what came of a turn take its course; `reply` goes first.
  void finish(turn t, effect reply);
  void finish(turn t);
  effect push_effect(push x);
  void pump();
  void on_written(uint64_t number);
  /// The disk is full: what is to be written waits for room.
  void on_no_room(uint64_t number, caf::error reason);
  void plan_retry();
  void retry_writes();
  void release();
  void arm();
  /// Ends the actor.
  void fail(caf::error reason);
  void refuse_all();
  caf::error stopped() const;

  void keep_handle(const uuid& member, const consumer_actor& handle);
  void forget_handle(const uuid& member);
  std::optional<uuid> other_member_of(const consumer_actor& handle,
                                      const uuid& id) const;

  // Asking partitions (coordinator_inquiry.cpp).
  static constexpr caf::timespan no_patience{0};
  /// A partition has a new leader by then, if it has one at all.
  static constexpr caf::timespan election_patience = std::chrono::seconds{4};
  void inquire(std::vector<start_query> queries, caf::timespan patience,
               answers_function done, effect refuse = nullptr);
  void ask_again();
  void locate(const inquiry_ptr& asked, size_t index);
  void ask_offset(const inquiry_ptr& asked, size_t index, partition_actor whom);
  void ask_epoch(const inquiry_ptr& asked, size_t index,
                 const partition_actor& whom);
  void on_no_answer(const inquiry_ptr& asked, size_t index,
                    const caf::error& why);
  void close(const inquiry_ptr& asked, size_t index, bool is_online);

  coordinator_config config_;
  std::unique_ptr<group> group_;
  std::optional<group_image> image_;
  std::optional<metadata_update> topics_;
  bool is_loaded_ = false;
  bool is_failed_ = false;
  /// What came before the group was loaded.
  std::vector<effect> waiting_;
  outbox<effect> outbox_;
  /// Why writes wait for room; none: they do not.
  caf::error no_room_;
  backoff room_backoff_{100ms, 5s};
  std::optional<caf::timespan> retry_at_;
  std::map<uuid, consumer_actor> handles_;
  std::map<uuid, std::vector<caf::typed_response_promise<join_result>>> joins_;
  /// Those without all their answers.
  std::set<inquiry_ptr> inquiries_;
  std::optional<caf::timespan> ask_again_at_;
  /// When the next tick comes.
  std::optional<caf::timespan> armed_;
};

/// Behavior of the coordinator of `config.group`.
coordinator_actor::behavior_type coordinator(
  coordinator_actor::stateful_pointer<coordinator_state> self,
  coordinator_config config);

} // namespace troupe
