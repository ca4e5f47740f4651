// produce -> partition -> consumer in one process: how many records a second,
// how long they take, what they cost.

#include <algorithm>

#include <fmt/format.h>

#include "runtime/load/process_usage.hpp"
#include "tests/bench/bench.hpp"
#include "tests/bench/bounds.hpp"

namespace troupe::bench {

namespace {

/// Bytes that the producer's batches and the consumer's fetches have.
constexpr size_t batch_bytes = 64 * 1024;
constexpr size_t fetch_bytes = 256 * 1024;

/// What a batch needs for a record beside its value.
constexpr double bytes_beside_value = 8;

/// What was measured of one kind of load, over all rounds.
struct loads {
  samples rate;
  samples cpu;
  samples p50;
  samples p99;
  samples p999;

  void add(const load_result& x) {
    rate.add(x.records_per_second());
    cpu.add(x.cpu_seconds * 1e6 / static_cast<double>(x.records));
    auto us = [&](double share) {
      return static_cast<double>(x.latency.at(share).count()) / 1e3;
    };
    p50.add(us(0.5));
    p99.add(us(0.99));
    p999.add(us(0.999));
  }
};

struct combination {
  uint32_t record_bytes;
  int32_t partitions;
};

/// One size and number of partitions: all loads on it, in turns with their
/// bounds.
class flow_bench {
public:
  flow_bench(context& ctx, const combination& what)
    : ctx_(ctx), what_(what),
      name_(fmt::format("{} B, {} partition{}", what.record_bytes,
                        what.partitions, what.partitions == 1 ? "" : "s")),
      directory_(ctx.fresh_directory("flow")),
      node_(settings_in(directory_ + "/data")) {
    records_ = what.record_bytes <= 100 ? ctx.pick(600'000, 200'000)
                                        : ctx.pick(150'000, 40'000);
  }

  void run() {
    for (size_t round = 0; round < ctx_.rounds(); ++round) {
      measure_bounds();
      measure_loads(round);
    }
    report();
    node_.stop();
  }

private:
  load_plan plan(const std::string& topic, enum acks acks) const {
    load_plan result;
    result.topic = topic;
    result.group = "readers-of-" + topic;
    result.records = records_;
    result.record_bytes = what_.record_bytes;
    result.acks = acks;
    return result;
  }

  void measure_bounds() {
    auto bytes = std::max<uint64_t>(records_ * what_.record_bytes, 64 << 20);
    auto bytes_a_record = what_.record_bytes + bytes_beside_value;
    load_plan defaults;
    bare_posts_.add(
      bare_posts_per_second(node_.system(), records_, what_.record_bytes,
                            defaults.records_at_once, defaults.posts_open_max));
    memcpy_.add(memcpy_bytes_per_second() / bytes_a_record);
    write_.add(write_bytes_per_second(directory_, batch_bytes, bytes)
               / bytes_a_record);
    read_.add(read_bytes_per_second(directory_, fetch_bytes, bytes)
              / bytes_a_record);
    sync_.add(syncs_per_second(directory_, batch_bytes, 100) * batch_bytes
              / bytes_a_record);
    requests_.add(
      bare_requests_per_second(node_.system(), ctx_.pick(50'000u, 20'000u)));
  }

  void measure_loads(size_t round) {
    auto topic = fmt::format("t{}", round);
    node_.create(topic, what_.partitions);
    auto first = plan(topic, acks::leader);
    produced_.add(must(run_producers(node_.system(), node_.handle(), first)));
    consumed_.add(must(run_consumers(node_.system(), node_.handle(), first)));
    auto by_actors = first;
    by_actors.group = "actors-of-" + topic;
    by_actors.records = records_ / 10;
    by_actors.has_actor_handlers = true;
    by_actors_.add(
      must(run_consumers(node_.system(), node_.handle(), by_actors)));
    // From here on the first group is where the log ends.
    flowed_.add(must(run_flow(node_.system(), node_.handle(), first)));
    auto durable = plan(topic, acks::all);
    durable.records = records_ / 3;
    flowed_durably_.add(
      must(run_flow(node_.system(), node_.handle(), durable)));
    durable.records = records_ / 3;
    produced_durably_.add(
      must(run_producers(node_.system(), node_.handle(), durable)));
    node_.remove(topic);
  }

  void add(const std::string& what, const loads& x, std::vector<bound> bounds,
           bool has_latency, bool is_aimed_at = false) {
    auto name = name_ + ", " + what;
    figure rate{name, "records/s", x.rate.median(), std::move(bounds), {}};
    // The aim is for small records.
    if (is_aimed_at && what_.record_bytes <= 100)
      rate.wanted = {figure::aim::kind::at_least, 5e6, false};
    ctx_.add(std::move(rate));
    ctx_.add(
      {name, "MB/s", x.rate.median() * what_.record_bytes / 1e6, {}, {}});
    ctx_.add({name + ", processor", "s/M records", x.cpu.median(), {}, {}});
    if (!has_latency)
      return;
    ctx_.add({name + ", p50", "us", x.p50.median(), {}, {}});
    ctx_.add({name + ", p99", "us", x.p99.median(), {}, {}});
    ctx_.add({name + ", p99.9", "us", x.p999.median(), {}, {}});
  }

  void report() {
    bound posts{"bare messages", bare_posts_.median()};
    bound writes{"write()", write_.median()};
    bound reads{"read()", read_.median()};
    bound syncs{"write() and fdatasync of each batch", sync_.median()};
    bound copies{"memcpy", memcpy_.median()};
    bound requests{"bare requests", requests_.median()};
    add("produce, acks=1", produced_, {posts, writes, copies}, true, true);
    add("produce, acks=all", produced_durably_, {syncs, posts}, true);
    add("consume", consumed_, {reads, copies}, false, true);
    add("consume by handler actors", by_actors_, {requests}, false);
    add("produce and consume, acks=1", flowed_, {posts, writes}, true);
    add("produce and consume, acks=all", flowed_durably_, {syncs, posts}, true);
    ctx_.add({name_ + ", memory of the process",
              "MB",
              static_cast<double>(resident_bytes()) / 1e6,
              {},
              {}});
  }

  context& ctx_;
  combination what_;
  std::string name_;
  std::string directory_;
  node_here node_;
  uint64_t records_ = 0;
  samples bare_posts_, memcpy_, write_, read_, sync_, requests_;
  loads produced_, produced_durably_, consumed_, by_actors_, flowed_,
    flowed_durably_;
};

} // namespace

void run_flow_bench(context& ctx) {
  for (uint32_t record_bytes : {100, 1024})
    for (int32_t partitions : {1, 6})
      flow_bench{ctx, {record_bytes, partitions}}.run();
}

} // namespace troupe::bench
