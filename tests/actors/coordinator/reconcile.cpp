// One member on its way to its target: each case of the protocol as values.
#include "actors/coordinator/reconcile.hpp"

#include <set>

#include "tests/catch.hpp"

using namespace troupe;

namespace {

constexpr topic_id topic{1, 1};

std::vector<topic_partition> parts(const std::vector<int32_t>& numbers) {
  std::vector<topic_partition> result;
  for (auto n : numbers)
    result.push_back({topic, n});
  return result;
}

std::vector<int32_t> numbers(const std::map<topic_partition, held_place>& xs) {
  std::vector<int32_t> result;
  for (const auto& [id, x] : xs)
    result.push_back(id.partition);
  return result;
}

struct row {
  const char* name;
  std::vector<int32_t> assigned, revoking, target, free;
  bool is_away;
  // Expected.
  std::vector<int32_t> next_assigned, next_revoking, revoked, released, added;
  int64_t epoch;
  const char* state;
};

} // namespace

TEST_CASE("reconcile: all cases") {
  const row rows[] = {
    {"new",
     {},
     {},
     {0, 1},
     {0, 1},
     false,
     {0, 1},
     {},
     {},
     {},
     {0, 1},
     5,
     "stable"},
    {"nothing to do",
     {0},
     {},
     {0},
     {},
     false,
     {0},
     {},
     {},
     {},
     {},
     5,
     "stable"},
    {"nothing at all", {}, {}, {}, {}, false, {}, {}, {}, {}, {}, 5, "stable"},
    {"revoke before add: the epoch waits",
     {0, 1},
     {},
     {1, 2},
     {2},
     false,
     {1},
     {0},
     {0},
     {},
     {},
     4,
     "unrevoked"},
    {"(M) pending: nothing is computed",
     {0},
     {1},
     {2, 3},
     {2, 3},
     false,
     {0},
     {1},
     {},
     {},
     {},
     4,
     "unrevoked"},
    {"some are held by others",
     {0},
     {},
     {0, 1, 2},
     {1},
     false,
     {0, 1},
     {},
     {},
     {},
     {1},
     5,
     "unreleased"},
    {"all are held by others",
     {},
     {},
     {1},
     {},
     false,
     {},
     {},
     {},
     {},
     {},
     5,
     "unreleased"},
    {"away: given up without asking",
     {0, 1},
     {},
     {1, 2},
     {2},
     true,
     {1, 2},
     {},
     {},
     {0},
     {2},
     5,
     "away"},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    current_assignment current;
    current.epoch = 4;
    current.revocation_id = 4;
    for (const auto& id : parts(row.assigned))
      current.assigned[id] = {3, {}};
    for (const auto& id : parts(row.revoking))
      current.revoking[id] = {3, {}};
    std::set<int32_t> free(row.free.begin(), row.free.end());
    auto give = [&](const topic_partition& id) {
      return free.count(id.partition) > 0
               ? std::optional{start_place{7, 1, start_reason::committed}}
               : std::nullopt;
    };
    auto target = parts(row.target);
    auto result = reconcile(current, target, 5, row.is_away, give);
    CHECK(numbers(result.next.assigned) == row.next_assigned);
    CHECK(numbers(result.next.revoking) == row.next_revoking);
    CHECK(result.revoked == parts(row.revoked));
    CHECK(result.released == parts(row.released));
    CHECK(result.added == parts(row.added));
    CHECK(result.next.epoch == row.epoch);
    CHECK(result.next.revocation_id == (row.revoked.empty() ? 4 : 5));
    for (const auto& id : result.added) {
      CHECK(result.next.assigned.at(id).epoch == 5);
      CHECK(result.next.assigned.at(id).start.offset == 7);
    }
    CHECK(state_of(result.next, target, 5, row.is_away)
          == std::string{row.state});
  }
}
