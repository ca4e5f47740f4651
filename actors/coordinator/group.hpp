#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/timespan.hpp>

#include "actors/coordinator/assignor.hpp"
#include "actors/coordinator/deadlines.hpp"
#include "actors/coordinator/group_table.hpp"
#include "actors/coordinator/host_catalog.hpp"
#include "actors/coordinator/start_rule.hpp"
#include "actors/coordinator/timeline.hpp"
#include "actors/coordinator/topic_catalog.hpp"
#include "actors/protocol/pace.hpp"
#include "config/settings.hpp"

namespace troupe {

/// A moment: on a steady clock, which timers follow, and on the calendar.
struct instant {
  caf::timespan steady{0};
  int64_t ms = 0;
};

/// What a member is told without having asked.
using push = std::variant<assignment, revocation, member_state, fenced_notice,
                          pause_notice>;

/// The answer to a join; it may come turns after the question.
struct join_answer {
  uuid member;
  caf::error failure;
  join_result result;
};

/// The handling of one input: when it is, and what comes of it. The answers and
/// pushes may leave once the records are durable, not before.
struct turn {
  explicit turn(const instant& x) : now(x) {}

  instant now;
  std::vector<group_record> records;
  std::vector<join_answer> joins;
  std::vector<push> pushes;
  /// To be answered, all of them at once, by `finish_start`...
  std::vector<start_query> start_queries;
  /// ... and these by `give`.
  std::vector<start_query> give_queries;
};

/// One group: who is a member, who owns what, who may commit, where it goes on.
/// A state machine without actor, clock or disk: inputs and times come in,
/// records and effects go out. Its durable state is a `group_table` and changes
/// through records alone; the rest, listed last below, is what a restart may
/// lose: sessions begin anew, members are told anew what they hold.
class group {
public:
  group(std::string name, const coordination_settings& limits,
        assignor_registry_ptr assignors);

  // -- a life begins (group.cpp) ----------------------------------------------

  /// Takes over what is durable; fails when a record cannot be read.
  caf::error load(const group_image& image);

  /// The topics are known too: arms timers, takes up what was under way.
  /// `overlap`: for so long the last coordinator may still have answered
  /// members, which sessions last longer by.
  void begin(const metadata_update& topics, turn& t,
             caf::timespan overlap = caf::timespan{0});

  // -- members (group_join.cpp, group_members.cpp) ----------------------------

  /// Admits a member, answers in `turn::joins` (perhaps of a later turn).
  /// `replaces`: a member of the same actor, whose time is over.
  void join(join_request request, const std::optional<uuid>& replaces, turn& t);

  caf::expected<heartbeat_result> beat(const heartbeat& x, turn& t);

  caf::error revoked(const revoked_notice& x, turn& t);

  void leave(const leave_request& x, turn& t);

  /// A member's actor is no more.
  void exited(const uuid& member, const std::string& reason, turn& t);

  /// Pushes to this member may have been lost: it is told all with its next
  /// heartbeat.
  void lost_contact(const uuid& member);

  // -- time (group.cpp) -------------------------------------------------------

  /// When `tick` wants to be called.
  std::optional<caf::timespan> next_deadline() const {
    return timers_.next();
  }

  void tick(turn& t);

  // -- topics and starts (group_starts.cpp) -----------------------------------

  void update(const metadata_update& topics, turn& t);

  /// The answers to `turn::start_queries`.
  void finish_start(const std::vector<start_answer>& answers, turn& t);

  /// Answers to `turn::give_queries`.
  void give(const std::vector<start_answer>& answers, turn& t);

  // -- positions (group_positions.cpp) ----------------------------------------

  caf::expected<commit_result> commit(const commit_request& x, turn& t);

  /// After how long `count` records of the group's pace may go.
  caf::expected<caf::timespan> reserve(const uuid& member, uint32_t count,
                                       const instant& now);

  /// How many partitions changed.
  caf::expected<uint32_t> pause(const std::vector<partition_choice>& partitions,
                                bool is_paused, turn& t);

  /// What must be asked before `reset` can tell.
  caf::expected<std::vector<start_query>> reset_queries(
    const reset_request& x, const instant& now) const;

  caf::expected<reset_plan> reset(const reset_request& x,
                                  const std::vector<start_answer>& answers,
                                  turn& t);

  /// Removes the group with all that is known of it.
  caf::error remove(turn& t);

  // -- views (group_views.cpp) ------------------------------------------------

  /// Without the bounds of the partitions.
  caf::expected<group_description> describe() const;

  caf::expected<std::vector<timeline_event>> events() const;

  const group_table& table() const noexcept {
    return table_;
  }

  /// The coordinator's life: in every push and answer.
  int32_t life() const noexcept {
    return life_;
  }

private:
  /// Tests that explore all states see and set what only a living group knows.
  friend struct group_access;

  enum class timer_kind : uint8_t { session, rebalance, retry, expiry };

  struct timer {
    timer_kind kind;
    uuid member;

    auto operator<=>(const timer&) const = default;
  };

