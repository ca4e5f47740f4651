#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "tests/actors/coordinator/group_bench.hpp"
#include "tests/actors/coordinator/model_member.hpp"

/// A group, members that follow the protocol, and a world between them that
/// delays, loses and repeats.
namespace troupe::bench {

/// What may go wrong in a run.
struct faults {
  bool members_crash = false;
  bool sessions_end = false;
  bool drains_expire = false;
  bool coordinators_crash = false;
};

/// One run: what happens is drawn from a seed.
class world {
public:
  static constexpr int64_t records_per_partition = 4;

  world(uint64_t seed, faults allowed);

  void run(int steps);

  /// No more faults; everything that can happen, happens.
  void settle();

private:
  // -- the coordinator --------------------------------------------------------

  /// A turn's outcome on its way to the disk.
  struct batch {
    std::vector<group_record> records;
    std::vector<std::function<void()>> effects;
  };

  void start_coordinator();

  void act(const std::function<void(turn&)>& input,
           std::function<void()> reply = nullptr);

  void make_durable(bool with_effects);

  void crash_coordinator();

  void answer_questions();

  void receive(model_member& from);

  void receive_commit(const commit_request& x);

  // -- members ----------------------------------------------------------------

  model_member* find(const uuid& id);

  void start_handler(model_member& x);

  void finish_handler(model_member& x);

  void release_drained(model_member& x);

  void leave(model_member& x);

  void die(model_member& x);

  /// The monitor tells, unless the coordinator did not know the actor.
  void forget_dead(model_member& x);

  // -- what happens -----------------------------------------------------------

  bool chance(uint64_t n);

  void step();

  void rare_event(model_member& x);

  // -- what must hold ---------------------------------------------------------

  /// Known as a member, by what is told and by what will be.
  bool is_member(const model_member& x) const;

  /// I1: no two members hold one partition.
  void check();

  bool is_at_rest();

  std::string dump() const;

  std::mt19937_64 random_;
  faults faults_;
  bool had_faults_ = false;
  bool is_settling_ = false;
  caf::timespan now_{0};
  int32_t life_ = 0;
  uint64_t index_ = 1;
  uint64_t ids_ = 0;
  int64_t log_end_ = 0;
  topic_info topic_;
  std::unique_ptr<group> core_;
  shard_table durable_;
  shard_table live_;
  group_table durable_table_;
  std::deque<batch> queue_;
  std::deque<std::vector<start_query>> start_questions_;
  std::deque<std::vector<start_query>> give_questions_;
  std::vector<model_member> members_;
  std::map<topic_partition, std::set<int64_t>> finished_;
};

} // namespace troupe::bench
