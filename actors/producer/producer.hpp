#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <caf/actor_addr.hpp>
#include <caf/make_message.hpp>
#include <caf/response_promise.hpp>
#include <caf/result.hpp>
#include <caf/timespan.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/producer/accumulator.hpp"
#include "actors/producer/partitioner.hpp"
#include "actors/protocol/clock.hpp"
#include "actors/protocol/interfaces.hpp"
#include "actors/protocol/retry.hpp"
#include "actors/protocol/shared_timer.hpp"

namespace troupe {

/// What a producer is made of.
struct producer_config {
  producer_settings settings;
  node_actor node;
  epoch_offset epoch;
};

struct producer_state {
  static inline constexpr const char* name = "producer";

  explicit producer_state(producer_actor::pointer ptr);

  /// Whoever still waits is told, however the actor ended.
  ~producer_state();

  /// Takes its configuration; once, at the start.
  void configure(producer_config x);

  // -- what users ask for (posts.cpp, producer.cpp) -------------------------

  caf::result<record_metadata> post(posting& x);
  caf::result<std::vector<record_metadata>> post_all(std::vector<posting>& xs);
  caf::result<caf::ok_atom> flush();
  caf::result<caf::ok_atom> stop();
  producer_status status() const;

  // -- what happens meanwhile ------------------------------------------------

  /// Lets batches leave, and what is due happen.
  void tick();

  /// Forgets a partition that is gone.
  void on_down(const caf::actor_addr& who);

  /// Fails all that is not answered.
  void abandon(const caf::error& x);

  producer_actor::pointer self;
  producer_config config;

private:
  struct topic;

  /// A partition of a topic, as this producer sees it.
  struct lane {
    lane(topic& owner, int32_t index, const producer_settings& settings);

    topic& of;
    int32_t partition;
    /// 'messages-0', for people.
    std::string label;
    accumulator records;
    partition_actor handle;
    /// The newest leader epoch that its batches were written under, -1: none.
    int32_t leader_epoch = -1;
    /// A request of this lane, the `request`th, is on its way; an answer to an
    /// earlier one is ignored.
    bool is_busy = false;
    uint64_t request = 0;
    /// When an append counts as lost.
    caf::timespan busy_until{0};
    backoff waits;
    caf::timespan retry_at{0};
    /// Of a batch; less than the topic's limit when one that this producer knew
    /// no longer holds.
    uint64_t batch_bytes_max = UINT64_MAX;
    /// The batch on its way may be in the log, although nobody said so.
    bool may_be_written = false;
    /// Which identity it has, and which one it needs at least; 0: none.
    uint64_t identity = 0;
    uint64_t identity_needed = 0;
    std::string last_problem;
    /// It is in `dirty_`.
    bool is_dirty = false;
  };

  /// A record whose partition is not chosen yet.
  struct unplaced_record {
    int32_t partition = -1;
    queued_record content;
  };

  struct topic {
    topic(std::string topic_name, const producer_settings& settings,
          uint64_t first);

    std::string name;
    std::optional<topic_info> info;
    caf::timespan known_at{0};
    bool is_asking = false;
    backoff waits;
    caf::timespan retry_at{0};
    std::string last_problem;
    partitioner partitions;
    std::deque<unplaced_record> unplaced;
    std::unordered_map<int32_t, lane> lanes;
  };

  /// A post message that is not wholly acknowledged.
  struct open_post {
    caf::response_promise promise;
    bool is_single = true;
    bool is_answered = false;
    uint64_t records_open = 0;
    std::vector<record_metadata> results;
  };

  /// A record for which the buffer has no room yet.
  struct waiting_record {
    std::string topic;
    int32_t partition = -1;
    queued_record content;
  };

  struct waiting_flush {
    caf::typed_response_promise<caf::ok_atom> promise;
    /// It waits for the posts before this one.
    uint64_t before = 0;
    uint64_t posts_open = 0;
  };

  // -- posts (posts.cpp) --------------------------------------------------

