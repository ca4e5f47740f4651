// The small things that happen for each record, batch or member, by themselves
// (Google Benchmark).

#include <map>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "tests/bench/bench.hpp"
#include "tests/bench/micro.hpp"

namespace troupe::bench {

namespace {

/// Keeps the times of all repetitions.
class collector final : public ::benchmark::BenchmarkReporter {
public:
  bool ReportContext(const Context&) override {
    return true;
  }

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const auto& x : runs)
      if (x.run_type == Run::RT_Iteration)
        times_ns_[x.run_name.function_name].add(x.GetAdjustedRealTime());
  }

  double median_ns(const std::string& name) const {
    auto i = times_ns_.find(name);
    if (i == times_ns_.end())
      throw std::runtime_error(name + " was not measured");
    return i->second.median();
  }

private:
  std::map<std::string, samples> times_ns_;
};

void register_one(const std::string& name, const micro_function& work,
                  const context& ctx) {
  ::benchmark::RegisterBenchmark(name.c_str(), work)
    ->Unit(::benchmark::kNanosecond)
    ->MinTime(ctx.pick(0.1, 0.03))
    ->Repetitions(ctx.pick(5, 2))
    ->UseRealTime();
}

} // namespace

void run_micro_bench(context& ctx) {
  std::string program = "micro";
  // Repetitions of all of them in turns, since the machine changes.
  std::string in_turns = "--benchmark_enable_random_interleaving=true";
  char* arguments[] = {program.data(), in_turns.data(), nullptr};
  int count = 2;
  ::benchmark::Initialize(&count, arguments);
  auto all = micro_benchmarks();
  for (const auto& x : all) {
    register_one(x.name, x.work, ctx);
    register_one(x.name + " / " + x.bound_name, x.bound_work, ctx);
  }
  collector times;
  ::benchmark::RunSpecifiedBenchmarks(&times, ".");
  for (const auto& x : all) {
    auto of = [&](const std::string& name) {
      return times.median_ns(name) / x.things;
    };
    ctx.add({x.name,
             "ns/" + x.thing,
             of(x.name),
             {{x.bound_name, of(x.name + " / " + x.bound_name)}},
             {}});
  }
}

} // namespace troupe::bench
