#include "runtime/simulation/inline_flusher.hpp"

#include "actors/storage/files.hpp"

namespace troupe::simulation {

flusher_actor::behavior_type inline_flusher(flusher_actor::pointer) {
  return {
    [](sync_atom, const sync_job& job) -> caf::result<int64_t> {
      return storage::sync_written(job);
    },
  };
}

} // namespace troupe::simulation
