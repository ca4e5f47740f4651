// The order of a key is what parking is for: by seed, hundreds of runs in which
// records fail, consumers die, letters are refused and keys are brought back
// while more of them comes.
#include <map>
#include <set>

#include "tests/actors/consumer/parking.hpp"
#include "tests/catch.hpp"
#include "tests/dice.hpp"

using namespace troupe;
using namespace troupe::stage;
using namespace std::chrono_literals;

namespace {

constexpr int32_t partitions = 2;

class storm {
public:
  explicit storm(uint64_t seed) : play(partitions), dice(seed) {
    play.keep_parked(dice.chance(50));
    play.settings.retry_backoff_max = 1s;
    play.settings.fetch_bytes_max = 300;
    play.hand.takes = 3ms;
    play.hand.decide = [this](const delivery& x) { return handle(x); };
    play.start_actor();
  }

  void run(int events) {
    for (int i = 0; i < events && faults.empty(); ++i) {
      one_event();
      play.sys.advance(std::chrono::milliseconds{dice.pick(0, 60)});
    }
    calm();
  }

  parking play;
  std::vector<std::string> faults;
  uint64_t parked = 0;

private:
  using name = std::pair<int32_t, std::string>;

  void one_event() {
    switch (dice.pick(0, 9)) {
      case 0:
        restart();
        break;
      case 1:
        play.letters.error = dice.chance(50)
                               ? make_error(ec::not_available, "dice")
                               : caf::error{};
        break;
      case 2:
        play.team.ignores_commits = dice.chance(30);
        break;
      case 3:
        play.restart_parked();
        break;
      case 4:
      case 5:
        bring_back(any_name(), dice.chance(30));
        break;
      case 6:
        tidy();
        break;
      default:
        post();
    }
  }

  name any_name() {
    return {static_cast<int32_t>(dice.pick(0, partitions - 1)),
            std::string(1, static_cast<char>('a' + dice.pick(0, 2)))};
  }

  void post() {
    auto [n, key] = any_name();
    auto offset = play.logs[n].end;
    posted[{n, key}].insert(offset);
    play.post_records(n, {keyed(key.c_str(), "v")});
  }

  void restart() {
    play.kill_consumer();
    play.sys.run();
    play.hand.with_it = 0;
    play.hand.per_partition.clear();
    play.team.first.clear();
    for (int32_t n = 0; n < partitions; ++n) {
      auto known = play.team.committed.find(part(n));
      play.team.first.push_back(known == play.team.committed.end()
                                  ? play.from(n, 0)
                                  : play.from(n, known->second));
    }
    play.start_actor();
  }

  caf::error handle(const delivery& x) {
    if (is_stormy && dice.chance(15))
      return make_error(ec::record_rejected, "dice");
    finish({x.id.partition, x.content.key.str()}, x.offset);
    return caf::none;
  }

  /// All of its key before it was finished before.
  void finish(const name& whose, int64_t offset) {
    auto& seen = done[whose];
    for (auto before : posted[whose])
      if (before < offset && !seen.contains(before))
        faults.push_back(fmt::format("{}-{}@{} came before {}", whose.second,
                                     whose.first, offset, before));
    seen.insert(offset);
  }

  /// As the command does, whose group handles all that comes back.
  void bring_back(const name& whose, bool is_interrupted) {
    int64_t before = 0;
    std::map<int64_t, int64_t> letters;
    for (const auto& batch : play.parked.batches) {
      auto records = read_records(batch);
      for (const auto& x : *records) {
        if (x.content.key.str() != whose.second)
          continue;
        auto letter = read_dead_letter(x.content);
        auto marker = read_release_marker(x.content);
        if (letter && letter->partition == whose.first)
          letters[x.offset] = letter->offset;
        if (marker && marker->partition == whose.first)
          before = std::max(before, marker->before);
      }
    }
    letters.erase(letters.begin(), letters.lower_bound(before));
    if (letters.empty())
      return;
    for (const auto& [place, offset] : letters)
      finish(whose, offset);
    parked += letters.size();
    // More of it comes meanwhile.
    if (is_stormy)
      play.sys.advance(std::chrono::milliseconds{dice.pick(0, 20)});
    if (!is_interrupted)
      play.release(whose.second.c_str(), letters.rbegin()->first + 1,
                   whose.first);
  }

  parked_keys known() const {
    parked_keys result{"messages", "SMSGroup", 100};
    for (const auto& batch : play.parked.batches) {
      auto records = read_records(batch);
      for (const auto& x : *records)
        result.take(x);
    }
    return result;
  }

  void tidy() {
    if (known().size() > 0)
      return;
    play.parked.batches.clear();
    play.parked.start = play.parked.end;
  }

  void calm() {
    is_stormy = false;
    play.letters.error = caf::none;
    play.team.ignores_commits = false;
    restart();
    for (int i = 0; i < 20; ++i) {
      play.sys.advance(15s);
      for (int32_t n = 0; n < partitions; ++n)
        for (const auto* key : {"a", "b", "c"})
          bring_back({n, key}, false);
    }
    if (known().size() > 0)
      faults.push_back("a key stays parked");
    for (int32_t n = 0; n < partitions; ++n)
      if (play.logs[n].end > 0
          && play.team.committed[part(n)] != play.logs[n].end)
        faults.push_back("a partition is not done");
    if (done != posted)
      faults.push_back("a record was lost");
  }

  testing::dice dice;
  bool is_stormy = true;
  std::map<name, std::set<int64_t>> posted;
  std::map<name, std::set<int64_t>> done;
};

} // namespace

TEST_CASE("records of a key are handled in their order, come what may") {
  uint64_t parked = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    storm x{seed};
    x.run(60);
    parked += x.parked;
    INFO("seed " << seed);
    INFO((x.faults.empty() ? std::string{} : x.faults.front()));
    REQUIRE(x.faults.empty());
  }
  // It did happen.
  CHECK(parked > 1000);
}
