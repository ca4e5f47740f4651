// A deliberate bug that no longer applies checks nothing. `./dev mutants` takes
// minutes; this holds what it needs: that every patch still fits the sources,
// in one place only, and says what it breaks and which tests should notice.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/source_tree.hpp"

using namespace troupe;

namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  std::ifstream in{path};
  return {std::istreambuf_iterator<char>{in}, {}};
}

size_t count_of(const std::string& text, const std::string& part) {
  size_t result = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1))
    ++result;
  return result;
}

/// A patch as `git apply` reads it.
struct patch {
  std::string headline;
  /// By file: per hunk the lines that must be there.
  std::map<std::string, std::vector<std::string>> old_texts;
};

patch read_patch(const fs::path& path) {
  patch result;
  std::istringstream in{content_of(path)};
  std::getline(in, result.headline);
  std::string file;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("+++ b/"))
      file = line.substr(6);
    else if (line.starts_with("@@"))
      result.old_texts[file].emplace_back();
    else if (!line.starts_with("---") && !line.starts_with("+") && !line.empty()
             && !result.old_texts.empty())
      result.old_texts[file].back() += line.substr(1) + '\n';
  }
  return result;
}

std::vector<fs::path> all_patches() {
  std::vector<fs::path> result;
  for (const auto& x : fs::directory_iterator{source_path("tests/mutants")})
    if (x.path().extension() == ".patch")
      result.push_back(x.path());
  std::sort(result.begin(), result.end());
  return result;
}

} // namespace

TEST_CASE("every deliberate bug still fits the sources") {
  auto paths = all_patches();
  CHECK(paths.size() >= 15);
  for (const auto& path : paths) {
    INFO(path.filename().string());
    auto x = read_patch(path);
    CHECK(!x.old_texts.empty());
    for (const auto& [file, hunks] : x.old_texts) {
      INFO(file);
      auto source = content_of(source_path(file));
      REQUIRE(!source.empty());
      for (const auto& old_text : hunks) {
        INFO(old_text);
        CHECK(count_of(source, old_text) == 1);
      }
    }
  }
}

TEST_CASE("every deliberate bug names the tests that should catch it") {
  const std::string mark = ". Caught by: ";
  for (const auto& path : all_patches()) {
    INFO(path.filename().string());
    auto headline = read_patch(path).headline;
    auto at = headline.find(mark);
    REQUIRE(at != headline.npos);
    std::istringstream tests{headline.substr(at + mark.size())};
    size_t known = 0;
    for (std::string test; tests >> test; ++known) {
      INFO(test);
      REQUIRE(test.starts_with("test_"));
      auto folder = test.substr(5);
      std::replace(folder.begin(), folder.end(), '_', '/');
      auto is_there = fs::is_directory(source_path("tests/" + folder));
      // Folders that have a '_' in their own name.
      if (!is_there)
        is_there = test == "test_actors_offset_store"
                   || test == "test_actors_quorum_controller";
      CHECK(is_there);
    }
    CHECK(known > 0);
  }
}