  /// Joins that wait for the first start.
  struct first_start {
    std::vector<join_request> joins;
    /// What the metadata and the clock said when the partitions were asked.
    uint64_t index = 0;
    int64_t asked_ms = 0;
    bool is_asking = false;
  };

  // -- changing ---------------------------------------------------------------

  void change(group_record x, turn& t);
  /// The header, made anew for a group that has none.
  group_header header_or_new(turn& t) const;
  void note(timeline_event event, turn& t);
  void note(std::string cause, turn& t);

  // -- who is to own what (group_rebalance.cpp) -------------------------------

  /// A new epoch, a new target, and the first steps towards it.
  void rebalance(std::string cause, turn& t);
  assignment_map compute_target(std::string& cause) const;
  /// Brings members nearer to their targets, and whoever waits for what they
  /// release.
  void reconcile(std::deque<uuid> members, turn& t);
  void reconcile_one(const uuid& id, std::deque<uuid>& waiting,
                     event_map& completed, turn& t);
  /// Puts into `completed` the events whose moves this completes.
  void note_given(const uuid& id, const std::vector<topic_partition>& added,
                  event_map& completed, const turn& t);
  std::deque<uuid> all_members() const;
  std::vector<topic_id> topics_of(const member_info& x) const;
  /// All partitions of all subscribed topics, ascending.
  std::vector<topic_partition> subscribed() const;

  // -- members ----------------------------------------------------------------

  caf::error check(const join_request& x) const;
  caf::error check_rules(const join_request& x) const;
  caf::error check_room(const std::optional<uuid>& replaces) const;
  caf::error check_instance(const join_request& x,
                            const std::optional<uuid>& replaces) const;
  std::optional<uuid> holder_of(const std::string& instance_id) const;
  void admit(const join_request& x, turn& t);
  void rejoin(const join_request& x, turn& t);
  void take_over(const uuid& old, const join_request& x, turn& t);
  void take_rules(const group_settings& rules, turn& t);
  void answer(const uuid& member, turn& t);
  void refuse(const uuid& member, caf::error reason, turn& t);
  /// A member goes before its join was answered.
  void forget_waiting(const uuid& id, turn& t);
  /// The processes of these nodes are no more, and their members with them;
  /// returns in words who went, static members that are waited for excepted.
  std::vector<std::string> drop_members_of(const std::set<uuid>& hosts,
                                           turn& t);
  /// Null for a member that is not there, or away.
  const group_member* living(const uuid& id) const;
  caf::error unknown(const uuid& id) const;
  void drop(const uuid& id, const std::string& notice, turn& t);
  void go_away(const uuid& id, const std::string& cause, turn& t);
  /// What `id` was to give up counts as given up; returns who waits for it.
  std::deque<uuid> release_revoking(const uuid& id, turn& t);
  void release(const topic_partition& id, const std::string& owner,
               std::deque<uuid>& waiting, const turn& t);
  void note_release(const topic_partition& id, const std::string& owner,
                    const turn& t);
  void take_handed(const uuid& id, const std::vector<held_partition>& held);
  void restart_session(const uuid& id, const turn& t);

  // -- starts -----------------------------------------------------------------

  void begin_start(turn& t);
  start_context context_of(const topic_partition& id, int64_t now_ms) const;
  void settle(const start_answer& answer, const start_context& context,
              turn& t);
  void ask(const topic_partition& id, turn& t);
  caf::error check_first_offset(const start_rule& rule,
                                const std::vector<start_answer>& answers) const;
  void drop_topic(const topic_id& id, turn& t);

  // -- positions --------------------------------------------------------------

  caf::expected<commit_result> commit_outside(const commit_request& x, turn& t);
  ec commit_one(const uuid& id, const commit_entry& x, turn& t);
  ec check_place(const topic_partition& id) const;
  caf::expected<std::vector<topic_partition>> choose(
    const std::vector<partition_choice>& choices) const;
  void arm_expiry(turn& t);
  void expire(turn& t);
  int64_t expires_ms() const;
  milliseconds expiry_wait(const turn& t) const;

  // -- views ------------------------------------------------------------------

  assigned_partition assigned_view(const topic_partition& id,
                                   const held_place& held) const;
  member_state state_view(const uuid& id) const;
  std::string label(const topic_partition& id) const;
  std::string label(const std::vector<topic_partition>& ids) const;

  std::string name_;
  coordination_settings limits_;
  assignor_registry_ptr assignors_;

  group_table table_;

  int32_t life_ = 0;
  /// A group made anew begins above it.
  int64_t epoch_floor_ = 0;
  topic_catalog topics_;
  host_catalog hosts_;
  timeline timeline_;
  pace pace_;
  deadlines<timer> timers_;
  first_start starting_;
  /// Partitions without owner, with the place where the next one begins...
  std::map<topic_partition, start_place> ready_;
  /// ... those that are being asked for it, and those that did not answer.
  std::set<topic_partition> asking_;
  std::set<topic_partition> offline_;
  /// Members that may not know what they hold.
  std::set<uuid> unsure_;
  /// Until then a member leaves a gateway alone, and so do the others.
  caf::timespan gateway_until_{0};
};

} // namespace troupe
