#include "runtime/load/load_run.hpp"

#include <cstring>
#include <thread>

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"

namespace troupe {

uint64_t load_run::sum(const std::vector<counter>& xs) {
  uint64_t result = 0;
  for (const auto& x : xs)
    result += x.records.load(std::memory_order_relaxed);
  return result;
}

precise_histogram load_run::merged(const std::vector<counter>& xs) {
  precise_histogram result;
  for (const auto& x : xs)
    result.merge(x.latency);
  return result;
}

void load_run::fail(caf::error why) {
  std::lock_guard guard{mutex_};
  if (!failure_)
    failure_ = std::move(why);
}

caf::error load_run::failure() const {
  std::lock_guard guard{mutex_};
  return failure_;
}

caf::error load_run::wait(const std::vector<counter>& xs, uint64_t records,
                          const load_plan& plan,
                          const load_progress& progress) const {
  using clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds told_every{200};
  uint64_t done = 0;
  auto changed = clock::now();
  auto told = changed;
  for (;;) {
    auto now_done = sum(xs);
    auto now = clock::now();
    if (now_done != done)
      changed = now;
    done = now_done;
    if (progress && (done >= records || now - told >= told_every)) {
      told = now;
      if (!progress(std::min(done, records)))
        return make_error(ec::shutting_down, "the load was interrupted");
    }
    if (done >= records)
      return caf::none;
    if (auto why = failure())
      return why;
    if (now - changed > plan.patience)
      return make_error(ec::timed_out,
                        fmt::format("{} of {} records are done, and nothing "
                                    "has happened for {} s",
                                    done, records, plan.patience.count()));
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
}

std::chrono::nanoseconds stamp_now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

bytes stamped_values(size_t count, size_t size) {
  std::string result(count * size, 'x');
  auto now = stamp_now().count();
  if (size >= sizeof(now))
    for (size_t i = 0; i < count; ++i)
      std::memcpy(result.data() + i * size, &now, sizeof(now));
  return bytes{std::move(result)};
}

std::chrono::nanoseconds stamp_of(const bytes& value) {
  std::chrono::nanoseconds::rep result = 0;
  if (value.size() >= sizeof(result))
    std::memcpy(&result, value.data(), sizeof(result));
  return std::chrono::nanoseconds{result};
}

} // namespace troupe
