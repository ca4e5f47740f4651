// Each fault alone is easy. This plays hundreds of runs in which everything
// goes wrong at once, by seed, and holds the consumer to what its group relies
// on: nothing lost, nothing out of order, nothing handed out that was given up,
// no position committed that is not finished.
#include <random>
#include <set>

#include "tests/actors/consumer/stage.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::stage;

namespace {

constexpr int32_t partitions = 3;

/// A coordinator's view of its one member, and the faults that befall both.
class storm {
public:
  explicit storm(uint64_t seed) : play(seed, partitions), dice(seed) {
    play.settings.commit.what =
      seed % 3 == 0 ? commit_policy::kind::every : commit_policy::kind::each;
    play.settings.commit.count = 4;
    play.settings.fetch_bytes_max = 600;
    play.settings.fetch_ahead_bytes = 1'500;
    play.settings.retry_backoff_max = 1s;
    play.hand.takes = 7ms;
    play.hand.decide = [this](const delivery& x) { return handle(x); };
    play.team.outcome = [this](const commit_entry& x) { return check(x); };
    play.team.first = all();
    play.start_actor();
  }

  void run(int events) {
    for (int i = 0; i < events && faults.empty(); ++i) {
      one_event();
      play.sys.advance(std::chrono::milliseconds{roll(60)});
      observe();
    }
    calm();
  }

  theatre play;
  std::vector<std::string> faults;

private:
  uint64_t roll(uint64_t n) {
    return dice() % n;
  }

  assigned_partition given(int32_t n) {
    auto known = play.team.committed.find(part(n));
    if (known == play.team.committed.end())
      return play.from(n, 0, start_reason::stored_start);
    return play.from(n, known->second);
  }

  std::vector<assigned_partition> all() {
    std::vector<assigned_partition> result;
    for (int32_t n = 0; n < partitions; ++n)
      result.push_back(given(n));
    return result;
  }

  caf::error handle(const delivery& x) {
    if (is_stormy && roll(20) == 0)
      return make_error(ec::handler_failed, "dice");
    auto& seen = done[x.id.partition];
    // In order: everything before was finished before, by whichever owner.
    if (x.offset > 0 && !seen.contains(x.offset - 1))
      faults.push_back("a record was handed out before the one before it");
    seen.insert(x.offset);
    return caf::none;
  }

  ec check(const commit_entry& x) {
    auto n = x.id.partition;
    if (!owned.contains(n) && !revoking.contains(n))
      return ec::stale_epoch;
    for (int64_t offset = 0; offset < x.next; ++offset)
      if (!done[n].contains(offset))
        faults.push_back("a position was committed that is not finished");
    if (auto i = play.team.committed.find(x.id);
        i != play.team.committed.end() && x.next < i->second)
      faults.push_back("a commit goes back");
    return is_stormy && roll(10) == 0 ? ec::not_available : ec::none;
  }

  void one_event() {
    auto n = static_cast<int32_t>(roll(partitions));
    switch (roll(12)) {
      case 0:
      case 1:
      case 2:
        play.post(n, 1 + static_cast<int>(roll(8)));
        break;
      case 3:
        if (owned.erase(n) > 0) {
          revoking[n] = ++revocations;
          play.revoke({n}, revocations);
        }
        break;
      case 4:
        give_back();
        break;
      case 5:
        play.restart_coordinator();
        restate();
        break;
      case 6:
        play.restart_partition(n);
        break;
      case 7:
        caf::anon_send_exit(play.hand.actor, caf::exit_reason::kill);
        play.sys.run();
        play.hand.with_it = 0;
        play.hand.per_partition.clear();
        break;
      case 8:
        play.pause(n, roll(2) == 0);
        break;
      case 9:
        play.team.holds_commits = !play.team.holds_commits;
        play.answer_commits();
        break;
      case 10:
        if (roll(4) == 0 && !play.team.is_out) {
          owned.clear();
          revoking.clear();
          play.team.first = all();
          play.fence();
        }
        break;
      default:
        play.hand.takes = std::chrono::milliseconds{1 + roll(40)};
        break;
    }
  }

  /// What the coordinator heard meanwhile.
  void observe() {
    if (play.team.joins.size() != joins) {
      joins = play.team.joins.size();
      handed_at_release.clear();
      for (int32_t n = 0; n < partitions; ++n)
        owned.insert(n);
    }
    for (; notices < play.team.revoked.size(); ++notices) {
      auto& notice = play.team.revoked[notices];
      for (const auto& p : notice.released) {
        auto i = revoking.find(p.id.partition);
        if (notice.member == play.team.id() && i != revoking.end()
            && i->second == notice.revocation_id) {
          revoking.erase(i);
          handed_at_release[p.id.partition] = play.hand.got.size();
        }
      }
    }
    for (const auto& [n, handed] : handed_at_release)
      for (auto i = handed; i < play.hand.got.size(); ++i)
        if (play.hand.got[i].id.partition == n && !owned.contains(n))
          faults.push_back("a record was handed out after it was given up");
    if (play.hand.overlapped)
      faults.push_back("two records of a partition were with the handler");
  }

  void give_back() {
    observe();
    if (play.team.is_out)
      return;
    std::vector<assigned_partition> free;
    for (int32_t n = 0; n < partitions; ++n)
      if (!owned.contains(n) && !revoking.contains(n)) {
        free.push_back(given(n));
        owned.insert(n);
        handed_at_release.erase(n);
      }
    play.assign(free);
  }

  /// As a coordinator does after its reload.
  void restate() {
    observe();
    if (play.team.is_out)
      return;
    std::map<int64_t, std::vector<topic_partition>> pending;
    for (const auto& [n, id] : revoking)
      pending[revocations].push_back(part(n));
    for (auto& [n, id] : revoking)
      id = revocations;
    member_state state{play.team.coordinator_epoch,
                       play.team.id(),
                       play.team.member_epoch,
                       {},
                       revocations,
                       pending[revocations]};
    for (auto n : owned)
      state.assigned.push_back(given(n));
    caf::anon_send(play.member, state_atom_v, state);
    play.sys.run();
  }

  void calm() {
    is_stormy = false;
    play.team.holds_commits = false;
    play.answer_commits();
    play.sys.advance(10s);
    observe();
    restate();
    play.sys.advance(2s);
    give_back();
    for (int32_t n = 0; n < partitions; ++n)
      play.pause(n, false);
    play.sys.advance(60s);
    observe();
    for (int32_t n = 0; n < partitions; ++n) {
      auto end = play.logs[n].end;
      if (static_cast<int64_t>(done[n].size()) != end)
        faults.push_back("a record was lost");
      auto committed = play.team.committed[part(n)];
      auto slack = play.settings.commit.what == commit_policy::kind::each
                     ? 0
                     : play.settings.commit.count - 1;
      if (committed + slack < end || committed > end)
        faults.push_back("what was finished was not committed");
    }
  }

  std::mt19937_64 dice;
  bool is_stormy = true;
  std::map<int32_t, std::set<int64_t>> done;
  std::set<int32_t> owned{0, 1, 2};
  std::map<int32_t, int64_t> revoking;
  std::map<int32_t, size_t> handed_at_release;
  int64_t revocations = 0;
  size_t joins = 1;
  size_t notices = 0;
};

} // namespace

TEST_CASE("in a storm nothing is lost, reordered, or worked on too long") {
  size_t handed = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    storm x{seed};
    x.run(120);
    INFO("seed " << seed);
    REQUIRE(x.faults == std::vector<std::string>{});
    handed += x.play.hand.got.size();
  }
  // The storm must not blow the work away.
  CHECK(handed > 300 * 50);
}
