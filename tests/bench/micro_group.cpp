// A group of many members and partitions, as a value: what it costs to decide
// when one comes or goes.

#include <map>

#include "actors/coordinator/group.hpp"
#include "tests/bench/bench.hpp"
#include "tests/bench/micro.hpp"

namespace troupe::bench {

namespace {

using namespace std::chrono_literals;
using ::benchmark::DoNotOptimize;
using ::benchmark::State;

constexpr uint64_t members = 100;
constexpr size_t partitions = 1'000;

/// A group with everybody around it: questions are answered at once,
/// revocations followed at once.
class settled_group {
public:
  settled_group() : core_("G", limits_, std::make_shared<assignor_registry>()) {
    topic_info topic;
    topic.id = {77, 1};
    topic.name = "t";
    topic.created_index.assign(partitions, 1);
    must(core_.load({1, 0, {}}));
    act([&](turn& t) { core_.begin({1, true, {topic}, {}}, t); });
    for (uint64_t i = 0; i < members; ++i)
      join();
  }

  /// One comes and gets its share of all others'.
  void join() {
    join_request x;
    x.group = "G";
    x.member = {1, ++joined_};
    x.name = "m";
    x.topics = {"t"};
    x.rules.start.what = start_rule::kind::earliest;
    x.session_timeout = 3s;
    x.rebalance_timeout = 60s;
    act([&](turn& t) { core_.join(x, {}, t); });
  }

  /// The one that is there longest goes.
  void leave() {
    act([&](turn& t) { core_.leave({{1, ++left_}, false, {}}, t); });
  }

private:
  void act(const std::function<void(turn&)>& input) {
    turn t{{caf::timespan{++now_}, now_}};
    input(t);
    follow(t);
  }

  static std::vector<start_answer> answers(const std::vector<start_query>& xs) {
    std::vector<start_answer> result;
    for (const auto& x : xs)
      result.push_back({x.id, true, {0, -1, 1, 0, 0}, x.epoch, {1, 0}});
    return result;
  }

  void follow(const turn& t) {
    if (!t.start_queries.empty())
      act([&](turn& u) { core_.finish_start(answers(t.start_queries), u); });
    if (!t.give_queries.empty())
      act([&](turn& u) { core_.give(answers(t.give_queries), u); });
    for (const auto& x : t.pushes)
      if (auto* r = std::get_if<revocation>(&x)) {
        revoked_notice done{r->member, r->revocation_id, {}};
        for (const auto& p : r->partitions)
          done.released.push_back({p, -1});
        act([&](turn& u) { must(core_.revoked(done, u)); });
      }
  }

  coordination_settings limits_;
  group core_;
  uint64_t joined_ = 0;
  uint64_t left_ = 0;
  int64_t now_ = 0;
};

void come_and_go(State& state) {
  settled_group x;
  for (auto _ : state) {
    x.leave();
    x.join();
  }
}

/// Who owns what, written down twice: once for each of the two.
void copying(State& state) {
  std::map<topic_partition, uuid> owners;
  for (size_t i = 0; i < partitions; ++i)
    owners[{{77, 1}, static_cast<int32_t>(i)}] = uuid{1, i % members};
  for (auto _ : state) {
    auto left = owners;
    auto joined = owners;
    DoNotOptimize(left.size() + joined.size());
  }
}

} // namespace

void add_group_benchmarks(std::vector<micro_benchmark>& to) {
  to.push_back({"group of 100 x 1,000: one leaves, one joins", come_and_go,
                "copying who owns what twice", copying, 1, "change"});
}

std::vector<micro_benchmark> micro_benchmarks() {
  std::vector<micro_benchmark> result;
  add_batch_benchmarks(result);
  add_codec_benchmarks(result);
  add_role_benchmarks(result);
  add_group_benchmarks(result);
  return result;
}

} // namespace troupe::bench
