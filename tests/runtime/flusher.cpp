// What the flusher answers is what producers are told is durable: a failure
// must come through, and nothing after it may be synced as if all were well.
#include "runtime/flusher.hpp"

#include <functional>
#include <memory>
#include <numeric>

#include <caf/scoped_actor.hpp>

#include "actors/storage/files.hpp"
#include "runtime/posix_files.hpp"
#include "runtime/simulation/inline_flusher.hpp"
#include "runtime/simulation/memory_files.hpp"
#include "runtime/simulation/virtual_system.hpp"
#include "tests/catch.hpp"
#include "tests/scratch_directory.hpp"

using namespace troupe;

namespace {

sync_job two_files(storage::files& disk) {
  sync_job job;
  for (auto name : {"a", "b"}) {
    auto file = disk.open(name);
    REQUIRE(file);
    REQUIRE_FALSE((*file)->append({"content"}));
    job.files.push_back(*file);
  }
  return job;
}

} // namespace

TEST_CASE("both flushers sync what they are told, or tell the first failure") {
  auto kind = GENERATE(0, 1);
  simulation::virtual_system sys;
  simulation::memory_files disk;
  auto job = two_files(disk);
  REQUIRE_FALSE(disk.sync_directory(""));
  auto it = kind == 0 ? sys.spawn(flusher, std::make_shared<sync_times>())
                      : sys.spawn(simulation::inline_flusher);
  disk.fail_syncs(true);
  auto before = disk.sync_count();
  auto refused = sys.ask<int64_t>(it, sync_atom_v, job);
  REQUIRE_FALSE(refused);
  CHECK(code_of(refused.error()) == ec::storage_failed);
  CHECK(disk.sync_count() == before + 1);
  disk.fail_syncs(false);
  REQUIRE_FALSE(job.files[0]->truncate(0));
  REQUIRE_FALSE(job.files[0]->append({"anew"}));
  REQUIRE(sys.ask<int64_t>(it, sync_atom_v, job));
  disk.crash();
  CHECK(disk.content("b") == "content");
}

TEST_CASE("detached, on the machine's disk") {
  scratch_directory scratch;
  posix_files disk{scratch.path()};
  caf::actor_system_config config;
  config.add_message_types<caf::id_block::troupe>();
  caf::actor_system sys{config};
  auto times = std::make_shared<sync_times>();
  auto it = sys.spawn<caf::detached>(flusher, times);
  caf::scoped_actor self{sys};
  auto is_done = false;
  self->request(it, std::chrono::minutes{1}, sync_atom_v, two_files(disk))
    .receive([&](int64_t) { is_done = true; },
             [](const caf::error& x) { FAIL(what(x)); });
  CHECK(is_done);
  auto counted = times->read().counts;
  CHECK(std::accumulate(counted.begin(), counted.end(), uint64_t{0}) == 1);
  caf::anon_send_exit(it, caf::exit_reason::user_shutdown);
}
