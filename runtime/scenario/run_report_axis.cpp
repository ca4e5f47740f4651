#include "runtime/scenario/run_report_axis.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "runtime/scenario/run_printer_text.hpp"

namespace troupe::scenario {

namespace {

constexpr double near_percent = 4;
constexpr double crowded_percent = 11;

/// The smallest of 1, 2, 5, 10, 20... at or above `x`.
double round_up(double x) {
  auto power = std::pow(10, std::floor(std::log10(x)));
  for (double factor : {1.0, 2.0, 5.0})
    if (factor * power >= x * 0.999999)
      return factor * power;
  return 10 * power;
}

int64_t time_step_ms(int64_t length_ms) {
  constexpr int64_t second = 1000, minute = 60 * second, hour = 60 * minute;
  auto least = std::max<int64_t>(length_ms / 10, 1);
  if (least <= 10 * second)
    return std::max<int64_t>(std::llround(round_up(static_cast<double>(least))),
                             1);
  for (auto step :
       {15 * second, 30 * second, minute, 2 * minute, 5 * minute, 10 * minute,
        15 * minute, 30 * minute, hour, 2 * hour, 6 * hour, 12 * hour})
    if (step >= least)
      return step;
  auto days = round_up(static_cast<double>(least) / (24.0 * hour));
  return std::llround(days * 24) * hour;
}

std::string time_label(int64_t ms, int64_t length_ms) {
  if (length_ms < 90'000)
    return fmt::format("{:g} s", static_cast<double>(ms) / 1e3);
  auto seconds = ms / 1000;
  if (length_ms < 2 * 3'600'000)
    return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02} h", seconds / 3600, seconds / 60 % 60);
}

} // namespace

time_axis::time_axis(const run_record& run)
  : begin_ms(run.begin_ms),
    // Nothing on an axis of no length could be placed.
    end_ms(std::max(run.end_ms, run.begin_ms + 1)) {}

double time_axis::percent(int64_t time_ms) const noexcept {
  auto part =
    static_cast<double>(time_ms - begin_ms) / static_cast<double>(length_ms());
  return std::clamp(part, 0.0, 1.0) * 100;
}

std::vector<axis_tick> value_ticks(double max, size_t count_max,
                                   bool is_whole) {
  auto step = max > 0 ? round_up(max / static_cast<double>(count_max)) : 1.0;
  if (is_whole)
    step = std::max(step, 1.0);
  auto count = std::max(std::ceil(max / step - 1e-9), 1.0);
  std::vector<axis_tick> result;
  auto in_thousands = count * step >= 10'000;
  for (double i = 0; i <= count; ++i) {
    auto value = i * step;
    result.push_back({value, in_thousands && i > 0
                               ? fmt::format("{:g}k", value / 1e3)
                               : fmt::format("{:g}", value)});
  }
  return result;
}

std::vector<axis_tick> time_ticks(const time_axis& axis) {
  std::vector<axis_tick> result;
  auto step = time_step_ms(axis.length_ms());
  for (int64_t ms = 0; ms <= axis.length_ms(); ms += step)
    result.push_back(
      {static_cast<double>(ms), time_label(ms, axis.length_ms())});
  return result;
}

std::vector<event_mark> make_marks(const std::vector<timed_mark>& marks,
                                   const time_axis& axis) {
  std::vector<event_mark> result;
  size_t first = 0;
  auto last_shown = -100.0;
  for (size_t i = 0; i < marks.size(); ++i) {
    const auto& x = marks[i];
    auto percent = axis.percent(x.time_ms);
    auto title =
      fmt::format("{} {}", format_time(x.time_ms - axis.begin_ms), x.title);
    if (!result.empty() && percent - result.back().percent < near_percent) {
      auto& mark = result.back();
      mark.label = fmt::format("{}\u2013{}", marks[first].label, x.label);
      mark.title += '\n' + title;
      continue;
    }
    first = i;
    auto is_crowded = percent - last_shown < crowded_percent;
    if (!is_crowded)
      last_shown = percent;
    result.push_back({percent, x.label, title, is_crowded, x.style});
  }
  return result;
}

std::vector<event_mark> event_marks(const std::vector<timeline_event>& events,
                                    const time_axis& axis) {
  std::vector<timed_mark> marks;
  for (const auto& x : events)
    marks.push_back({x.time_ms,
                     std::to_string(marks.size() + 1),
                     fmt::format("epoch {}: {}", x.epoch, printable(x.cause)),
                     {}});
  return make_marks(marks, axis);
}

std::string short_name(const std::string& name, size_t columns_max) {
  auto clean = valid_utf8(name);
  auto surplus = text_width(clean);
  if (surplus <= columns_max)
    return clean;
  surplus -= columns_max - 1;
  size_t at = 0;
  while (surplus > 0) {
    ++at;
    while (at < clean.size()
           && (static_cast<uint8_t>(clean[at]) & 0xC0) == 0x80)
      ++at;
    --surplus;
  }
  return "\u2026" + clean.substr(at);
}

std::string percent_text(double x) {
  return fmt::format("{:.6g}%", x);
}

std::string number_text(double x) {
  return fmt::format("{:.6g}", x);
}

void draw_time_axis(markup& out, const time_axis& axis, double height) {
  auto ticks = time_ticks(axis);
  out.element("line", {{"class", "axis"},
                       {"x1", "0"},
                       {"x2", "100%"},
                       {"y1", number_text(height)},
                       {"y2", number_text(height)}});
  for (size_t i = 0; i < ticks.size(); ++i) {
    auto x =
      percent_text(axis.percent(axis.begin_ms + std::llround(ticks[i].value)));
    out.element("line", {{"class", "axis"},
                         {"x1", x},
                         {"x2", x},
                         {"y1", number_text(height)},
                         {"y2", number_text(height + 4)}});
    // On a small screen there is room for every other label.
    out.element("text",
                {{"class", i % 2 == 0 ? "tick" : "tick wide"},
                 {"x", x},
                 {"y", number_text(height + 17)},
                 {"text-anchor", "middle"}},
                ticks[i].label);
  }
}

void draw_marks(markup& out, const std::vector<event_mark>& marks, double top,
                double bottom, bool is_labelled) {
  for (const auto& mark : marks) {
    auto style = mark.style.empty() ? "mark" : "mark " + mark.style;
    out.element("g", {{"class", style}}, [&] {
      auto x = percent_text(mark.percent);
      out.element("title", {}, mark.title);
      // The wide one catches the pointer.
      for (const char* name : {"catch", "rule"})
        out.element("line", {{"class", name},
                             {"x1", x},
                             {"x2", x},
                             {"y1", number_text(top)},
                             {"y2", number_text(bottom)}});
      if (!is_labelled)
        return;
      auto width = 12 + 7 * static_cast<double>(text_width(mark.label) - 1);
      // Nested, since a box cannot be moved by percent and pixels at once.
      out.element("svg", {{"x", x}, {"class", mark.is_crowded ? "wide" : ""}},
                  [&] {
                    out.element("rect", {{"class", "badge"},
                                         {"x", number_text(-width / 2 - 2)},
                                         {"y", number_text(top - 17)},
                                         {"width", number_text(width + 4)},
                                         {"height", "17"},
                                         {"rx", "4"}});
                    out.element("text",
                                {{"class", "badge-text"},
                                 {"y", number_text(top - 4.5)},
                                 {"text-anchor", "middle"}},
                                mark.label);
                  });
    });
  }
}

} // namespace troupe::scenario
