// What fuzzing found must stay found, by every compiler and in every test run:
// all inputs of the corpora and some thousand changes of them go through the
// same targets.
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include <fmt/format.h>

#include "tests/catch.hpp"
#include "tests/fuzz/targets/target.hpp"
#include "tests/source_tree.hpp"

using namespace troupe;
using fuzz::target;

namespace {

namespace fs = std::filesystem;

constexpr int changes_of_each = 1000;

fs::path corpus_of(const target& x) {
  return source_path("tests/fuzz/corpus/" + std::string{x.name});
}

std::string content_of(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::vector<fs::path> inputs_of(const target& x) {
  std::vector<fs::path> result;
  if (fs::is_directory(corpus_of(x)))
    for (const auto& entry : fs::directory_iterator{corpus_of(x)})
      result.push_back(entry.path());
  std::sort(result.begin(), result.end());
  return result;
}

/// `input` with a few bytes changed, removed, doubled or taken from `other`.
std::string changed(std::string input, const std::string& other,
                    std::mt19937_64& random) {
  constexpr char special[] = {'\x00', '\x01', '\x7f', '\x80', '\xff', '0', '"'};
  auto below = [&](size_t n) { return n == 0 ? 0 : random() % n; };
  for (auto n = 1 + below(4); n > 0; --n) {
    auto at = below(input.size() + 1);
    auto size = std::min(1 + below(9), input.size() - at);
    switch (below(6)) {
      case 0:
        input.erase(at, size);
        break;
      case 1:
        input.insert(at, input.substr(below(input.size()), size));
        break;
      case 2:
        input.insert(at, other.substr(below(other.size()), 1 + below(40)));
        break;
      case 3:
        input.replace(at, size,
                      std::string(size, special[below(std::size(special))]));
        break;
      default:
        if (at < input.size())
          input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
    }
  }
  return input;
}

/// Runs one input; a broken promise fails the test and leaves the input in a
/// file to replay.
bool run(const target& x, const std::string& input) {
  try {
    return x.run(input);
  } catch (const std::exception& e) {
    auto file = fs::temp_directory_path()
                / fmt::format("troupe-fuzz-{}-{:x}", x.name,
                              std::hash<std::string>{}(input));
    std::ofstream{file, std::ios::binary} << input;
    FAIL_CHECK(x.name << ": " << e.what() << "; the input is " << file
                      << "; TROUPE_FUZZ_INPUT=" << file.string()
                      << " test_fuzz 'one input' runs it again");
    return false;
  }
}

} // namespace

TEST_CASE("the corpora and changes of them") {
  for (const auto& x : fuzz::all_targets()) {
    std::mt19937_64 random{1};
    std::vector<std::string> inputs;
    for (const auto& path : inputs_of(x))
      inputs.push_back(content_of(path));
    INFO(x.name);
    REQUIRE(!inputs.empty());
    int accepted = 0;
    int refused = 0;
    auto try_one = [&](const std::string& input) {
      ++(run(x, input) ? accepted : refused);
    };
    try_one("");
    for (const auto& input : inputs) {
      try_one(input);
      for (int i = 0; i < changes_of_each; ++i) {
        auto next = changed(input, inputs[random() % inputs.size()], random);
        try_one(next);
        if (x.repair)
          try_one(x.repair(next));
      }
    }
    // A target that refuses all, or takes all, tests nothing.
    CHECK(accepted > 0);
    CHECK(refused > 0);
  }
}

TEST_CASE("what the program writes is in the corpora, and is accepted") {
  for (const auto& x : fuzz::all_targets()) {
    auto number = 0;
    int accepted = 0;
    for (const auto& seed : x.seeds()) {
      auto path = corpus_of(x) / fmt::format("seed-{:02}", number++);
      if (std::getenv("TROUPE_UPDATE_CORPUS") != nullptr) {
        fs::create_directories(corpus_of(x));
        std::ofstream{path, std::ios::binary} << seed;
      }
      INFO(path << "; if the format was to change: TROUPE_UPDATE_CORPUS=1 "
                   "test_fuzz writes it anew");
      CHECK((content_of(path) == seed));
      accepted += run(x, seed) ? 1 : 0;
    }
    INFO(x.name);
    CHECK(accepted > 0);
  }
}

TEST_CASE("one input", "[.]") {
  auto path = std::getenv("TROUPE_FUZZ_INPUT");
  auto name = std::getenv("TROUPE_FUZZ_TARGET");
  REQUIRE(path != nullptr);
  for (const auto& x : fuzz::all_targets())
    if (name ? std::string{x.name} == name
             : std::string{path}.find(x.name) != std::string::npos)
      x.run(content_of(path));
}
