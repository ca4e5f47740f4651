// kill -9 of the node that leads the controllers: how long until every
// partition takes records again, and until every group gets them.

#include <algorithm>

#include <fmt/format.h>

#include "actors/producer/producer.hpp"
#include "runtime/wall_epoch.hpp"
#include "tests/bench/cluster_there.hpp"

namespace troupe::bench {

namespace {

using namespace std::chrono_literals;
using aim = figure::aim;
using clock = std::chrono::steady_clock;

constexpr int32_t partitions = 3;

/// Hosted by the nodes: those of the one that is killed die with it. Sessions
/// as in config/cluster.
constexpr auto consumers = R"([
  {"group": "SMSGroup", "topics": ["messages"], "count": 1,
   "handler": "print", "session_timeout": "1500ms",
   "heartbeat_interval": "300ms"},
  {"group": "EmailGroup", "topics": ["messages"], "count": 1,
   "handler": "print", "session_timeout": "1500ms",
   "heartbeat_interval": "300ms"}])";

double seconds_since(clock::time_point begin) {
  return std::chrono::duration<double>(clock::now() - begin).count();
}

class failover_bench {
public:
  explicit failover_bench(context& ctx)
    : ctx_(ctx), cluster_(ctx.directory + "/cluster", consumers) {
    producer_config config;
    config.node = cluster_.client().node();
    config.epoch = wall_epoch();
    producer_ = cluster_.client().system().spawn(producer, std::move(config));
  }

  ~failover_bench() {
    caf::anon_send_exit(producer_, caf::exit_reason::kill);
  }

  void run() {
    settle();
    auto kills = ctx_.pick(20, 3);
    for (int i = 0; i < kills; ++i)
      kill_once();
    report("every partition takes records", writable_, 1.5);
    report("every group gets them", delivering_, 1.5);
  }

private:
  /// A record in each partition that both groups have handled.
  void settle() {
    cluster_.wait_until_healthy();
    post_everywhere();
    wait_for_groups();
  }

  void kill_once() {
    auto victim = cluster_.status().leader;
    auto begin = clock::now();
    cluster_.kill(victim);
    post_everywhere();
    writable_.push_back(seconds_since(begin));
    wait_for_groups();
    delivering_.push_back(seconds_since(begin));
    cluster_.start(victim);
    settle();
    // Leaders are spread again.
    must(cluster_.client().ask<caf::ok_atom>(
      cluster_.client().node(), order_atom_v,
      cluster_order{cluster_order::kind::rebalance, 0, {}, {}}));
    settle();
  }

  void post_everywhere() {
    std::vector<posting> all;
    for (int32_t p = 0; p < partitions; ++p) {
      posting x;
      x.topic = "messages";
      x.partition = p;
      x.content.value = bytes{std::string{"x"}};
      all.push_back(std::move(x));
    }
    auto places = must(ask_within<std::vector<record_metadata>>(
      cluster_.client().system(), 60s, producer_, post_atom_v, all));
    for (const auto& x : places)
      ends_[static_cast<size_t>(x.partition)] = x.offset + 1;
  }

  bool has_all(const std::string& group) {
    auto& client = cluster_.client();
    auto whom = client.coordinator(group);
    if (!whom)
      return false;
    auto seen = ask_within<group_description>(client.system(), 1s, *whom,
                                              describe_atom_v);
    return seen && seen->positions.size() == partitions
           && std::all_of(
             seen->positions.begin(), seen->positions.end(),
             [this](const auto& x) {
               return x.next >= ends_[static_cast<size_t>(x.id.partition)];
             });
  }

  void wait_for_groups() {
    for (const auto* group : {"SMSGroup", "EmailGroup"})
      if (!testing::eventually([&] { return has_all(group); }, 60s))
        throw std::runtime_error(fmt::format("{} gets nothing", group));
  }

  void report(const std::string& what, std::vector<double>& xs, double limit) {
    ctx_.add({"killed, until " + what + ", median",
              "s",
              median(xs),
              {},
              aim{aim::kind::at_most, limit, false}});
    ctx_.add(
      {"killed, until " + what + ", worst of " + std::to_string(xs.size()),
       "s",
       *std::max_element(xs.begin(), xs.end()),
       {},
       aim{aim::kind::at_most, 3, false}});
  }

  context& ctx_;
  cluster_there cluster_;
  producer_actor producer_;
  std::array<int64_t, partitions> ends_{};
  std::vector<double> writable_;
  std::vector<double> delivering_;
};

} // namespace

void run_failover_bench(context& ctx) {
  failover_bench{ctx}.run();
}

} // namespace troupe::bench
