#pragma once

#include <functional>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace troupe::bench {

using micro_function = std::function<void(::benchmark::State&)>;

/// A small thing, and what the machine does at best with the same.
struct micro_benchmark {
  std::string name;
  micro_function work;
  std::string bound_name;
  micro_function bound_work;
  /// One iteration does so many of what the figure is about.
  double things = 1;
  std::string thing;
};

std::vector<micro_benchmark> micro_benchmarks();

/// Of record batches and their codecs, of what partitions and consumers keep,
/// of groups.
void add_batch_benchmarks(std::vector<micro_benchmark>& to);
void add_codec_benchmarks(std::vector<micro_benchmark>& to);
void add_role_benchmarks(std::vector<micro_benchmark>& to);
void add_group_benchmarks(std::vector<micro_benchmark>& to);

} // namespace troupe::bench
