#include "runtime/scenario/run_printer.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/scenario/run_printer_colour.hpp"
#include "runtime/scenario/run_printer_text.hpp"

namespace troupe::scenario {

namespace {

bool is_quiet(const run_line& x) {
  return x.kind == line_kind::read || x.kind == line_kind::commit;
}

ink ink_of(line_kind x) {
  switch (x) {
    case line_kind::step:
      return ink::strong;
    case line_kind::rebalance:
    case line_kind::election:
      return ink::change;
    case line_kind::commit:
    case line_kind::note:
      return ink::faint;
    case line_kind::problem:
    case line_kind::fault:
      return ink::bad;
    case line_kind::read:
      break;
  }
  return ink::plain;
}

size_t columns_of(const print_options& options) {
  return static_cast<size_t>(std::max(options.width, 20));
}

size_t group_width_of(const run_record& run) {
  size_t result = 0;
  for (const auto& x : run.lines)
    result = std::max(result, text_width(printable(x.group)));
  return std::min<size_t>(result, 24);
}

/// `text`, wrapped, each line after the first under the first.
std::string hang(const std::string& text, size_t indent, ink x,
                 const print_options& options) {
  auto columns = columns_of(options);
  auto room = columns > indent + 20 ? columns - indent : 20;
  std::string result;
  for (const auto& line : wrap(text, room)) {
    if (!result.empty())
      result += '\n' + std::string(indent, ' ');
    result += paint(line, x, options);
  }
  return result + '\n';
}

int64_t duration_ms(const run_record& run) {
  return std::max<int64_t>(run.end_ms - run.begin_ms, 0);
}

} // namespace

std::vector<shown_line> shorten(const std::vector<run_line>& lines,
                                size_t quiet_lines_max) {
  std::vector<shown_line> result;
  auto show = [&](size_t from, size_t to) {
    for (; from < to; ++from)
      result.push_back({&lines[from], 0});
  };
  for (size_t i = 0; i < lines.size();) {
    auto end = i;
    while (end < lines.size() && is_quiet(lines[end]))
      ++end;
    auto quiet = end - i;
    if (quiet_lines_max > 0 && quiet > quiet_lines_max) {
      auto tail = quiet_lines_max / 3;
      auto head = quiet_lines_max - tail;
      show(i, i + head);
      result.push_back({nullptr, quiet - head - tail});
      show(end - tail, end);
    } else {
      show(i, end);
    }
    if (end < lines.size())
      show(end, end + 1);
    i = end + 1;
  }
  return result;
}

std::string print_line(const run_line& line, int64_t begin_ms,
                       size_t group_width, const print_options& options) {
  auto time = fmt::format("{:>9}", format_time(line.time_ms - begin_ms));
  auto text = printable(line.text);
  if (line.kind == line_kind::problem)
    text.insert(0, "! ");
  auto result = paint(time, ink::faint, options) + "  ";
  auto indent = time.size() + 2;
  // What the script does stands left of what comes of it.
  if (line.kind != line_kind::step) {
    auto group = printable(line.group);
    auto padding = group_width - std::min(group_width, text_width(group));
    result +=
      "  " + paint(group, ink::group, options) + std::string(padding + 2, ' ');
    indent += 4 + std::max(group_width, text_width(group));
  } else if (!line.group.empty()
             && line.text.find(line.group) == std::string::npos) {
    text.insert(0, printable(line.group) + ": ");
  }
  return result + hang(text, indent, ink_of(line.kind), options);
}

std::string print_timeline(const run_record& run,
                           const print_options& options) {
  auto result = paint(printable(run.title), ink::strong, options) + '\n';
  if (!run.description.empty())
    result += hang(printable(run.description), 0, ink::plain, options);
  result += '\n';
  auto group_width = group_width_of(run);
  for (const auto& x : shorten(run.lines, options.quiet_lines_max)) {
    if (x.line != nullptr) {
      result += print_line(*x.line, run.begin_ms, group_width, options);
      continue;
    }
    auto text = fmt::format("... {} more reads and commits ...",
                            format_count(static_cast<int64_t>(x.left_out)));
    result += std::string(group_width + 15, ' ')
              + paint(text, ink::faint, options) + '\n';
  }
  return result;
}

std::string print_expectations(const run_record& run,
                               const print_options& options) {
  if (run.expectations.empty())
    return {};
  auto result = paint("Expectations", ink::strong, options) + '\n';
  for (const auto& x : run.expectations) {
    auto mark = x.is_met ? paint("ok  ", ink::good, options)
                         : paint("FAIL", ink::bad, options);
    auto what = printable(x.what);
    if (!x.is_met)
      what += fmt::format(" ({})", printable(x.path));
    result += fmt::format("  {}  {}", mark, hang(what, 8, ink::plain, options));
    for (const auto& line : x.difference)
      result += "          " + paint(printable(line), ink::bad, options) + '\n';
  }
  return result;
}

std::string print_summary(const run_record& run, const print_options& options) {
  auto all = static_cast<int64_t>(run.expectations.size());
  auto failed = std::count_if(run.expectations.begin(), run.expectations.end(),
                              [](const auto& x) { return !x.is_met; });
  auto time = format_run_time(duration_ms(run), run.is_virtual_time);
  if (run.is_virtual_time)
    time += fmt::format(" ({})", format_duration(run.wall_ms));
  if (all == 0)
    return fmt::format("{} in {}; nothing was expected\n",
                       paint("DONE", ink::strong, options), time);
  if (failed == 0)
    return fmt::format("{} {} in {}\n", paint("PASSED", ink::good, options),
                       format_count(all, "expectation"), time);
  return fmt::format(
    "{} {} of {} in {}; {}, seed {}\n", paint("FAILED", ink::bad, options),
    format_count(failed), format_count(all, "expectation"), time,
    printable(run.file.empty() ? run.title : run.file), run.seed);
}

std::string print_run(const run_record& run, const print_options& options) {
  auto result = print_timeline(run, options);
  for (auto part :
       {print_cluster, print_tables, print_expectations, print_summary}) {
    auto text = part(run, options);
    if (!text.empty())
      result += '\n' + text;
  }
  return result;
}

} // namespace troupe::scenario