  caf::error check(const posting& x) const;
  caf::error check_waiting(uint64_t more) const;
  /// Whether `bytes` more fit beside `buffered`; one record always fits alone.
  bool has_room(uint64_t buffered, uint64_t bytes) const;
  uint64_t open(const caf::response_promise& promise, bool is_single,
                size_t count);
  /// Into the buffer, or behind those who wait for it.
  void enter(posting& x, uint64_t bytes, caf::timespan posted,
             const ticket& from);
  /// The records of a batch are in the log, the first of them at `x`.
  void answer(const std::vector<ticket>& tickets, record_metadata x);
  void refuse(const ticket& from, const caf::error& x);
  /// Returns whether it was the post's last one, which is gone then.
  bool close_record(open_post& post, uint64_t id);

  // -- flushing and moving on (producer.cpp) ---------------------------------

  caf::typed_response_promise<caf::ok_atom> add_flush();
  void let_flushes_pass(uint64_t post);
  /// After anything that made room or finished something.
  void settle();

  // -- topics (topics.cpp) ---------------------------------------------------

  /// Null: it was never posted to.
  const topic* find_topic(const std::string& topic_name) const;
  topic& topic_of(const std::string& topic_name, caf::timespan time);
  void forget_topic(const topic& t);
  void admit(const std::string& topic_name, int32_t partition, queued_record& x,
             caf::timespan time);
  /// Puts a record into its lane; leaves it where it is on an error.
  caf::error place(topic& t, int32_t partition, queued_record& x);
  void refuse_queued(const queued_record& x, const caf::error& why);
  void ask_topic(topic& t);
  void on_topic(topic& t, topic_info& info);
  void on_topic_failed(topic& t, const caf::error& x);
  void fail_unplaced(topic& t, const caf::error& x);
  void expire_unplaced(topic& t);
  lane& lane_of(topic& t, int32_t partition);

  // -- lanes (lanes.cpp) -----------------------------------------------------

  /// Moves a lane on as far as it gets now.
  void advance(lane& l);
  bool has_identity(lane& l);
  void ask_identity();
  void locate(lane& l);
  void send(lane& l);
  void on_appended(lane& l, const append_result& x);
  void on_append_failed(lane& l, const caf::error& x);
  void on_locate_failed(lane& l, const caf::error& x);
  /// Has smaller batches formed of a refused one; false: it is one record.
  bool split(lane& l);
  /// Tries again after the next wait.
  void retry(lane& l, const caf::error& x);
  void drop_handle(lane& l);
  /// Takes the batch on its way off the road, unacknowledged.
  void fail_batch(lane& l, const caf::error& x);
  void fail_lane(lane& l, const caf::error& x);
  void expire(lane& l);
  /// Has the next tick look at a lane.
  void mark(lane& l);

  // -- time ------------------------------------------------------------------

  caf::timespan now() const;
  /// In milliseconds since the epoch.
  int64_t to_ms(caf::timespan time) const;
  void wake_at(caf::timespan due);
  /// Nothing lingers: somebody waits for the buffer or for all to be done.
  bool is_hurried() const;
  bool is_idempotent() const;
  caf::timespan deadline(caf::timespan posted) const;
  /// The latest post that is too late now.
  caf::timespan too_late() const;

  std::unordered_map<std::string, topic> topics_;
  /// The topic of the last record; null: none.
  topic* last_topic_ = nullptr;
  std::unordered_map<uint64_t, open_post> posts_;
  uint64_t next_post_ = 0;
  std::deque<waiting_record> waiting_;
  std::vector<waiting_flush> flushes_;
  bool is_stopping_ = false;
  /// Lanes that may have something to do.
  std::vector<lane*> dirty_;
  bool is_tick_sent_ = false;
  shared_timer timer_;

  producer_identity identity_;
  /// How many identities were given; 0: none yet.
  uint64_t identities_ = 0;
  bool is_identifying_ = false;
  std::optional<backoff> identity_waits_;
  caf::timespan identity_retry_at_{0};

  producer_status status_;
};

/// PRODUCER: posts records: chooses partitions, forms batches, retries until
/// they are acknowledged. Exactly once and in order per partition when
/// idempotent. Finds topics and partitions through the node.
producer_actor::behavior_type producer(
  producer_actor::stateful_pointer<producer_state> self,
  producer_config config);

} // namespace troupe
