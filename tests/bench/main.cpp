// ./dev bench: measures, each benchmark in a process of its own, shows figures
// beside their bounds, writes them down.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tests/bench/bench.hpp"
#include "tests/bench/page.hpp"

namespace troupe::bench {

namespace {

namespace fs = std::filesystem;

struct options {
  std::vector<std::string> names;
  bool is_quick = false;
  bool as_json = false;
  bool only_lists = false;
  std::string directory = "build/bench-data";
  std::string json_file = "build/bench.json";
  std::string page_file = "build/bench.html";
  std::string earlier_file;
};

std::string read_file(const std::string& path) {
  std::ifstream in{path};
  if (!in)
    throw std::runtime_error(path + ": cannot be read");
  return {std::istreambuf_iterator<char>{in}, {}};
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream out{path};
  if (!(out << text).flush())
    throw std::runtime_error(path + ": cannot be written");
}

/// Runs in the child: what was measured goes to `result_path`.
void measure(const benchmark& x, const options& opt,
             const std::string& result_path) {
  outcome result{x.name, x.title, 0, {}, {}, {}};
  result.seconds = seconds_of([&] {
    try {
      context ctx{opt.is_quick, opt.directory + "/" + x.name, result};
      fs::create_directories(ctx.directory);
      x.run(ctx);
    } catch (const std::exception& e) {
      result.failure = e.what();
    }
  });
  write_file(result_path, to_json({result}));
}

/// In a process of its own: what one leaves in memory, threads or open files is
/// not the next one's.
outcome run_apart(const benchmark& x, const options& opt) {
  fmt::print(stderr, "{}: {}\n", x.name, x.title);
  auto result_path = opt.directory + "/result.json";
  fs::remove_all(opt.directory + "/" + x.name);
  fs::remove(result_path);
  std::fflush(nullptr);
  auto child = ::fork();
  if (child < 0)
    throw std::runtime_error("cannot fork");
  if (child == 0) {
    int code = 1;
    try {
      measure(x, opt, result_path);
      code = 0;
    } catch (const std::exception& e) {
      fmt::print(stderr, "  {}\n", e.what());
    }
    std::fflush(nullptr);
    ::_exit(code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  fs::remove_all(opt.directory + "/" + x.name);
  outcome result{x.name, x.title, 0, {}, {}, "its process crashed"};
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    result = from_json(read_file(result_path)).at(0);
  if (!result.failure.empty())
    fmt::print(stderr, "  FAILED: {}\n", result.failure);
  fmt::print(stderr, "  ({:.1f} s)\n", result.seconds);
  return result;
}

std::vector<benchmark> chosen(const options& opt) {
  if (opt.names.empty())
    return all_benchmarks();
  std::vector<benchmark> result;
  for (const auto& name : opt.names) {
    auto found = false;
    for (const auto& x : all_benchmarks())
      if (x.name == name) {
        result.push_back(x);
        found = true;
      }
    if (!found)
      throw CLI::ValidationError(
        fmt::format("no benchmark '{}'; --list shows all", name));
  }
  return result;
}

int run(const options& opt) {
  if (opt.only_lists) {
    for (const auto& x : all_benchmarks())
      fmt::print("{:<12} {}\n", x.name, x.title);
    return 0;
  }
  std::vector<outcome> earlier;
  if (!opt.earlier_file.empty())
    earlier = from_json(read_file(opt.earlier_file));
  fs::create_directories(opt.directory);
  std::vector<outcome> all;
  for (const auto& x : chosen(opt))
    all.push_back(run_apart(x, opt));
  fs::remove_all(opt.directory);
  auto text = to_json(all);
  write_file(opt.json_file, text);
  write_file(opt.page_file, page_of(all, earlier));
  if (opt.as_json)
    fmt::print("{}\n", text);
  if (!earlier.empty())
    fmt::print(stderr, "{}", comparison(all, earlier));
  fmt::print(stderr, "{}\nfigures: {}\npage: {}\n", missed_aims(all),
             opt.json_file, opt.page_file);
  for (const auto& x : all)
    if (!x.failure.empty())
      return 1;
  return 0;
}

} // namespace

} // namespace troupe::bench

int main(int argc, char** argv) {
  using namespace troupe::bench;
  options opt;
  CLI::App app{"Measures Troupe beside what this machine does at best. Each "
               "figure is the median of several, taken in turns with its "
               "bounds. tests/bench/README.md says how to read them."};
  app.add_option("NAME", opt.names, "Only these (default: all)");
  app.add_flag("--list", opt.only_lists, "Say which there are");
  app.add_flag("--quick", opt.is_quick, "Small numbers, one round");
  app.add_flag("--json", opt.as_json, "Print all figures as JSON as well");
  app
    .add_option("--directory", opt.directory,
                "Where data is written meanwhile; has to be on the disk that "
                "is measured")
    ->capture_default_str();
  app.add_option("--figures", opt.json_file, "Where the figures go")
    ->capture_default_str();
  app.add_option("--page", opt.page_file, "Where the page of plots goes")
    ->capture_default_str();
  app.add_option("--against", opt.earlier_file,
                 "The figures of an earlier run, to compare with");
  try {
    app.parse(argc, argv);
    return run(opt);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  } catch (const std::exception& e) {
    fmt::print(stderr, "bench: {}\n", e.what());
    return 1;
  }
}
