// How what a record costs grows with the number of partitions, groups and
// members, and with the backlog.

#include <algorithm>

#include <fmt/format.h>

#include "tests/bench/bench.hpp"
#include "tests/bench/crowd.hpp"

namespace troupe::bench {

namespace {

using aim = figure::aim;

/// A record costs at most so much more with many partitions than with one.
constexpr double flat_aim = 2;

double cpu_us(const load_result& x) {
  return x.cpu_seconds * 1e6 / static_cast<double>(x.records);
}

record_batch first_batch() {
  record one;
  one.value = bytes{std::string(100, 'x')};
  one.timestamp_ms = 1;
  return make_batch({one});
}

class curves_bench {
public:
  explicit curves_bench(context& ctx)
    : ctx_(ctx), node_(settings_in(ctx.directory + "/data")) {}

  void run() {
    by_partitions();
    by_groups();
    by_members();
    by_backlog();
    node_.stop();
  }

private:
  load_plan plan(const std::string& topic, uint64_t records) const {
    load_plan result;
    result.topic = topic;
    result.group = "of-" + topic;
    result.records = records;
    result.acks = acks::leader;
    return result;
  }

  load_result produce(const load_plan& x) {
    return must(run_producers(node_.system(), node_.handle(), x));
  }

  load_result consume(const load_plan& x) {
    return must(run_consumers(node_.system(), node_.handle(), x));
  }

  void by_partitions() {
    curve produced{"produce", {}};
    curve consumed{"consume", {}};
    auto records = ctx_.pick(400'000u, 150'000u);
    // Removed at the end: a file system that has just deleted many files looks
    // long for room for new ones.
    std::vector<std::string> topics;
    for (int32_t n : {1, 10, 100, 1'000}) {
      samples p;
      samples c;
      for (size_t round = 0; round < ctx_.rounds(); ++round) {
        auto topic = fmt::format("p{}-{}", n, round);
        node_.create(topic, n);
        // The first records of a partition make its files, durably.
        crowd{node_}.append_to_all(first_batch());
        produce(plan(topic, 20'000));
        p.add(cpu_us(produce(plan(topic, records))));
        c.add(cpu_us(consume(plan(topic, records))));
        topics.push_back(topic);
      }
      produced.points.emplace_back(n, p.median());
      consumed.points.emplace_back(n, c.median());
    }
    for (const auto& x : topics)
      node_.remove(x);
    for (const auto* x : {&produced, &consumed}) {
      auto most = 0.0;
      for (auto [at, value] : x->points) {
        ctx_.add(
          {fmt::format("{}, {} partition{}", x->name, at, at > 1 ? "s" : ""),
           "us/record",
           value,
           {},
           {}});
        most = std::max(most, value / x->points.front().second);
      }
      ctx_.add({x->name + ", 1 to 1,000 partitions: at most beside 1",
                "times",
                most,
                {},
                aim{aim::kind::at_most, flat_aim, false}});
    }
    ctx_.out.plots.push_back({"Processor time of a record, by partitions",
                              "partitions",
                              "us/record",
                              true,
                              {produced, consumed}});
  }

  /// Groups that read the same records at once: one consumer each.
  void by_groups() {
    auto records = ctx_.pick(100'000u, 40'000u);
    node_.create("g", 6);
    produce(plan("g", records));
    curve rate{"records handled by all groups", {}};
    for (uint32_t n : {1, 4, 16, 64})
      rate.points.emplace_back(n, groups_rate(n, records));
    for (auto [at, value] : rate.points)
      ctx_.add({fmt::format("{} groups read the same records", at),
                "records/s",
                value,
                {},
                {}});
    node_.remove("g");
    ctx_.out.plots.push_back({"Records handled, by groups that read them",
                              "groups",
                              "records/s",
                              true,
                              {rate}});
  }

  double groups_rate(uint32_t groups, uint32_t records) {
    load_result all;
    auto seconds = seconds_of([&] { all = must(run_groups(groups, records)); });
    return static_cast<double>(all.records) / seconds;
  }

  caf::expected<load_result> run_groups(uint32_t groups, uint32_t records) {
    auto x = plan("g", uint64_t{records} * groups);
    x.group = fmt::format("{}-groups", groups);
    x.consumers = groups;
    x.has_group_each = true;
    return run_consumers(node_.system(), node_.handle(), x);
  }

  void by_members() {
    auto records = ctx_.pick(300'000u, 100'000u);
    node_.create("m", 128);
    produce(plan("m", records));
    curve rate{"records handled by all members", {}};
    for (uint32_t n : {1, 4, 16, 64}) {
      auto x = plan("m", records);
      x.group = fmt::format("{}-members", n);
      x.consumers = n;
      rate.points.emplace_back(n, consume(x).records_per_second());
    }
    for (auto [at, value] : rate.points)
      ctx_.add({fmt::format("{} members share 128 partitions", at),
                "records/s",
                value,
                {},
                {}});
    node_.remove("m");
    ctx_.out.plots.push_back({"Records handled, by members of one group",
                              "members",
                              "records/s",
                              true,
                              {rate}});
  }

  /// A longer log is not to be slower to read or to write to.
  void by_backlog() {
    node_.create("b", 1);
    curve produced{"produce", {}};
    curve consumed{"consume", {}};
    uint64_t there = 0;
    for (uint64_t n : {100'000u, 300'000u, 1'000'000u, 3'000'000u}) {
      if (n > ctx_.pick(3'000'000u, 300'000u))
        break;
      auto posted = produce(plan("b", n - there));
      there = n;
      auto x = plan("b", n);
      x.group = fmt::format("{}-backlog", n);
      auto at = static_cast<double>(n);
      produced.points.emplace_back(at, posted.records_per_second());
      consumed.points.emplace_back(at, consume(x).records_per_second());
    }
    for (const auto* x : {&produced, &consumed})
      for (auto [at, value] : x->points)
        ctx_.add({fmt::format("{}, {} records there", x->name, at),
                  "records/s",
                  value,
                  {},
                  {}});
    node_.remove("b");
    ctx_.out.plots.push_back({"Records a second, by backlog",
                              "records there",
                              "records/s",
                              true,
                              {produced, consumed}});
  }

  context& ctx_;
  node_here node_;
};

} // namespace

void run_curves_bench(context& ctx) {
  curves_bench{ctx}.run();
}

} // namespace troupe::bench
