// The page has to open anywhere: well-formed, nothing loaded, nothing that a
// record says taken for markup, and as quick for a long run as for a short one.
#include "runtime/scenario/run_report.hpp"

#include <algorithm>
#include <set>

#include "runtime/scenario/run_report_axis.hpp"
#include "runtime/scenario/run_report_chart.hpp"
#include "tests/catch.hpp"
#include "tests/runtime/scenario/run_report_fixture.hpp"

using namespace troupe;
using namespace troupe::scenario;

namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

size_t count(std::string_view text, std::string_view part) {
  size_t result = 0;
  for (auto i = text.find(part); i != std::string::npos;
       i = text.find(part, i + part.size()))
    ++result;
  return result;
}

/// The first tag that is closed wrongly or not at all; empty: none is.
std::string first_unbalanced(std::string_view html) {
  static const std::set<std::string_view> never_closed{"meta", "!DOCTYPE"};
  std::vector<std::string_view> open;
  for (auto i = html.find('<'); i != std::string::npos; i = html.find('<', i)) {
    auto end = html.find('>', i);
    if (end == std::string::npos)
      return std::string{html.substr(i)};
    auto tag = html.substr(i + 1, end - i - 1);
    auto name = tag.substr(0, tag.find(' '));
    i = end;
    if (name.starts_with('/')) {
      if (open.empty() || open.back() != name.substr(1))
        return std::string{tag};
      open.pop_back();
    } else if (!never_closed.contains(name)) {
      open.push_back(name);
    }
  }
  return open.empty() ? std::string{} : std::string{open.back()};
}

