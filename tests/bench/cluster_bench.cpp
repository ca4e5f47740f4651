// Records on a cluster of three processes: what three copies cost beside one,
// and what nodes cost that have nothing to do.

#include <thread>

#include <fmt/format.h>

#include "tests/bench/bounds.hpp"
#include "tests/bench/cluster_there.hpp"

namespace troupe::bench {

namespace {

using namespace std::chrono_literals;
using aim = figure::aim;

constexpr size_t batch_bytes = 64 * 1024;
constexpr uint32_t record_bytes = 100;
constexpr int32_t partitions = 6;

class cluster_bench {
public:
  explicit cluster_bench(context& ctx)
    : ctx_(ctx), cluster_(ctx.directory + "/cluster", "[]") {}

  void run() {
    report_idle();
    for (size_t round = 0; round < ctx_.rounds(); ++round)
      measure(round);
    bound syncs{"write() and fdatasync of each batch", syncs_.median()};
    bound bare{"bare messages", bare_.median()};
    add_rate("1 replica, acks=all", one_.median(), {syncs, bare}, {});
    add_rate("3 replicas, acks=all", three_.median(),
             {{"1 replica, acks=all", one_.median()}, syncs, bare},
             aim{aim::kind::at_least, 0.4, true});
    bound sync{"write() and fdatasync", sync_.median()};
    ctx_.add({"one after the other, 1 replica, acks=all, p50",
              "us",
              one_ack_.median(),
              {sync},
              {}});
    ctx_.add({"one after the other, 3 replicas, acks=all, p50",
              "us",
              three_ack_.median(),
              {{"1 replica, acks=all", one_ack_.median()}, sync},
              {}});
  }

private:
  void report_idle() {
    auto span = ctx_.pick(10s, 3s);
    auto before = cluster_.cpu_seconds();
    std::this_thread::sleep_for(span);
    auto used = cluster_.cpu_seconds() - before;
    ctx_.add(
      {"idle, of each node",
       "% of a core",
       used * 100 / 3
         / std::chrono::duration<double>(std::chrono::seconds{span}).count(),
       {},
       aim{aim::kind::at_most, 3, false}});
    ctx_.add({"idle, memory of each node",
              "MB",
              static_cast<double>(cluster_.resident_bytes()) / 3e6,
              {},
              {}});
  }

  void measure(size_t round) {
    auto& client = cluster_.client();
    syncs_.add(syncs_per_second(ctx_.directory, batch_bytes, 100) * batch_bytes
               / (record_bytes + 8));
    sync_.add(us(sync_times(ctx_.directory, 200, 100)));
    bare_.add(
      bare_posts_per_second(client.system(), 500'000, record_bytes, 500, 16));
    for (uint32_t replicas : {1, 3}) {
      load_plan plan;
      plan.topic = fmt::format("of{}-{}", replicas, round);
      plan.records = ctx_.pick(400'000, 50'000);
      plan.record_bytes = record_bytes;
      cluster_.create(plan.topic, partitions, replicas);
      cluster_.wait_until_healthy();
      auto posted = must(run_producers(client.system(), client.node(), plan));
      (replicas == 1 ? one_ : three_).add(posted.records_per_second());
      plan.records = ctx_.pick(1'000, 200);
      plan.records_at_once = 1;
      plan.posts_open_max = 1;
      auto single = must(run_producers(client.system(), client.node(), plan));
      (replicas == 1 ? one_ack_ : three_ack_).add(us(single.latency));
    }
  }

  static double us(const precise_histogram& x) {
    return static_cast<double>(x.at(0.5).count()) / 1e3;
  }

  void add_rate(const std::string& what, double rate, std::vector<bound> bounds,
                std::optional<aim> wanted) {
    ctx_.add(
      {fmt::format("{} B, {} partitions, {}", record_bytes, partitions, what),
       "records/s", rate, std::move(bounds), wanted});
  }

  context& ctx_;
  cluster_there cluster_;
  samples one_, three_, one_ack_, three_ack_, syncs_, sync_, bare_;
};

} // namespace

void run_cluster_bench(context& ctx) {
  cluster_bench{ctx}.run();
}

} // namespace troupe::bench
