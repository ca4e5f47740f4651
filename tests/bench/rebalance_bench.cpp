// One of many members leaves: how long its partitions are without records, and
// whether the others notice.

#include <algorithm>
#include <map>
#include <thread>

#include <fmt/format.h>

#include "actors/consumer/consumer.hpp"
#include "runtime/load/load_run.hpp"
#include "runtime/random_uuid.hpp"
#include "runtime/wall_epoch.hpp"
#include "tests/bench/bench.hpp"
#include "tests/bench/bounds.hpp"
#include "tests/bench/crowd.hpp"

namespace troupe::bench {

namespace {

using namespace std::chrono_literals;
using aim = figure::aim;
using nanoseconds = std::chrono::nanoseconds;

constexpr double moved_aim_ms = 50;

/// A record of each partition comes about this often.
constexpr double records_per_partition_second = 100;

/// What the handlers saw of one partition. One consumer at a time writes it.
struct alignas(64) watched {
  std::atomic<int64_t> last_ns = 0;
  std::atomic<int64_t> longest_gap_ns = 0;
  std::atomic<uint32_t> owner = UINT32_MAX;
  /// When the present owner got its first record.
  std::atomic<int64_t> owner_since_ns = 0;

  void see(uint32_t who) {
    auto now = stamp_now().count();
    if (auto last = last_ns.exchange(now); last > 0)
      longest_gap_ns = std::max(longest_gap_ns.load(), now - last);
    if (owner.exchange(who) != who)
      owner_since_ns = now;
  }
};

double ms(int64_t ns) {
  return static_cast<double>(ns) / 1e6;
}

class rebalance_bench {
public:
  rebalance_bench(context& ctx, uint32_t members, int32_t partitions)
    : ctx_(ctx), members_(members), partitions_(partitions),
      name_(fmt::format("{} members x {} partitions", members, partitions)),
      node_(settings_in(ctx.fresh_directory("rebalance"))),
      seen_(static_cast<size_t>(partitions)) {}

  void run() {
    fill();
    auto started = seconds_of([&] { start(); });
    ctx_.add(
      {name_ + ", all joined, all partitions deliver", "s", started, {}, {}});
    for (uint32_t i = 0; i < ctx_.pick(5u, 2u); ++i)
      let_one_leave(members_ / 2 + i);
    report();
    for (const auto& x : readers_)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    node_.stop();
  }

private:
  /// Enough records in each partition that its owner never waits for one.
  void fill() {
    node_.create("t", partitions_);
    std::vector<record> records(4'000);
    for (auto& x : records) {
      x.value = bytes{std::string(16, 'x')};
      x.timestamp_ms = 1;
    }
    crowd{node_}.append_to_all(make_batch(records));
  }

  void start() {
    for (uint32_t i = 0; i < members_; ++i) {
      consumer_config config;
      auto& x = config.settings;
      x.group = "G";
      x.topics = {"t"};
      x.commit.what = commit_policy::kind::interval;
      x.group_rules.start.what = start_rule::kind::earliest;
      x.records_per_second = records_per_partition_second * partitions_
                             / static_cast<double>(members_);
      config.name = fmt::format("G-{}", i);
      config.seed = random_uuid();
      config.node = node_.handle();
      config.epoch = wall_epoch();
      config.handler.function = [this, i](const delivery& d) -> caf::error {
        seen_[static_cast<size_t>(d.id.partition)].see(i);
        return caf::none;
      };
      readers_.push_back(node_.system().spawn(consumer, std::move(config)));
    }
    wait_until([](const watched& x) { return x.last_ns > 0; });
    // Members that joined late got their share; nothing moves any more.
    load_plan plan;
    plan.topic = "t";
    must(wait_for_ownership(node_.system(), node_.handle(), plan, readers_));
    std::this_thread::sleep_for(1s);
  }

  template <class Predicate>
  void wait_until(Predicate holds) {
    auto until = std::chrono::steady_clock::now() + 120s;
    while (!std::all_of(seen_.begin(), seen_.end(), holds)) {
      if (std::chrono::steady_clock::now() > until)
        throw std::runtime_error("partitions stay without records");
      std::this_thread::sleep_for(1ms);
    }
  }

  void forget_gaps() {
    for (auto& x : seen_)
      x.longest_gap_ns = 0;
  }

  /// The longest time that one of `which` was without a record.
  double longest_gap_ms(const std::vector<size_t>& which) const {
    int64_t result = 0;
    for (auto i : which)
      result = std::max(result, seen_[i].longest_gap_ns.load());
    return ms(result);
  }

  void let_one_leave(uint32_t leaver) {
    std::vector<size_t> moving;
    std::vector<size_t> staying;
    std::map<size_t, uint32_t> owners;
    for (size_t i = 0; i < seen_.size(); ++i) {
      owners[i] = seen_[i].owner;
      (owners[i] == leaver ? moving : staying).push_back(i);
    }
    forget_gaps();
    std::this_thread::sleep_for(500ms);
    quiet_gaps_.add(longest_gap_ms(staying));
    forget_gaps();
    syncs_.add(ms(sync_times(ctx_.directory, 4096, 50).at(0.5).count()));
    auto begin = stamp_now().count();
    caf::anon_send(readers_[leaver], stop_atom_v, false);
    wait_until([&](const watched& x) { return x.owner != leaver; });
    std::vector<double> times;
    for (auto i : moving)
      times.push_back(ms(seen_[i].owner_since_ns - begin));
    slowest_.add(*std::max_element(times.begin(), times.end()));
    usual_.add(median(times));
    std::this_thread::sleep_for(300ms);
    gaps_.add(longest_gap_ms(staying));
    for (auto i : staying)
      strayed_ += seen_[i].owner != owners[i] ? 1 : 0;
    moved_ += moving.size();
  }

  void report() {
    bound sync{"write() and fdatasync", syncs_.median()};
    ctx_.add({name_ + ", one leaves: its slowest partition delivers again",
              "ms",
              slowest_.median(),
              {sync},
              aim{aim::kind::at_most, moved_aim_ms, false}});
    ctx_.add({name_ + ", one leaves: its median partition",
              "ms",
              usual_.median(),
              {sync},
              {}});
    ctx_.add({name_ + ", longest wait of a partition that stays",
              "ms",
              gaps_.median(),
              {{"the same when nobody leaves", quiet_gaps_.median()}},
              {}});
    ctx_.add({name_ + ", partitions that moved for no reason",
              "partitions",
              static_cast<double>(strayed_),
              {{"those of the ones that left", static_cast<double>(moved_)}},
              aim{aim::kind::at_most, 0, false}});
  }

  context& ctx_;
  uint32_t members_;
  int32_t partitions_;
  std::string name_;
  node_here node_;
  std::vector<watched> seen_;
  std::vector<consumer_actor> readers_;
  samples slowest_, usual_, gaps_, quiet_gaps_, syncs_;
  size_t strayed_ = 0;
  size_t moved_ = 0;
};

} // namespace

void run_rebalance_bench(context& ctx) {
  rebalance_bench{ctx, ctx.pick(100u, 20u), ctx.pick(1'000, 200)}.run();
}

} // namespace troupe::bench
