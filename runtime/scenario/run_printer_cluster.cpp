#include <algorithm>

#include <fmt/format.h>

#include "runtime/scenario/run_printer.hpp"
#include "runtime/scenario/run_printer_colour.hpp"
#include "runtime/scenario/run_printer_text.hpp"
#include "runtime/scenario/run_report_axis.hpp"
#include "runtime/scenario/run_report_cluster.hpp"

namespace troupe::scenario {

namespace {

/// The sign for what a lane is at a time.
char sign_of(const std::string& what) {
  if (what == "runs")
    return '=';
  if (what == "down")
    return ' ';
  if (what == "stands still")
    return '~';
  if (what == "cut off")
    return '/';
  // The node that leads.
  return what.empty() ? '.' : what.back();
}

std::string what_at(const cluster_lane& lane, int64_t time_ms) {
  for (const auto& x : lane.spans)
    if (x.from_ms <= time_ms && (x.to_ms < 0 || time_ms < x.to_ms))
      return x.what;
  return {};
}

/// A lane as a row of signs, one for each equal piece of time.
std::string strip_of(const cluster_lane& lane, const run_record& run,
                     size_t columns) {
  std::string result;
  auto length = std::max<int64_t>(run.end_ms - run.begin_ms, 1);
  for (size_t i = 0; i < columns; ++i) {
    auto middle = run.begin_ms
                  + length * static_cast<int64_t>(2 * i + 1)
                      / static_cast<int64_t>(2 * columns);
    result += sign_of(what_at(lane, middle));
  }
  return result;
}

size_t column_of(int64_t time_ms, const run_record& run, size_t columns) {
  auto length = std::max<int64_t>(run.end_ms - run.begin_ms, 1);
  auto at = (time_ms - run.begin_ms) * static_cast<int64_t>(columns) / length;
  return static_cast<size_t>(
    std::clamp<int64_t>(at, 0, static_cast<int64_t>(columns) - 1));
}

/// The letters of what was done, each at its time.
std::string letters_row(const run_record& run, size_t columns) {
  std::string result(columns, ' ');
  const auto& faults = run.cluster.faults;
  for (size_t i = 0; i < faults.size(); ++i) {
    auto at = column_of(faults[i].time_ms, run, columns);
    // The first of those at one place.
    if (result[at] == ' ')
      result.replace(at, 1, letters_of(i).substr(0, 1));
  }
  return result;
}

/// The times, as many as there is room for.
std::string times_row(const run_record& run, size_t columns) {
  std::string result(columns, ' ');
  size_t free_from = 0;
  for (const auto& tick : time_ticks(time_axis{run})) {
    auto at =
      column_of(run.begin_ms + static_cast<int64_t>(tick.value), run, columns);
    if (at < free_from || at + tick.label.size() > columns)
      continue;
    result.replace(at, tick.label.size(), tick.label);
    free_from = at + tick.label.size() + 2;
  }
  result.erase(result.find_last_not_of(' ') + 1);
  return result;
}

std::string print_strips(const run_record& run, const print_options& options) {
  const auto& cluster = run.cluster;
  size_t width = 0;
  for (const auto* lanes : {&cluster.nodes, &cluster.leaders})
    for (const auto& x : *lanes)
      width = std::max(width, text_width(printable(x.name)));
  auto room = static_cast<size_t>(std::max(options.width, 40));
  auto columns = room > width + 16 ? room - width - 6 : 10;
  auto row = [&](const std::string& name, const std::string& strip, ink x) {
    return fmt::format("  {}{}  {}\n", name,
                       std::string(width - text_width(name), ' '),
                       paint(strip, x, options));
  };
  auto result = row("", letters_row(run, columns), ink::bad);
  for (const auto& x : cluster.nodes)
    result += row(x.name, strip_of(x, run, columns), ink::plain);
  result += "\n  " + paint("led by node", ink::faint, options) + '\n';
  for (const auto& x : cluster.leaders)
    result += row(printable(x.name), strip_of(x, run, columns), ink::plain);
  return result + row("", times_row(run, columns), ink::faint)
         + paint("  = runs, / cut off, ~ stands still, blank down; . no leader",
                 ink::faint, options)
         + '\n';
}

std::string print_event(const cluster_event& x) {
  auto result = x.what;
  if (x.after_ms >= 0)
    result +=
      fmt::format(", {} after {}", format_duration(x.after_ms), x.cause);
  else if (!x.cause.empty())
    result += fmt::format(": {}", x.cause);
  if (x.writable_after_ms >= 0 && x.after_ms >= 0)
    result += fmt::format("; records are taken again after {}",
                          format_duration(x.writable_after_ms));
  return result;
}

/// `text` below itself where it is too long.
std::string hang(const std::string& text, size_t indent,
                 const print_options& options) {
  std::string result;
  auto room = static_cast<size_t>(std::max(options.width, 40)) - indent;
  for (const auto& line : wrap(printable(text), room))
    result += (result.empty() ? "" : '\n' + std::string(indent, ' ')) + line;
  return result + '\n';
}

} // namespace

std::string print_cluster(const run_record& run, const print_options& options) {
  const auto& cluster = run.cluster;
  if (cluster.nodes.empty())
    return {};
  auto result = paint("The cluster", ink::strong, options) + '\n'
                + print_strips(run, options) + '\n';
  size_t i = 0;
  for (size_t k = 0; k < cluster.faults.size() || i < cluster.events.size();) {
    auto is_fault =
      k < cluster.faults.size()
      && (i == cluster.events.size()
          || cluster.faults[k].time_ms <= cluster.events[i].time_ms);
    auto time_ms =
      is_fault ? cluster.faults[k].time_ms : cluster.events[i].time_ms;
    auto time = fmt::format("{:>9}", format_time(time_ms - run.begin_ms));
    auto letter = is_fault ? letters_of(k) : std::string{};
    auto text =
      is_fault ? cluster.faults[k].text : print_event(cluster.events[i]);
    result +=
      fmt::format("  {:>2}  {}  {}", letter, paint(time, ink::faint, options),
                  paint(hang(text, 17, options),
                        is_fault ? ink::bad : ink::change, options));
    is_fault ? ++k : ++i;
  }
  return result;
}

} // namespace troupe::scenario
