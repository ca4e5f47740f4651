#include "runtime/scenario/run_printer_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace troupe::scenario {

std::vector<std::string> wrap(std::string_view text, size_t width) {
  std::vector<std::string> result(1);
  size_t used = 0;
  while (!text.empty()) {
    auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    auto columns = text_width(word);
    if (used > 0 && used + 1 + columns > width) {
      result.emplace_back();
      used = 0;
    }
    if (used > 0) {
      result.back() += ' ';
      ++used;
    }
    result.back() += word;
    used += columns;
  }
  return result;
}

std::string format_time(int64_t ms) {
  auto sign = ms < 0 ? "-" : "";
  auto x = std::abs(ms);
  auto [hours, minutes] = std::div(x / 60'000, int64_t{60});
  auto seconds = x / 1000 % 60;
  if (hours > 0)
    return fmt::format("{}{}:{:02}:{:02}.{:03}", sign, hours, minutes, seconds,
                       x % 1000);
  return fmt::format("{}{:02}:{:02}.{:03}", sign, minutes, seconds, x % 1000);
}

std::string format_duration(int64_t ms) {
  if (ms < 1000)
    return fmt::format("{} ms", ms);
  if (ms < 60'000)
    return ms % 1000 == 0
             ? fmt::format("{} s", ms / 1000)
             : fmt::format("{:.1f} s", static_cast<double>(ms) / 1e3);
  auto seconds = ms / 1000;
  if (seconds < 3600)
    return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
}

std::string format_run_time(int64_t ms, bool is_virtual_time) {
  auto amount = [&](double x, std::string_view unit) {
    auto number =
      x == std::floor(x) ? fmt::format("{:.0f}", x) : fmt::format("{:.1f}", x);
    return fmt::format("{} {}{}{}", number, is_virtual_time ? "virtual " : "",
                       unit, number == "1" ? "" : "s");
  };
  auto seconds = static_cast<double>(ms) / 1e3;
  if (seconds < 180)
    return amount(seconds, "second");
  if (seconds < 3 * 3600)
    return amount(seconds / 60, "minute");
  return amount(seconds / 3600, "hour");
}

std::string format_count(int64_t x) {
  auto digits = std::to_string(std::abs(x));
  for (auto i = static_cast<int64_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<size_t>(i), 1, ',');
  return x < 0 ? "-" + digits : digits;
}

std::string format_count(int64_t x, std::string_view noun) {
  return fmt::format("{} {}{}", format_count(x), noun, x == 1 ? "" : "s");
}

std::string format_rate(double x) {
  return x < 1000 ? fmt::format("{:.1f}/s", x)
                  : format_count(std::llround(x)) + "/s";
}

std::string partition_text(std::string_view topic, int32_t partition) {
  return fmt::format("{}-{}", topic, partition);
}

std::string join_names(const std::vector<std::string>& names) {
  return names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", "));
}

std::string offset_or_null(int64_t x) {
  return x < 0 ? "null" : std::to_string(x);
}

std::string committed_or_null(const group_position& x) {
  return x.next < 0 ? "null" : std::to_string(x.committed());
}

std::string reason_text(start_reason x) {
  std::string result = to_string(x);
  std::replace(result.begin(), result.end(), '_', ' ');
  return result;
}

text_table::text_table(std::initializer_list<column> columns)
  : columns_(columns) {}

void text_table::add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (auto& cell : cells)
    cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::vector<std::string> text_table::lines(size_t indent) const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    auto width = text_width(columns_[i].title);
    for (const auto& row : rows_)
      width = std::max(width, text_width(row[i]));
    widths.push_back(width);
  }
  std::vector<std::string> result;
  auto add_line = [&](auto&& cell_of) {
    std::string line(indent, ' ');
    for (size_t i = 0; i < columns_.size(); ++i) {
      const std::string& cell = cell_of(i);
      std::string padding(widths[i] - text_width(cell), ' ');
      if (i > 0)
        line += "  ";
      line +=
        columns_[i].side == align::right ? padding + cell : cell + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    result.push_back(std::move(line));
  };
  add_line([&](size_t i) -> auto& { return columns_[i].title; });
  for (const auto& row : rows_)
    add_line([&](size_t i) -> auto& { return row[i]; });
  return result;
}

} // namespace troupe::scenario
