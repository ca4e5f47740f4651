// A job that no thread takes, or a thread that nobody wakes, is a node that
// hangs: what comes from outside is done, what one thread has too much of
// another one takes, and a system that is full of work ends.
#include "runtime/scheduling.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/coordinator.hpp>
#include <caf/send.hpp>

#include "actors/protocol/registration.hpp"
#include "runtime/stealing_policy.hpp"
#include "tests/catch.hpp"

using namespace troupe;

namespace {

constexpr std::chrono::seconds bound{60};

/// An actor system with that many threads.
struct machine {
  explicit machine(size_t threads) {
    register_messages(config);
    configure_scheduling(config);
    config.set("scheduler.max-threads", threads);
    system.emplace(config);
  }

  caf::actor_system_config config;
  std::optional<caf::actor_system> system;
};

/// Counts up to a number that somebody waits for.
class counter {
public:
  void add() {
    std::lock_guard guard{mutex_};
    ++value_;
    changed_.notify_all();
  }

  bool wait_for(uint64_t value) {
    std::unique_lock guard{mutex_};
    return changed_.wait_for(guard, bound, [&] { return value_ >= value; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t value_ = 0;
};

caf::behavior count(caf::event_based_actor*, std::shared_ptr<counter> done) {
  return {[=](tick_atom) { done->add(); }};
}

/// Tells the next one, and is told by the last one, so many times.
caf::behavior pass_on(caf::event_based_actor* self, caf::actor next,
                      std::shared_ptr<counter> done) {
  return {
    [=](tick_atom, uint64_t left) {
      if (left == 0)
        done->add();
      else if (next)
        self->send(next, tick_atom_v, left - 1);
      else
        self->send(self, tick_atom_v, left - 1);
    },
  };
}

} // namespace

TEST_CASE("the policy is the one that an actor system uses") {
  machine it{2};
  using coordinator = caf::scheduler::coordinator<stealing_policy>;
  CHECK(dynamic_cast<coordinator*>(&it.system->scheduler()));
}

TEST_CASE("what comes from outside is done, by threads that slept or not") {
  auto threads = GENERATE(size_t{1}, size_t{2}, size_t{5});
  machine it{threads};
  auto done = std::make_shared<counter>();
  uint64_t sent = 0;
  // One at a time, each to threads that have nothing to do; then many at once.
  for (int i = 0; i < 200; ++i) {
    caf::anon_send(it.system->spawn(count, done), tick_atom_v);
    REQUIRE(done->wait_for(++sent));
  }
  std::vector<std::thread> senders;
  for (int s = 0; s < 4; ++s)
    senders.emplace_back([&] {
      for (int i = 0; i < 2'000; ++i)
        caf::anon_send(it.system->spawn(count, done), tick_atom_v);
    });
  for (auto& x : senders)
    x.join();
  CHECK(done->wait_for(sent + 8'000));
}

TEST_CASE("chains of messages come to their end, side by side") {
  auto threads = GENERATE(size_t{1}, size_t{2}, size_t{5});
  machine it{threads};
  auto done = std::make_shared<counter>();
  for (int i = 0; i < 20; ++i) {
    caf::actor next;
    for (int k = 0; k < 5; ++k)
      next = it.system->spawn(pass_on, next, done);
    caf::anon_send(next, tick_atom_v, uint64_t{5'000});
  }
  CHECK(done->wait_for(20));
}

TEST_CASE("a thread that is busy for long does not keep what it has to do") {
  machine it{2};
  auto done = std::make_shared<counter>();
  auto other = it.system->spawn(count, done);
  // Nobody else can do it: this one waits for it in vain, else.
  auto busy = [=](caf::event_based_actor* self) -> caf::behavior {
    return {
      [=](tick_atom, uint64_t sent) {
        // What is worth waking another thread for has worked for a while.
        auto until =
          std::chrono::steady_clock::now() + std::chrono::milliseconds{1};
        while (std::chrono::steady_clock::now() < until)
          continue;
        self->send(other, tick_atom_v);
        if (done->wait_for(sent))
          done->add();
      },
    };
  };
  auto it_is_busy = it.system->spawn(busy);
  for (uint64_t i = 0; i < 50; ++i) {
    caf::anon_send(it_is_busy, tick_atom_v, 2 * i + 1);
    REQUIRE(done->wait_for(2 * i + 2));
  }
}

TEST_CASE("a system ends in the middle of its work") {
  for (int i = 0; i < 20; ++i) {
    machine it{3};
    auto done = std::make_shared<counter>();
    for (int k = 0; k < 50; ++k)
      caf::anon_send(it.system->spawn(pass_on, caf::actor{}, done), tick_atom_v,
                     uint64_t{1'000});
  }
}
