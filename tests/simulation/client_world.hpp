#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/cast.hpp"
#include "runtime/simulation/virtual_system.hpp"
#include "tests/checker/checker.hpp"
#include "tests/checker/disk_image.hpp"
#include "tests/checker/history_text.hpp"
#include "tests/dice.hpp"
#include "tests/simulation/network.hpp"
#include "tests/simulation/tally.hpp"

namespace troupe::testing {

/// How the handlers of a group behave.
struct handler_plan {
  /// Drawn for each record; 0 to 0: a function instead of an actor.
  milliseconds time_min{0};
  milliseconds time_max{0};
  /// Of a hundred records, how many fail, kill their handler, or never end.
  int fails = 0;
  int crashes = 0;
  int hangs = 0;

  bool is_actor() const noexcept {
    return time_max > 0ms;
  }
};

/// A group of the simulation.
struct group_cast {
  consumer_settings settings;
  handler_plan handlers;
  std::vector<std::string> instance_ids;
  bool is_paused = false;
  /// A reset is under way: nobody may join.
  bool is_resetting = false;
};

/// A consumer, alive or not.
struct consumer_client {
  std::string group;
  std::string name;
  std::string instance_id;
  consumer_actor handle;
  caf::actor_addr address;
  bool is_alive = true;
  bool is_stopping = false;
  /// What the checker was told: the last membership, and what it holds.
  std::string member;
  std::map<topic_partition, uint64_t> told;
  /// Where it was last told to begin.
  std::map<topic_partition, int64_t> given;
  /// What it had fetched, from `begin` to before `end`, when a node ended that
  /// left the log without it; until it fetches anew below.
  struct stale_records {
    int64_t begin = 0;
    int64_t end = 0;
  };
  std::map<topic_partition, stale_records> stale;
};

/// Clients, what happens to them, and the checker that is told what they see;
/// of what serves them only its door is known. All in virtual time, each
/// actor's turn drawn from the seed.
class client_world {
public:
  client_world(uint64_t seed, bool is_traced)
    : random(seed ^ 0x9E3779B97F4A7C15u), is_traced_(is_traced) {}
  virtual ~client_world() = default;

  client_world(const client_world&) = delete;
  client_world& operator=(const client_world&) = delete;

  // -- time ------------------------------------------------------------------

  virtual caf::actor_clock::time_point now() = 0;
  virtual int64_t now_ms() = 0;

  /// Whether who serves can be asked for something now.
  virtual bool is_up() const = 0;

  /// One message of one actor, or else the next timer.
  void step();

  /// So many steps.
  void go(size_t steps);

  /// All steps of so much time.
  void pass(caf::timespan duration);

  // -- clients ---------------------------------------------------------------

  void create_topic(const std::string& name, int32_t partitions,
                    uint64_t segment_bytes);
  void grow_topic(const std::string& name, int32_t partitions);
  void delete_topic(const std::string& name);

  /// Posts values to a topic, to one partition if not -1, by the producer with
  /// these acks.
  void post(const std::string& topic, int32_t partition, uint32_t count,
            enum acks acks);

  /// Kills producers: what they have not answered has an unknown outcome.
  void crash_producers();

  void start_consumer(const std::string& group);
  void stop_consumer(consumer_client& x);
  void crash_consumer(consumer_client& x);
  void stall(consumer_client& x, caf::timespan duration);
  void pause(const std::string& group, bool is_paused);
  void reset(const std::string& group, start_rule::kind to);
  std::vector<consumer_client*> consumers_of(const std::string& group);
  std::vector<consumer_client*> living();

  // -- the end ---------------------------------------------------------------

  /// Whether every group has committed all there is and has come to rest;
  /// `why`: what is missing.
  bool is_settled(std::string& why);

  // -- what is there ---------------------------------------------------------

  /// Tells the checker what all consumers hold now.
  void look_at_all();

  bool has_failed() const {
    return !check_.problems().empty() || !other_problems_.empty();
  }
  void fail(const std::string& problem);
  std::vector<std::string> problems() const;
  checker::checker& check() noexcept {
    return check_;
  }

  /// Tells the checker, and the trace.
  template <class Event>
  void tell(const Event& x) {
    if (is_traced_)
      note(checker::to_text(x));
    check_.on(x);
  }

