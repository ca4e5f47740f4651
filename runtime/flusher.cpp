#include "runtime/flusher.hpp"

#include "actors/storage/files.hpp"

namespace troupe {

flusher_actor::behavior_type flusher(flusher_actor::pointer) {
  return {
    [](sync_atom, const sync_job& job) -> caf::result<caf::ok_atom> {
      if (auto failure = storage::sync_all(job.files))
        return failure;
      return caf::ok_atom_v;
    },
  };
}

} // namespace troupe
