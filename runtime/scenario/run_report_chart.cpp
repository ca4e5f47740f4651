#include "runtime/scenario/run_report_chart.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "runtime/scenario/run_printer_text.hpp"

namespace troupe::scenario {

namespace {

constexpr double plot_height = 104;
constexpr double plot_top = 8;
constexpr size_t point_buckets = 400;
constexpr size_t hover_buckets = 80;
constexpr int64_t spans_max = 60;

using iterator = std::vector<chart_point>::const_iterator;

/// Appends the points of one bucket that matter.
void append_extremes(std::vector<chart_point>& result, iterator first,
                     iterator last) {
  auto by_value = [](const auto& x, const auto& y) {
    return x.value < y.value;
  };
  auto [least, greatest] = std::minmax_element(first, last, by_value);
  std::vector<iterator> kept{first, least, greatest, last - 1};
  std::sort(kept.begin(), kept.end());
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  for (auto i : kept)
    result.push_back(*i);
}

/// The records handled until a time, interpolated between samples.
double handled_at(const std::vector<group_sample>& samples, int64_t time_ms) {
  auto after = std::upper_bound(
    samples.begin(), samples.end(), time_ms,
    [](int64_t t, const group_sample& x) { return t < x.time_ms; });
  if (after == samples.begin())
    return 0;
  const auto& x = *(after - 1);
  if (after == samples.end() || after->time_ms == x.time_ms)
    return static_cast<double>(x.handled);
  auto part = static_cast<double>(time_ms - x.time_ms)
              / static_cast<double>(after->time_ms - x.time_ms);
  return std::lerp(static_cast<double>(x.handled),
                   static_cast<double>(after->handled), part);
}

int64_t span_ms(const std::vector<group_sample>& samples,
                const time_axis& axis) {
  auto count = static_cast<int64_t>(samples.size());
  auto apart = (samples.back().time_ms - samples.front().time_ms)
               / std::max<int64_t>(count - 1, 1);
  auto least = std::max({axis.length_ms() / spans_max, apart, int64_t{1}});
  for (int64_t power = 1;; power *= 10)
    for (auto factor : {1, 2, 5})
      if (factor * power >= least)
        return factor * power;
}

std::string path_of(const line_chart& chart, const time_axis& axis,
                    double max) {
  std::string result;
  double last_y = 0;
  for (const auto& p : thin_out(chart.points, point_buckets)) {
    auto x = axis.percent(p.time_ms) * 10;
    auto y = plot_height * (1 - p.value / max);
    if (result.empty())
      result = fmt::format("M{:.2f} {:.2f}", x, y);
    else if (chart.is_stepped)
      result += fmt::format("L{:.2f} {:.2f}L{:.2f} {:.2f}", x, last_y, x, y);
    else
      result += fmt::format("L{:.2f} {:.2f}", x, y);
    last_y = y;
  }
  return result;
}

/// Invisible columns that say the value under the pointer.
void draw_hover(markup& out, const line_chart& chart, const time_axis& axis) {
  auto width = 100.0 / hover_buckets;
  for (size_t i = 0; i < hover_buckets; ++i) {
    auto middle = axis.begin_ms
                  + axis.length_ms() * static_cast<int64_t>(2 * i + 1)
                      / static_cast<int64_t>(2 * hover_buckets);
    auto after = std::upper_bound(
      chart.points.begin(), chart.points.end(), middle,
      [](int64_t t, const chart_point& x) { return t < x.time_ms; });
    if (after == chart.points.begin() || middle > chart.points.back().time_ms)
      continue;
    auto value = (after - 1)->value;
    auto text = chart.is_whole ? format_count(std::llround(value))
                               : fmt::format("{:.1f}", value);
    out.element("rect",
                {{"class", "hover"},
                 {"x", percent_text(static_cast<double>(i) * width)},
                 {"y", number_text(plot_top)},
                 {"width", percent_text(width)},
                 {"height", number_text(plot_height)}},
                [&] {
                  out.element("title", {},
                              fmt::format("{}: {} {}",
                                          format_time(middle - axis.begin_ms),
                                          text, chart.unit));
                });
  }
}

void draw_values(markup& out, const std::vector<axis_tick>& ticks) {
  for (const auto& tick : ticks) {
    auto y = plot_top + plot_height * (1 - tick.value / ticks.back().value);
    out.element("line", {{"class", "grid"},
                         {"x1", "0"},
                         {"x2", "100%"},
                         {"y1", number_text(y)},
                         {"y2", number_text(y)}});
    out.element("text",
                {{"class", "tick"},
                 {"x", "-8"},
                 {"y", number_text(y + 4)},
                 {"text-anchor", "end"}},
                tick.label);
  }
}

void draw_line(markup& out, const line_chart& chart, const time_axis& axis,
               double max) {
  auto path = path_of(chart, axis, max);
  auto left = axis.percent(chart.points.front().time_ms) * 10;
  auto right = axis.percent(chart.points.back().time_ms) * 10;
  out.element("svg",
              {{"class", chart.style},
               {"y", number_text(plot_top)},
               {"width", "100%"},
               {"height", number_text(plot_height)},
               {"viewBox", fmt::format("0 0 1000 {}", plot_height)},
               {"preserveAspectRatio", "none"}},
              [&] {
                out.element(
                  "path",
                  {{"class", "area"},
                   {"d", fmt::format("{}L{:.2f} {}L{:.2f} {}Z", path, right,
                                     plot_height, left, plot_height)}});
                out.element("path", {{"class", "line"}, {"d", path}});
              });
}

} // namespace

std::vector<chart_point> thin_out(const std::vector<chart_point>& points,
                                  size_t buckets) {
  if (points.size() <= 4 * buckets)
    return points;
  std::vector<chart_point> result;
  auto begin = points.front().time_ms;
  auto length = points.back().time_ms - begin + 1;
  auto bucket_of = [&](const chart_point& x) {
    return (x.time_ms - begin) * static_cast<int64_t>(buckets) / length;
  };
  for (auto first = points.begin(); first != points.end();) {
    auto last = std::find_if(first, points.end(), [&](const auto& x) {
      return bucket_of(x) != bucket_of(*first);
    });
    append_extremes(result, first, last);
    first = last;
  }
  return result;
}

std::vector<chart_point> lag_points(const group_track& group) {
  std::vector<chart_point> result;
  for (const auto& x : group.samples)
    result.push_back({x.time_ms, static_cast<double>(x.lag)});
  return result;
}

std::vector<chart_point> throughput_points(const group_track& group,
                                           const time_axis& axis) {
  std::vector<chart_point> result;
  if (group.samples.empty())
    return result;
  auto step = span_ms(group.samples, axis);
  auto end = std::min(axis.end_ms, group.samples.back().time_ms);
  for (auto from = axis.begin_ms; from < end; from += step) {
    auto to = std::min(from + step, end);
    auto handled =
      handled_at(group.samples, to) - handled_at(group.samples, from);
    result.push_back({from, handled * 1000 / static_cast<double>(to - from)});
  }
  if (!result.empty())
    result.push_back({end, result.back().value});
  return result;
}

void draw_chart(markup& out, const line_chart& chart, const time_axis& axis,
                const std::vector<event_mark>& marks) {
  if (chart.points.empty())
    return;
  double max = 0;
  for (const auto& x : chart.points)
    max = std::max(max, x.value);
  auto ticks = value_ticks(max, 4, chart.is_whole);
  auto label = fmt::format("{} over time, in {}; at most {:.6g}", chart.title,
                           chart.unit, max);
  out.element("figure", {{"class", "picture"}}, [&] {
    out.element("figcaption", {}, [&] {
      out.text(chart.title + ' ');
      out.element("span", {}, chart.unit);
    });
    out.element("svg",
                {{"class", "plot"},
                 {"role", "img"},
                 {"aria-label", label},
                 {"height", number_text(plot_top + plot_height + 24)}},
                [&] {
                  draw_values(out, ticks);
                  draw_line(out, chart, axis, ticks.back().value);
                  draw_time_axis(out, axis, plot_top + plot_height);
                  draw_hover(out, chart, axis);
                  draw_marks(out, marks, plot_top, plot_top + plot_height,
                             false);
                });
  });
}

} // namespace troupe::scenario
