// Plays many seeds of the simulation and says what they have been through.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <numeric>
#include <string>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tests/simulation/simulation.hpp"

using namespace troupe::testing;

namespace {

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
    .count();
}

std::vector<uint64_t> seeds_from(uint64_t first, uint64_t count) {
  std::vector<uint64_t> result(count);
  std::iota(result.begin(), result.end(), first);
  return result;
}

/// One a line, at its begin; lines without are remarks.
std::vector<uint64_t> read_seeds(const std::string& file) {
  std::vector<uint64_t> result;
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line[0] >= '0' && line[0] <= '9')
      result.push_back(std::stoull(line));
  return result;
}

/// Where no person looks on: a line for so many seeds.
constexpr uint64_t seeds_a_line = 1000;

void print_progress(const tally& sum, uint64_t count, double seconds) {
  auto is_seen = isatty(STDERR_FILENO) != 0;
  if (!is_seen && sum.seeds % seeds_a_line != 0)
    return;
  fmt::print(stderr, "{}{}/{} seeds, {} failed, {:.0f} s {}",
             is_seen ? "\r" : "", sum.seeds, count, sum.failed, seconds,
             is_seen ? "" : "\n");
  std::fflush(stderr);
}

/// Somebody wants to know what came of it until now.
volatile std::sig_atomic_t is_interrupted = 0;

/// The same seed again, with everything that happens in it.
void print_failure(uint64_t seed, size_t lines_max, bool is_cluster) {
  auto again = (is_cluster ? simulate_cluster : simulate)(seed, true);
  fmt::print("\nseed {} failed; replay: ./dev simulate {}1 {}\n", seed,
             is_cluster ? "--cluster " : "", seed);
  auto skipped =
    again.trace.size() > lines_max ? again.trace.size() - lines_max : 0;
  if (skipped > 0)
    fmt::print("  ... {} lines before (--trace shows all)\n", skipped);
  for (auto i = skipped; i < again.trace.size(); ++i)
    fmt::print("{}\n", again.trace[i]);
  for (const auto& x : again.problems)
    fmt::print("  {}\n", x);
}

void print_sum(const tally& sum, double seconds) {
  fmt::print("{} seeds, {} failed; {:.1f} virtual hours, {} steps, {} events "
             "judged, {} replays compared; {:.0f} s, {:.0f} steps/s\n",
             sum.seeds, sum.failed,
             static_cast<double>(sum.virtual_ms) / 3'600'000, sum.steps,
             sum.events, sum.replays, seconds,
             static_cast<double>(sum.steps) / seconds);
  std::string text;
  for (const auto& [what, count] : sum.done)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", what, count);
  fmt::print("{}\n", text);
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Simulates a node with its clients, seed by seed: random work, "
               "random faults, virtual time. Exit code 1 when a seed fails; it "
               "is then played again with all that happened."};
  uint64_t count = 100;
  uint64_t first = 1;
  uint64_t failures_max = 1;
  bool traces = false;
  bool is_cluster = false;
  std::string file;
  app.add_option("seeds", count, "How many seeds")->capture_default_str();
  app.add_option("first", first, "The first one")->capture_default_str();
  app.add_option("--failures", failures_max, "Stop after so many failures")
    ->capture_default_str();
  app
    .add_option("--file", file,
                "Play the seeds of this file, one a line; what follows a seed "
                "says what it has found")
    ->check(CLI::ExistingFile);
  app.add_flag("--cluster", is_cluster,
               "Three or five nodes instead of one, and faults of the network");
  app.add_flag("--trace", traces, "Show all of what happened in a failed seed");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& why) {
    auto code = app.exit(why);
    return code == 0 ? 0 : 2;
  }
  auto seeds = file.empty() ? seeds_from(first, count) : read_seeds(file);
  auto begin = std::chrono::steady_clock::now();
  tally sum;
  for (auto signal : {SIGINT, SIGTERM})
    std::signal(signal, [](int) { is_interrupted = 1; });
  for (auto seed : seeds) {
    if (sum.failed == failures_max || is_interrupted != 0)
      break;
    auto result = (is_cluster ? simulate_cluster : simulate)(seed, false);
    sum.add(result.counts);
    if (!result.problems.empty())
      print_failure(seed, traces ? ~size_t{0} : 200, is_cluster);
    if (sum.seeds % 10 == 0)
      print_progress(sum, seeds.size(), seconds_since(begin));
  }
  if (isatty(STDERR_FILENO) != 0)
    fmt::print(stderr, "\n");
  print_sum(sum, seconds_since(begin));
  if (is_interrupted != 0)
    fmt::print("interrupted: {} of {} seeds were played\n", sum.seeds,
               seeds.size());
  return sum.failed == 0 ? 0 : 1;
}
