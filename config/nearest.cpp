#include "config/nearest.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace troupe {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> above(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    above[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1,
                         above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

std::string nearest(std::string_view name,
                    const std::vector<std::string>& known) {
  std::string result;
  // A third of the name may be wrong: more is no typing mistake.
  auto best = std::max<size_t>(1, name.size() / 3) + 1;
  for (const auto& candidate : known) {
    auto distance = edit_distance(name, candidate);
    // Half a word ('records' for 'records_per_second') is near, too.
    if (name.size() >= 4 && candidate.find(name) != std::string::npos)
      distance = std::min<size_t>(distance, 2);
    if (distance < best) {
      best = distance;
      result = candidate;
    }
  }
  return result;
}

std::string suggestion(std::string_view name,
                       const std::vector<std::string>& known) {
  if (auto near = nearest(name, known); !near.empty())
    return fmt::format("; did you mean '{}'?", near);
  if (known.empty())
    return "; there are none";
  return fmt::format("; known are {}", fmt::join(known, ", "));
}

} // namespace troupe
