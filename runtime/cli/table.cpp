#include "runtime/cli/table.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace troupe::cli {

namespace {

bool is_number(const std::string& text) {
  return !text.empty()
         && (text.find_first_not_of("0123456789.-") == std::string::npos
             || text == "null");
}

} // namespace

std::string format_table(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  std::vector<bool> is_numeric;
  for (size_t i = 0; i < header.size(); ++i) {
    auto width = header[i].size();
    auto numeric = !rows.empty();
    for (const auto& row : rows) {
      width = std::max(width, row[i].size());
      numeric = numeric && is_number(row[i]);
    }
    widths.push_back(width);
    is_numeric.push_back(numeric);
  }
  std::string result;
  auto add = [&](const std::vector<std::string>& row) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i)
      line += is_numeric[i] ? fmt::format("{:>{}}  ", row[i], widths[i])
                            : fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + "\n";
  };
  add(header);
  for (const auto& row : rows)
    add(row);
  return result;
}

std::string show_offset(int64_t x) {
  return x < 0 ? "null" : std::to_string(x);
}

std::string show_bytes(uint64_t x) {
  constexpr std::array units = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(x);
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < units.size(); ++unit)
    value /= 1024;
  return unit == 0 ? fmt::format("{} B", x)
                   : fmt::format("{:.1f} {}", value, units[unit]);
}

} // namespace troupe::cli
