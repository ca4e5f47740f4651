#include "runtime/flusher.hpp"

#include <chrono>

#include "actors/storage/files.hpp"

namespace troupe {

flusher_actor::behavior_type flusher(flusher_actor::pointer,
                                     std::shared_ptr<sync_times> times) {
  return {
    [times](sync_atom, const sync_job& job) -> caf::result<int64_t> {
      auto begin = std::chrono::steady_clock::now();
      auto result = storage::sync_written(job);
      if (times)
        times->add(std::chrono::steady_clock::now() - begin);
      return result;
    },
  };
}

} // namespace troupe
