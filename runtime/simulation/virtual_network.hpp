#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <caf/proxy_registry.hpp>

#include "runtime/connector.hpp"
#include "runtime/simulation/virtual_system.hpp"

namespace troupe::simulation {

/// Several actor systems, each a process on a machine of its own, in one
/// virtual time, and the network between them: every message from one to
/// another is written out, travels for a while, and is read there, as between
/// real processes. Lines can be cut (either way), slow, and a process can
/// pause. Same seed, same run.
///
/// As over TCP: what is sent arrives once and in order, as long as the
/// connection lasts. A line that passes nothing holds what is sent; if that
/// lasts for `silence`, the connection breaks: what was on its way is lost, who
/// waits for an answer gets an error, and who watches an actor of the other
/// side is told that it is down.
class virtual_network {
public:
  using host_id = uint32_t;

  explicit virtual_network(uint64_t seed = 0);
  ~virtual_network();

  virtual_network(const virtual_network&) = delete;
  virtual_network& operator=(const virtual_network&) = delete;

  // -- processes -------------------------------------------------------------

  /// A new process; the one that this host had before has ended.
  virtual_system& start(host_id id);

  /// As by kill -9: nothing of it sends any more, its connections break.
  void end(host_id id);

  bool runs(host_id id) const;
  virtual_system& at(host_id id);
  /// Whose actors have this node id; throws when nobody's.
  host_id host_of(const caf::node_id& node);
  /// The same process; null when it has ended.
  virtual_system* system_of(const caf::node_id& node);

  /// Makes `door` be found by this address until the process ends.
  void publish(host_id id, const std::string& address,
               const caf::strong_actor_ptr& door);

  /// What finds doors, as seen from a process.
  connector_actor connector_of(host_id id);

  // -- faults ----------------------------------------------------------------

  /// Nothing passes from one to the other any more; the other way stays.
  void cut(host_id from, host_id to);
  void mend(host_id from, host_id to);
  void mend_all();

  /// How long a letter travels from now on, drawn for each.
  void set_latency(host_id from, host_id to, caf::timespan min,
                   caf::timespan max);

  /// As by SIGSTOP and SIGCONT.
  void pause(host_id id);
  void resume(host_id id);
  bool is_paused(host_id id) const;

  /// How long nothing may pass until a connection breaks.
  caf::timespan silence = std::chrono::seconds{3};

  // -- time ------------------------------------------------------------------

  caf::actor_clock::time_point now() const noexcept {
    return now_;
  }

  epoch_offset epoch() const noexcept;

  std::mt19937_64& random() noexcept {
    return random_;
  }

  /// Lets one ready actor handle one message; false when all are idle.
  bool step();

  /// Lets the next timer fire or the next letter arrive, if that is due by
  /// `end`; else it is `end` then. Whether something happened.
  bool fire(caf::actor_clock::time_point end);

  void run(size_t steps_max = 10'000'000);
  void advance(caf::timespan duration);
  bool run_until(const std::function<bool()>& done, caf::timespan bound);

  /// Asks from within a process, and lets time pass until the answer is there;
  /// `timed_out` after `bound`.
  template <class Result, class Handle, class... Ts>
  caf::expected<Result> ask_within(caf::timespan bound, host_id from,
                                   const Handle& whom, Ts&&... xs) {
    auto answer = std::make_shared<std::optional<caf::expected<Result>>>();
    auto asker =
      at(from).system().spawn([&, answer](caf::event_based_actor* self) {
        self->request(whom, caf::infinite, std::forward<Ts>(xs)...)
          .then([answer](Result& x) { answer->emplace(std::move(x)); },
                [answer](caf::error& x) { answer->emplace(std::move(x)); });
      });
    if (!run_until([&] { return answer->has_value(); }, bound)) {
      caf::anon_send_exit(asker, caf::exit_reason::kill);
      return make_error(ec::timed_out, "no answer in virtual time");
    }
    return std::move(**answer);
  }

  uint64_t letters() const noexcept {
    return letters_;
  }

private:
  enum class letter_kind : uint8_t { message, watch, down };

  struct letter {
    letter_kind kind = letter_kind::message;
    caf::actor_clock::time_point due;
    caf::actor_id to = 0;
    caf::message_id mid;
    /// The message and who sent it, or why an actor is down.
    std::vector<char> content;
  };

  /// One direction between two hosts.
  struct line {
    std::deque<letter> letters;
    bool is_cut = false;
    caf::timespan latency_min = std::chrono::microseconds{50};
    caf::timespan latency_max = std::chrono::microseconds{500};
    caf::actor_clock::time_point last_due;
    /// Since when something waits here that cannot pass.
    std::optional<caf::actor_clock::time_point> held_since;
  };

  struct host;
  using key = std::pair<host_id, host_id>;

  host* find(const caf::node_id& node);
  /// Whether what is sent arrives.
  bool passes(const key& between) const;
  void hold(const key& between);
  void release();
  caf::strong_actor_ptr look_up(host_id from, const std::string& address);
  void send(host& from, const caf::node_id& node, caf::actor_id to,
            caf::mailbox_element& what);
  void post(host& from, host& to, letter x);
  void arrive(host& from, host& to, letter x);
  void deliver(host& to, letter& x);
  void watch(host& from, host& to, caf::actor_id whom);
  /// Both sides learn that the connection is gone.
  void break_connection(host_id a, host_id b);
  static void forget(host& x, const caf::node_id& other);
  /// Whoever of `x` waits for an answer of `other`.
  static void answer_pending(host& x, host_id other);
  void set_time(caf::actor_clock::time_point x);

  caf::actor_clock::time_point now_;
  std::mt19937_64 random_;
  bool in_order_;
  uint64_t letters_ = 0;
  std::map<host_id, std::unique_ptr<host>> hosts_;
  std::map<key, line> lines_;
};

} // namespace troupe::simulation