  /// A line of the trace.
  void note(const std::string& line);
  bool is_traced() const noexcept {
    return is_traced_;
  }
  const std::vector<std::string>& trace() const noexcept {
    return trace_;
  }

  dice random;
  tally counts;
  node_settings settings;
  std::map<std::string, group_cast> groups;
  /// Partitions that were asked for, by topic.
  std::map<std::string, int32_t> topics;
  int topics_made = 0;
  bool is_calm = false;

protected:
  friend class scripted_handlers;

  /// How long the node may take for an answer.
  static constexpr caf::timespan look_bound = std::chrono::seconds{10};

  /// Asks as a client does, and lets time pass until the answer is there.
  template <class Result, class Handle, class... Ts>
  caf::expected<Result> ask(const Handle& whom, Ts... xs) {
    auto answer = std::make_shared<std::optional<caf::expected<Result>>>();
    auto asker = client_system().spawn([=](caf::event_based_actor* self) {
      self->request(whom, caf::infinite, xs...)
        .then([answer](Result& x) { answer->emplace(std::move(x)); },
              [answer](caf::error& x) { answer->emplace(std::move(x)); });
    });
    if (!run_until([&] { return answer->has_value(); }, look_bound)) {
      caf::anon_send_exit(asker, caf::exit_reason::kill);
      return make_error(ec::timed_out, "no answer in virtual time");
    }
    return std::move(**answer);
  }

  // -- who serves ------------------------------------------------------------

  /// One message of one actor; false when all are idle.
  virtual bool step_actor() = 0;
  /// The next timer, if it is due by `end`; else it is `end`.
  virtual bool fire_timer(std::optional<caf::actor_clock::time_point> end) = 0;
  virtual bool run_until(const std::function<bool()>& done,
                         caf::timespan bound) = 0;
  /// Whether all that serves is well; `why`: what is not.
  virtual bool is_well(std::string& why) = 0;
  /// Where clients live.
  virtual caf::actor_system& client_system() = 0;
  /// Who is asked for the coordinator of a group.
  virtual node_actor group_door() = 0;
  /// Whether what was asked in this life can still have an answer.
  virtual bool lives_on(uint64_t life) const = 0;
  virtual uint64_t life() const = 0;
  /// A partition is another actor than before.
  virtual void on_reopened(const topic_partition& id) = 0;

  // -- consumers (client_consumers.cpp) -------------------------------------

  line_listener make_listener();
  /// Dead ones, too: what they have sent arrives.
  consumer_client* find(const caf::actor_addr& x);
  consumer_client* find(const std::string& name);
  /// Tells the checker what has changed in what a consumer holds.
  void look_at(consumer_client& x);
  void look_at_all_but(const consumer_client& x);
  /// A node has left this log: what consumers had fetched behind its end is
  /// not in it.
  void note_stale(const checker::log_found& x);
  void forget(consumer_client& x);
  void tell_committed(consumer_client& x,
                      const std::vector<commit_entry>& asked,
                      const commit_result& answer);
  checker::place place_of(const topic_partition& id) const;
  void learn(const topic_info& x);
  caf::expected<handler> make_handler(const handler_options& options);
  /// False: the consumer has lost the partition meanwhile.
  bool begin_record(const std::string& consumer, const delivery& what);
  void end_record(const std::string& consumer, const delivery& what,
                  bool is_done);
  caf::error handle_now(const std::string& consumer, const handler_plan& plan,
                        const delivery& what);

  /// Ends all clients.
  void end_clients();
  /// Before their actor system ends, when all is quiet.
  void forget_clients();

  bool is_traced_;
  std::vector<std::string> trace_;
  std::vector<std::string> other_problems_;
  checker::checker check_;
  std::unique_ptr<network> net_;
  std::unique_ptr<cast> clients_cast_;
  std::map<enum acks, producer_actor> producers_;
  std::map<std::string, std::unique_ptr<consumer_client>> consumers_;
  std::vector<caf::actor_addr> helpers_;
  std::map<topic_id, std::string> names_;
  /// Partitions that were there at least, by topic.
  std::map<std::string, int32_t> served_;
  bool is_looking_ = false;
  uint64_t posts_ = 0;
  uint64_t open_posts_ = 0;
  uint64_t consumers_made_ = 0;
};

} // namespace troupe::testing