group_track long_group(size_t samples) {
  group_track group;
  group.group = "g";
  for (size_t i = 0; i < samples; ++i) {
    auto n = static_cast<int64_t>(i);
    group.samples.push_back({n * 100, i == samples / 3 ? 99'999 : n % 7, n});
  }
  return group;
}

} // namespace

TEST_CASE("the pages are well-formed and of themselves") {
  for (const auto& html :
       {render_report(recap_run()), render_report(crowded_run()),
        render_report({recap_run(), crowded_run()}),
        render_report(std::vector<run_record>{}),
        render_report(run_record{})}) {
    CHECK(first_unbalanced(html) == "");
    CHECK(html.starts_with("<!DOCTYPE html>"));
    CHECK(html.ends_with("</html>\n"));
    for (auto part : {"http://", "https://", "<script", "<link", "<img",
                      "@import", "nan", "inf%", "\"inf"})
      CHECK_FALSE(contains(html, part));
  }
}

TEST_CASE("the check of tags finds what is wrong") {
  CHECK(first_unbalanced("<p><b></p></b>") == "/p");
  CHECK(first_unbalanced("<p>") == "p");
  CHECK(first_unbalanced("<p a=\"x\"></p>") == "");
}

TEST_CASE("the page shows owners, causes, positions and differences") {
  auto html = render_report(crowded_run());
  CHECK(contains(html, "sms-2 owned messages-2 from 00:08.217 to 00:31.000 "
                       "(22.8 s)"));
  CHECK(contains(html, "00:08.003 epoch 2: sms-2 joined"));
  // Two rebalances near to each other share a mark.
  CHECK(contains(html, ">5\u20136</text>"));
  CHECK(contains(html, "sms-2 crashed: handler threw &#39;gateway gone&#39;"));
  CHECK(contains(html, "messages-2: expected lag 0, is 4"));
  CHECK(contains(html, "failed 1 of 3 expectations"));
  CHECK(contains(html, ">idle</td>"));
  CHECK(contains(render_report(recap_run()), ">null</td>"));
}

TEST_CASE("a page of several runs leads to each") {
  auto html = render_report({recap_run(), crowded_run()});
  CHECK(contains(html, "href=\"#run-2\""));
  CHECK(contains(html, "id=\"run-2\""));
  CHECK(!contains(render_report(recap_run()), "<nav"));
}

TEST_CASE("no text of a run is taken for markup") {
  const std::string evil = "<script>alert(\"1\")</script>&'\x1b\xFF";
  auto run = crowded_run();
  run.title = run.description = run.file = evil;
  run.topics[0].topic = evil;
  for (auto& x : run.lines)
    x.text = x.group = evil;
  for (auto& x : run.expectations)
    x.what = x.path = evil, x.difference = {evil};
  auto& group = run.groups[0];
  group.group = evil;
  for (auto& x : group.owners)
    x.topic = x.owner = evil;
  for (auto& x : group.positions)
    x.topic = x.owner = evil;
  for (auto& x : group.consumers)
    x.name = evil, x.owned = {evil};
  for (auto& x : group.events) {
    x.cause = evil;
    for (auto& move : x.moves)
      move.topic = move.from = move.to = evil;
  }
  auto html = render_report({run, run});
  CHECK(first_unbalanced(html) == "");
  CHECK(!contains(html, "<script"));
  CHECK(!contains(html, "\x1b"));
  CHECK(!contains(html, "\xFF"));
  CHECK(contains(html, "&lt;script&gt;alert(&quot;1&quot;)"));
}

TEST_CASE("a long run is thinned out, its peak stays") {
  auto group = long_group(10'000);
  auto thin = thin_out(lag_points(group), 400);
  CHECK(thin.size() <= 1'600);
  CHECK(thin.front().time_ms == 0);
  CHECK(thin.back().time_ms == 999'900);
  CHECK(std::any_of(thin.begin(), thin.end(),
                    [](const auto& x) { return x.value == 99'999; }));
  CHECK(std::is_sorted(thin.begin(), thin.end(),
                       [](auto& x, auto& y) { return x.time_ms < y.time_ms; }));
}

TEST_CASE("the page of a huge run stays small") {
  run_record run;
  run.end_ms = 1'000'000;
  run.groups = {long_group(10'000)};
  auto& group = run.groups[0];
  for (int64_t i = 0; i < 10'000; ++i) {
    run.lines.push_back({i * 100, line_kind::step, "", "step"});
    group.events.push_back({i, i * 100, i, "sms-1 joined", {}});
    group.owners.push_back({"messages", static_cast<int32_t>(i % 200),
                            "sms-" + std::to_string(i % 40), i * 100,
                            i * 100 + 50});
  }
  auto html = render_report(run);
  CHECK(first_unbalanced(html) == "");
  CHECK(html.size() < 4'000'000);
  CHECK(contains(html, "8000 more lines are left out here"));
  CHECK(contains(html, "136 more partitions are not drawn"));
  CHECK(count(html, "class=\"mark\"") <= 3 * 26);
}

TEST_CASE("throughput is what was handled, whatever the samples' spacing") {
  run_record run;
  run.end_ms = 60'000;
  time_axis axis{run};
  group_track group;
  CHECK(throughput_points(group, axis).empty());
  for (int64_t ms = 0; ms <= 60'000; ms += 250)
    group.samples.push_back({ms, 0, ms / 200});
  auto points = throughput_points(group, axis);
  REQUIRE(points.size() == 61);
  for (const auto& x : points)
    CHECK(x.value == Approx(5).margin(1.01));
  double handled = 0;
  for (size_t i = 0; i + 1 < points.size(); ++i)
    handled += points[i].value;
  CHECK(handled == Approx(300));
}

TEST_CASE("ticks are round, few, and reach the greatest value") {
  struct row {
    double max;
    bool is_whole;
    double last;
  };
  for (auto [max, is_whole, last] :
       {row{0, true, 1}, row{1, true, 1}, row{3, true, 3}, row{7, true, 8},
        row{99'999, true, 100'000}, row{0.3, false, 0.3}, row{15, false, 15}}) {
    auto ticks = value_ticks(max, 4, is_whole);
    CAPTURE(max);
    CHECK(ticks.size() <= 6);
    CHECK(ticks.front().label == "0");
    CHECK(ticks.back().value == Approx(last));
  }
  for (int64_t length : {0, 1, 7, 900, 48'000, 90'000, 3'600'000, 90'000'000}) {
    run_record run;
    run.end_ms = length;
    auto ticks = time_ticks(time_axis{run});
    CAPTURE(length);
    CHECK(ticks.size() <= 11);
    CHECK(ticks.size() >= 2);
  }
}
