#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <caf/policy/unprofiled.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

namespace troupe {

/// How the threads of an actor system share its actors: each has a queue of its
/// own, and who has nothing to do takes from the others. Like CAF's own work
/// stealing, except in how it waits: a thread searches for a moment, then
/// sleeps until somebody has work for it. So a system that does nothing costs
/// nothing, and what comes from outside begins at once.
///
/// A policy of `caf::scheduler::coordinator`; see `configure_scheduling`.
class stealing_policy : public caf::policy::unprofiled {
public:
  using clock = std::chrono::steady_clock;

  /// What the threads share.
  struct coordinator_data {
    explicit coordinator_data(caf::scheduler::abstract_coordinator*) {}

    std::atomic<size_t> next_worker = 0;
    std::atomic<uint32_t> asleep = 0;
    std::atomic<uint32_t> searching = 0;
    /// Who began to search last.
    std::atomic<size_t> searcher = 0;
    /// Searches in a row that found nothing, and when the last one ended.
    std::atomic<uint32_t> fruitless = 0;
    std::atomic<clock::rep> search_ended = 0;
  };

  struct worker_data {
    explicit worker_data(caf::scheduler::abstract_coordinator*) {}

    worker_data(const worker_data&) {}

    std::mutex mutex;
    std::condition_variable wake;
    /// The next one is the first; others take the last.
    std::deque<caf::resumable*> jobs;
    bool is_asleep = false;
    /// Since when it has had jobs without a break.
    clock::time_point busy_since;
    /// Was woken to search, and counts as searching already.
    bool is_sent = false;
    /// `jobs.size()`, and jobs taken so far: for those who look whether there
    /// is something to take.
    std::atomic<size_t> size = 0;
    std::atomic<uint32_t> taken = 0;
    /// What a search has seen of each other thread, and since when.
    struct sight {
      uint32_t taken = 0;
      clock::time_point since;
    };
    std::vector<sight> seen;
  };

  // -- what CAF calls --------------------------------------------------------

  /// A job from a thread that is no worker.
  template <class Coordinator>
  void central_enqueue(Coordinator* self, caf::resumable* job) {
    auto& shared = d(self);
    auto n = self->num_workers();
    auto first = shared.next_worker.fetch_add(1, std::memory_order_relaxed);
    if (shared.searching > 0)
      return external_enqueue(self->worker_by_id(shared.searcher), job);
    if (shared.asleep > 0)
      for (size_t i = 0; i < n; ++i)
        if (give_sleeper(self->worker_by_id((first + i) % n), job))
          return;
    external_enqueue(self->worker_by_id(first % n), job);
  }

  /// The same, for this worker; somebody else may take it.
  template <class Worker>
  void external_enqueue(Worker* self, caf::resumable* job) {
    auto& x = d(self);
    std::lock_guard guard{x.mutex};
    give(self, job);
  }

  /// A job from the actor that runs on this worker.
  template <class Worker>
  void internal_enqueue(Worker* self, caf::resumable* job) {
    auto& x = d(self);
    {
      std::lock_guard guard{x.mutex};
      // What is in the cache runs first.
      x.jobs.push_front(job);
      x.size.store(x.jobs.size());
    }
    call_searcher(self);
  }

  template <class Worker>
  void resume_job_later(Worker* self, caf::resumable* job) {
    auto& x = d(self);
    std::lock_guard guard{x.mutex};
    append(x, job);
  }

  /// The next job; waits for one.
  template <class Worker>
  caf::resumable* dequeue(Worker* self) {
    auto& x = d(self);
    if (auto job = take(x)) {
      if (x.size.load() > 0)
        call_searcher(self);
      return job;
    }
    auto job = wait(self);
    x.busy_since = clock::now();
    return job;
  }

  template <class Worker, class F>
  void foreach_resumable(Worker* self, F f) {
    auto& x = d(self);
    while (!x.jobs.empty()) {
      f(x.jobs.front());
      x.jobs.pop_front();
    }
  }

  template <class Coordinator, class F>
  void foreach_central_resumable(Coordinator*, F) {
    // nop
  }

private:
  /// How long a thread without a job searches before it sleeps: longer, and it
  /// is in the way of those that wait for the disk.
  static constexpr std::chrono::microseconds search_time{20};

  /// Whoever has worked for so long has work to share: less is done before
  /// another thread is awake.
  static constexpr std::chrono::microseconds worth_waking{20};

