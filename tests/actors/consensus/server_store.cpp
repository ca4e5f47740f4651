// A server that forgets its vote or an entry it has told others of makes a
// cluster forget, too: whatever happens while it writes, what was durable is
// there when it is opened again.

#include "actors/consensus/server_store.hpp"

#include <algorithm>
#include <functional>

#include "actors/consensus/server.hpp"
#include "actors/protocol/errors.hpp"
#include "runtime/simulation/memory_files.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::consensus;

namespace {

using disk_ptr = std::shared_ptr<simulation::memory_files>;

constexpr int64_t now_ms = 1'767'225'600'000;

std::unique_ptr<server_store> open(const disk_ptr& disk) {
  auto result = server_store::open(disk, "quorum", now_ms);
  if (!result)
    FAIL(what(result.error()));
  return std::move(*result);
}

stored_state stored_on(const disk_ptr& disk) {
  return open(disk)->stored();
}

std::vector<entry> commands(uint64_t term, int from, int to) {
  std::vector<entry> result;
  for (int i = from; i <= to; ++i)
    result.push_back({term, entry_kind::command, std::to_string(i)});
  return result;
}

void sync(server_store& x) {
  auto rest = x.to_sync();
  CHECK_FALSE(storage::sync_all(rest.files));
  x.synced(rest.up_to);
}

snapshot snapshot_at(uint64_t index, uint64_t term) {
  return {index, term, {{1, "at:1", member_role::voter}}, 1, "state"};
}

} // namespace

TEST_CASE("an empty disk has nothing, and takes a first state") {
  auto disk = std::make_shared<simulation::memory_files>();
  auto x = open(disk);
  CHECK(x->is_new());
  CHECK(x->stored() == stored_state{});
  auto first = *server::first_state({{1, "at:1", member_role::voter}});
  CHECK_FALSE(x->save(first.voted));
  // A start that was interrupted here begins anew.
  CHECK(open(disk)->is_new());
  CHECK_FALSE(x->append({1, first.entries}, now_ms));
  sync(*x);
  disk->crash();
  x = open(disk);
  CHECK_FALSE(x->is_new());
  CHECK(x->stored() == first);
}

TEST_CASE("entries replace those from their index on") {
  auto disk = std::make_shared<simulation::memory_files>();
  auto x = open(disk);
  CHECK_FALSE(x->append({1, commands(1, 1, 5)}, now_ms));
  CHECK_FALSE(x->append({4, commands(2, 14, 14)}, now_ms));
  sync(*x);
  disk->crash();
  auto entries = commands(1, 1, 3);
  entries.push_back({2, entry_kind::command, "14"});
  CHECK(stored_on(disk).entries == entries);
  CHECK(code_of(open(disk)->append({6, commands(2, 6, 6)}, now_ms))
        == ec::corrupt_log);
}

TEST_CASE("all kinds of entries come back as they were") {
  auto disk = std::make_shared<simulation::memory_files>();
  std::vector<entry> entries{{1, entry_kind::change, std::string{"a\0b", 3}},
                             {1ull << 40, entry_kind::barrier, ""},
                             {1ull << 40, entry_kind::command, "x"}};
  CHECK_FALSE(open(disk)->append({1, entries}, now_ms));
  CHECK(stored_on(disk).entries == entries);
}

TEST_CASE("a snapshot takes the place of what it covers") {
  auto disk = std::make_shared<simulation::memory_files>();
  auto x = open(disk);
  CHECK_FALSE(x->append({1, commands(1, 1, 9)}, now_ms));
  CHECK_FALSE(x->replace(snapshot_at(7, 1), 6, commands(1, 6, 9), now_ms));
  CHECK_FALSE(x->append({10, commands(2, 10, 11)}, now_ms));
  sync(*x);
  disk->crash();
  auto stored = stored_on(disk);
  CHECK(stored.base == snapshot_at(7, 1));
  CHECK(stored.first_index == 6);
  REQUIRE(stored.entries.size() == 6);
  CHECK(stored.entries.back() == entry{2, entry_kind::command, "11"});
  // One that was installed: nothing of the old log is left.
  x = open(disk);
  CHECK_FALSE(x->replace(snapshot_at(50, 3), 51, {}, now_ms));
  CHECK_FALSE(x->append({51, commands(3, 51, 51)}, now_ms));
  disk->kill();
  stored = stored_on(disk);
  CHECK(stored.base == snapshot_at(50, 3));
  CHECK(stored.first_index == 51);
  CHECK(stored.entries == commands(3, 51, 51));
  CHECK(disk->list("quorum")->size() == 2);
}

TEST_CASE("a crash at any step leaves what was before or what comes after") {
  struct step {
    const char* what;
    std::function<caf::error(server_store&)> run;
  };
  for (const auto& [name, run] : {
         step{"a vote",
              [](auto& x) {
                return x.save({7, 2});
              }},
         step{"entries",
              [](auto& x) {
                if (auto err = x.append({5, commands(3, 15, 17)}, now_ms))
                  return err;
                return storage::sync_all(x.to_sync().files);
              }},
         step{"a snapshot",
              [](auto& x) {
                return x.replace(snapshot_at(4, 2), 3, commands(2, 3, 6),
                                 now_ms);
              }},
       }) {
    for (uint64_t steps = 0;; ++steps) {
      INFO(name << ", cut after " << steps << " steps");
      auto disk = std::make_shared<simulation::memory_files>();
      auto x = open(disk);
      CHECK_FALSE(x->save({2, 1}));
      CHECK_FALSE(x->append({1, commands(2, 1, 6)}, now_ms));
      sync(*x);
      auto before = stored_on(disk);
      disk->stop_after(steps);
      auto is_done = !run(*x);
      x.reset();
      disk->crash();
      auto after = stored_on(disk);
      if (is_done) {
        auto copy = stored_on(disk);
        CHECK(after == copy);
        CHECK_FALSE(after == before);
        break;
      }
      // A cut log is between both: its replaced entries may be gone already.
      auto is_cut =
        std::string{name} == "entries" && after.entries.size() >= 4
        && std::equal(before.entries.begin(), before.entries.begin() + 4,
                      after.entries.begin());
      CHECK((after == before || is_cut || after.base == snapshot_at(4, 2)
             || after.voted == vote{7, 2}));
    }
  }
}

TEST_CASE("damage is refused by file") {
  auto disk = std::make_shared<simulation::memory_files>();
  auto x = open(disk);
  CHECK_FALSE(x->save({2, 1}));
  CHECK_FALSE(x->replace(snapshot_at(4, 2), 5, {}, now_ms));
  for (const auto* path : {"quorum/vote", "quorum/snapshot"}) {
    auto whole = disk->content(path);
    for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
      auto damaged = whole;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
      disk->set_content(path, damaged);
      auto result = server_store::open(disk, "quorum", now_ms);
      if (result)
        FAIL(path << ": bit " << bit << " is not missed");
      CHECK(what(result.error()).find(path) != std::string::npos);
    }
    disk->set_content(path, whole);
  }
}
