#include "runtime/gateway/curl_loop.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <stdexcept>
#include <utility>

#include "runtime/gateway/transfer.hpp"

namespace troupe {

namespace {

/// What is due is looked for at least so often.
constexpr int poll_ms = 1000;

/// Once a process, before the first session.
void begin_curl() {
  static const auto result = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (result != CURLE_OK)
    throw std::runtime_error("libcurl does not start");
}

} // namespace

/// All that is on its way; for the loop's thread, but for `wake`.
class curl_loop::sessions {
public:
  sessions() {
    begin_curl();
    all_.reset(curl_multi_init());
    if (!all_)
      throw std::bad_alloc{};
  }

  ~sessions() {
    for (auto& [handle, x] : running_)
      curl_multi_remove_handle(all_.get(), handle);
  }

  void wake() {
    curl_multi_wakeup(all_.get());
  }

  void begin(job x, const listener& done) {
    try {
      auto made = std::visit(
        [&](auto& what) {
          return std::make_unique<transfer>(x.id, std::move(what));
        },
        x.what);
      auto* handle = made->handle();
      if (auto why = curl_multi_add_handle(all_.get(), handle); why != CURLM_OK)
        throw std::runtime_error(curl_multi_strerror(why));
      running_.emplace(handle, std::move(made));
    } catch (const std::exception& why) {
      done(x.id, {0, -1, why.what()});
    }
  }

  /// Does what can be done, and waits until there is more, or for a wake-up.
  void go_on(const listener& done) {
    int running = 0;
    curl_multi_perform(all_.get(), &running);
    int left = 0;
    while (auto* message = curl_multi_info_read(all_.get(), &left)) {
      if (message->msg != CURLMSG_DONE)
        continue;
      auto result = message->data.result;
      auto node = running_.extract(message->easy_handle);
      curl_multi_remove_handle(all_.get(), node.key());
      done(node.mapped()->id(), node.mapped()->answer(result));
    }
    curl_multi_poll(all_.get(), nullptr, 0, poll_ms, nullptr);
  }

private:
  struct cleanup {
    void operator()(CURLM* x) const {
      curl_multi_cleanup(x);
    }
  };

  std::unique_ptr<CURLM, cleanup> all_;
  std::map<CURL*, std::unique_ptr<transfer>> running_;
};

curl_loop::curl_loop(listener done)
  : done_(std::move(done)), sessions_(std::make_unique<sessions>()),
    thread_([this] { run(); }) {
  // nop
}

curl_loop::~curl_loop() {
  {
    std::lock_guard guard{mutex_};
    is_ending_ = true;
  }
  sessions_->wake();
  thread_.join();
}

void curl_loop::send(uint64_t id, std::variant<http_request, mail> what) {
  {
    std::lock_guard guard{mutex_};
    jobs_.push_back({id, std::move(what)});
  }
  sessions_->wake();
}

void curl_loop::run() {
  for (;;) {
    std::deque<job> jobs;
    {
      std::lock_guard guard{mutex_};
      if (is_ending_)
        return;
      jobs.swap(jobs_);
    }
    for (auto& x : jobs)
      sessions_->begin(std::move(x), done_);
    sessions_->go_on(done_);
  }
}

} // namespace troupe
