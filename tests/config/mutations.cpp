// Whatever a text has become, reading it ends with a value or with errors that
// have a place in it: never with a crash, an exception or silence.
#include <algorithm>
#include <random>

#include "config/json_document.hpp"
#include "config/scenario.hpp"
#include "config/settings_reader.hpp"
#include "tests/catch.hpp"
#include "tests/source_tree.hpp"

using namespace troupe;

namespace {

std::string text_of(const std::string& path) {
  auto x = read_text_file(source_path(path));
  REQUIRE(x);
  return *x;
}

/// The text with a few pieces removed, doubled, moved or replaced.
std::string mutate(std::string text, std::mt19937_64& random) {
  const std::string pieces[] = {
    "{",     "}",    "[",    "]",  "\"", ":",     ",",
    "/*",    "*/",   "//",   "\\", "\n", "null",  "-1",
    "1e400", "\"\"", "\xC3", "{}", "[]", "\"x\"", "99999999999999999999"};
  auto below = [&](size_t n) { return random() % n; };
  for (auto n = 1 + below(3); n > 0; --n) {
    auto at = below(text.size());
    auto size = std::min(below(8), text.size() - at);
    switch (below(4)) {
      case 0:
        text.erase(at, size);
        break;
      case 1:
        text.insert(at, text.substr(below(text.size()), size));
        break;
      case 2:
        text.insert(at, pieces[below(std::size(pieces))]);
        break;
      default:
        text.replace(at, size, pieces[below(std::size(pieces))]);
    }
  }
  return text;
}

template <class Result>
bool is_told_well(const Result& x, const std::string& text) {
  if (x)
    return x.errors().empty();
  auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  auto errors = x.errors();
  return !errors.empty()
         && std::all_of(errors.begin(), errors.end(), [&](const auto& error) {
              return !error.message.empty() && error.line >= 1
                     && error.line <= lines && error.column >= 1;
            });
}

} // namespace

TEST_CASE("no text makes a reader fall over") {
  std::mt19937_64 random{1};
  auto scenario_text = text_of("samples/high_availability.json");
  auto settings_text =
    to_json_text(*load_node_settings(source_path("config/single_node.json")));
  size_t good = 0;
  for (int i = 0; i < 1500; ++i) {
    auto text = mutate(scenario_text, random);
    auto script = scenario::read_script(text, "f");
    good += script ? 1 : 0;
    if (!is_told_well(script, text))
      FAIL_CHECK(text);
    text = mutate(settings_text, random);
    auto settings = read_node_settings(text, "f");
    good += settings ? 1 : 0;
    if (!is_told_well(settings, text))
      FAIL_CHECK(text);
  }
  // Some survive, inside comments and texts; most do not.
  CHECK(good > 10);
  CHECK(good < 1500);
}
