#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/expected.hpp>

#include "runtime/ask.hpp"
#include "runtime/load/embedded_node.hpp"
#include "runtime/load/load.hpp"
#include "tests/bench/figures.hpp"

/// What benchmarks share. Each runs in a process of its own; one that cannot
/// be measured throws.
namespace troupe::bench {

struct context {
  /// Small numbers, for a look.
  bool is_quick = false;
  /// Empty, on a real disk, removed afterwards.
  std::string directory;
  outcome& out;

  /// `whole`, or `quick` of it.
  template <class T>
  T pick(T whole, T quick) const {
    return is_quick ? quick : whole;
  }

  /// How often things are measured; the median counts.
  size_t rounds() const {
    return pick<size_t>(3, 1);
  }

  void add(figure x);

  /// A directory below that has not been used.
  std::string fresh_directory(const std::string& name) const;
};

struct benchmark {
  std::string name;
  /// What it measures, in half a line.
  std::string title;
  std::function<void(context&)> run;
};

/// All of them, in the order in which they run.
const std::vector<benchmark>& all_benchmarks();

void run_micro_bench(context& ctx);
void run_flow_bench(context& ctx);
void run_latency_bench(context& ctx);
void run_log_bench(context& ctx);
void run_sync_bench(context& ctx);
void run_open_bench(context& ctx);
void run_idle_bench(context& ctx);
void run_rebalance_bench(context& ctx);
void run_curves_bench(context& ctx);
void run_processes_bench(context& ctx);
void run_cluster_bench(context& ctx);
void run_failover_bench(context& ctx);
void run_gateways_bench(context& ctx);

// -- helpers -----------------------------------------------------------------

template <class T>
T must(caf::expected<T> x) {
  if (!x)
    throw std::runtime_error(what(x.error()));
  return std::move(*x);
}

inline void must(const caf::error& x) {
  if (x)
    throw std::runtime_error(what(x));
}

/// Seconds that `f` takes.
template <class F>
double seconds_of(F&& f) {
  auto begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
    .count();
}

double median(std::vector<double> xs);

/// Samples of one thing, measured in turns with others, since the machine is
/// not the same from one minute to the next.
class samples {
public:
  void add(double x) {
    values_.push_back(x);
  }

  double median() const {
    return bench::median(values_);
  }

private:
  std::vector<double> values_;
};

/// A node in this process with an actor system of its own.
class node_here {
public:
  /// Settings as a user has them but for what `settings` says.
  explicit node_here(node_settings settings, handler_registry handlers = {});

  ~node_here();

  node_here(const node_here&) = delete;

  caf::actor_system& system() {
    return *system_;
  }

  const node_actor& handle() const {
    return node_->handle();
  }

  template <class Result, class Handle, class... Ts>
  Result ask(const Handle& whom, Ts&&... xs) {
    return must(ask_within<Result>(*system_, std::chrono::seconds{300}, whom,
                                   std::forward<Ts>(xs)...));
  }

  topic_info create(const std::string& topic, int32_t partitions);

  void remove(const std::string& topic);

  /// Ends the node clean.
  void stop();

private:
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<embedded_node> node_;
};

/// Settings of a node on `directory`.
node_settings settings_in(const std::string& directory);

} // namespace troupe::bench
