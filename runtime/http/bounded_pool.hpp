#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <httplib.h>

namespace troupe::http {

/// Threads that answer connections. When all are busy and enough wait, whoever
/// accepts connections waits, too: the rest stays with the kernel.
class bounded_pool : public httplib::TaskQueue {
public:
  bounded_pool(size_t threads, size_t waiting_max) : waiting_max_(waiting_max) {
    for (; threads > 0; --threads)
      threads_.emplace_back([this] { run(); });
  }

  // Nothing in cpp-httplib 0.11, whether it was taken in later ones.
  using enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue(
    std::function<void()>{}));

  enqueued enqueue(std::function<void()> job) override {
    std::unique_lock lock{mutex_};
    has_room_.wait(
      lock, [this] { return is_closed_ || jobs_.size() < waiting_max_; });
    jobs_.push_back(std::move(job));
    has_job_.notify_one();
    return enqueued(true);
  }

  void shutdown() override {
    {
      std::lock_guard guard{mutex_};
      is_closed_ = true;
    }
    has_room_.notify_all();
    has_job_.notify_all();
    for (auto& thread : threads_)
      thread.join();
  }

private:
  void run() {
    for (;;) {
      std::unique_lock lock{mutex_};
      has_job_.wait(lock, [this] { return is_closed_ || !jobs_.empty(); });
      if (jobs_.empty())
        return;
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      has_room_.notify_one();
      job();
    }
  }

  const size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable has_room_;
  std::condition_variable has_job_;
  std::deque<std::function<void()>> jobs_;
  bool is_closed_ = false;
  std::vector<std::thread> threads_;
};

} // namespace troupe::http