  /// While others work, a thread that found nothing looks again after this at
  /// most, however often it finds nothing.
  static constexpr std::chrono::microseconds search_pause_max{2'000};

  /// What others take jobs from: a thread that has so many, or has been at one
  /// for so long.
  static constexpr size_t many_jobs = 4;
  static constexpr std::chrono::microseconds long_job{5};

  /// Every so often the oldest job of a queue is next, not the newest.
  static constexpr uint32_t oldest_every = 61;

  /// Puts a job last in a queue whose mutex is held.
  static void append(worker_data& x, caf::resumable* job) {
    x.jobs.push_back(job);
    x.size.store(x.jobs.size());
  }

  static caf::resumable* take(worker_data& x) {
    std::lock_guard guard{x.mutex};
    if (x.jobs.empty())
      return nullptr;
    auto taken = x.taken.load(std::memory_order_relaxed) + 1;
    x.taken.store(taken, std::memory_order_relaxed);
    if (taken % oldest_every == 0)
      return pop_oldest(x);
    auto result = x.jobs.front();
    x.jobs.pop_front();
    x.size.store(x.jobs.size());
    return result;
  }

  /// For others; does not count as taken.
  static caf::resumable* take_oldest(worker_data& x) {
    std::lock_guard guard{x.mutex};
    return x.jobs.empty() ? nullptr : pop_oldest(x);
  }

  /// Of a queue that has jobs and whose mutex is held.
  static caf::resumable* pop_oldest(worker_data& x) {
    auto result = x.jobs.back();
    x.jobs.pop_back();
    x.size.store(x.jobs.size());
    return result;
  }

  // -- sleeping and waking ---------------------------------------------------

  /// Gives a job to a worker whose mutex is held.
  template <class Worker>
  static void give(Worker* whom, caf::resumable* job) {
    auto& x = d(whom);
    append(x, job);
    if (!x.is_asleep)
      return;
    // Something new begins: what it leads to is worth a search.
    d(whom->parent()).fruitless = 0;
    rouse(whom);
  }

  /// Gives a job to a worker that is asleep; false: it is not.
  template <class Worker>
  static bool give_sleeper(Worker* whom, caf::resumable* job) {
    auto& x = d(whom);
    std::lock_guard guard{x.mutex};
    if (!x.is_asleep)
      return false;
    give(whom, job);
    return true;
  }

  /// Wakes a worker whose mutex is held and which is asleep.
  template <class Worker>
  static void rouse(Worker* whom) {
    auto& x = d(whom);
    x.is_asleep = false;
    --d(whom->parent()).asleep;
    x.wake.notify_one();
  }

  /// There is a job that somebody else could do: wakes one to search for it,
  /// unless one does already, or did just now, in vain.
  template <class Worker>
  static void call_searcher(Worker* self) {
    auto& shared = d(self->parent());
    if (shared.asleep.load() == 0 || shared.searching.load() > 0)
      return;
    auto now = clock::now();
    if (now - d(self).busy_since < worth_waking
        || now.time_since_epoch().count()
             < shared.search_ended.load(std::memory_order_relaxed)
                 + pause_after(shared).count())
      return;
    auto n = self->parent()->num_workers();
    for (size_t i = 1; i < n; ++i) {
      auto other = self->parent()->worker_by_id((self->id() + i) % n);
      auto& x = d(other);
      std::lock_guard guard{x.mutex};
      if (!x.is_asleep)
        continue;
      x.is_sent = true;
      ++shared.searching;
      rouse(other);
      return;
    }
  }

  static clock::duration pause_after(const coordinator_data& shared) {
    auto n = std::min(shared.fruitless.load(std::memory_order_relaxed), 5u);
    return n == 0 ? clock::duration{0}
                  : std::min<clock::duration>(search_time * (1u << n),
                                              search_pause_max);
  }

  /// Searches and sleeps until there is a job.
  template <class Worker>
  static caf::resumable* wait(Worker* self) {
    for (;;) {
      if (begin_search(self)) {
        auto job = search(self);
        end_search(self, job != nullptr);
        if (job)
          return job;
      }
      sleep(self);
      if (auto job = take(d(self)))
        return job;
    }
  }

  /// Until there is a job, or a reason to search for one.
  template <class Worker>
  static void sleep(Worker* self) {
    auto& x = d(self);
    auto& shared = d(self->parent());
    std::unique_lock guard{x.mutex};
    if (!x.jobs.empty())
      return;
    x.is_asleep = true;
    auto others_sleep = ++shared.asleep == self->parent()->num_workers();
    auto is_awake = [&x] { return !x.is_asleep; };
    if (others_sleep) {
      x.wake.wait(guard, is_awake);
    } else if (!x.wake.wait_for(guard, search_pause_max, is_awake)) {
      x.is_asleep = false;
      --shared.asleep;
    }
  }

  // -- searching -------------------------------------------------------------

  /// Half of the threads search at most: they take time from those that work.
  template <class Worker>
  static bool begin_search(Worker* self) {
    auto& x = d(self);
    {
      std::lock_guard guard{x.mutex};
      if (std::exchange(x.is_sent, false))
        return true;
    }
    auto& searching = d(self->parent()).searching;
    auto most = std::max<size_t>(self->parent()->num_workers() / 2, 1);
    if (searching.fetch_add(1) < most)
      return true;
    --searching;
    return false;
  }

  template <class Worker>
  static void end_search(Worker* self, bool has_found) {
    auto& shared = d(self->parent());
    --shared.searching;
    if (has_found) {
      shared.fruitless = 0;
      return;
    }
    ++shared.fruitless;
    shared.search_ended = clock::now().time_since_epoch().count();
  }

  template <class Worker>
  static caf::resumable* search(Worker* self) {
    auto& x = d(self);
    d(self->parent()).searcher = self->id();
    auto n = self->parent()->num_workers();
    auto now = clock::now();
    auto until = now + search_time;
    x.seen.assign(n, {0, now});
    do {
      if (x.size.load() > 0)
        return take(x);
      for (size_t i = 1; i < n; ++i) {
        auto id = (self->id() + i) % n;
        auto& other = d(self->parent()->worker_by_id(id));
        auto size = other.size.load(std::memory_order_relaxed);
        auto taken = other.taken.load(std::memory_order_relaxed);
        auto& seen = x.seen[id];
        // Few short jobs are best done where they are.
        if (size >= many_jobs
            || (size > 0 && taken == seen.taken && now - seen.since > long_job))
          if (auto job = take_oldest(other))
            return job;
        if (size == 0 || taken != seen.taken)
          seen = {taken, now};
      }
      std::this_thread::yield();
      now = clock::now();
    } while (now < until);
    return nullptr;
  }
};

} // namespace troupe
