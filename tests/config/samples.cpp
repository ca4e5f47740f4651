// Every sample that ships is a good scenario, and the one of the notes says
// what the notes say.
#include <algorithm>
#include <filesystem>
#include <set>

#include "config/scenario.hpp"
#include "tests/catch.hpp"
#include "tests/source_tree.hpp"

using namespace troupe;
using namespace troupe::scenario;

namespace {

script load(const std::string& name) {
  auto x = load_script(source_path("samples/" + name));
  INFO(to_string(x.errors()));
  REQUIRE(x);
  return *x;
}

/// What was last expected to be committed by a group.
offsets_expectation last_table(const script& x, const std::string& group) {
  offsets_expectation result;
  for (const auto& step : x.steps)
    if (auto what = std::get_if<expect>(&step.what))
      if (what->group == group && !what->committed.empty())
        result = what->committed;
  return result;
}

} // namespace

TEST_CASE("every sample is a good scenario") {
  std::set<std::string> found;
  for (const auto& entry :
       std::filesystem::directory_iterator{source_path("samples")}) {
    if (entry.path().extension() != ".json")
      continue;
    auto name = entry.path().filename().string();
    found.insert(name);
    auto x = load(name);
    CHECK_FALSE(x.title.empty());
    CHECK_FALSE(x.description.empty());
    CHECK(std::any_of(x.steps.begin(), x.steps.end(), [](const auto& step) {
      return std::holds_alternative<expect>(step.what);
    }));
  }
  for (auto name :
       {"day_4_recap.json", "scaling.json", "high_availability.json",
        "first_start_and_rebalance.json", "growth.json", "restart.json",
        "node_failover.json", "rolling_restart.json", "split_brain.json"})
    CHECK(found.contains(name));
}

TEST_CASE("the recap ends with the tables of the notes") {
  auto x = load("day_4_recap.json");
  CHECK(last_table(x, "SMSGroup")
        == offsets_expectation{
          {{"messages", 0}, 5}, {{"messages", 1}, 4}, {{"messages", 2}, 20}});
  CHECK(last_table(x, "EmailGroup")
        == offsets_expectation{{{"messages", 0}, 6},
                               {{"messages", 1}, 5},
                               {{"messages", 2}, std::nullopt}});
}

TEST_CASE("scaling expects 5, 10, 15 and 15 records a second") {
  std::vector<double> rates;
  for (const auto& step : load("scaling.json").steps)
    if (auto what = std::get_if<expect>(&step.what))
      if (what->rate)
        rates.push_back(what->rate->value);
  CHECK(rates == std::vector<double>{5, 10, 15, 15});
}
