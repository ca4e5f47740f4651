#include "tests/bench/figures.hpp"

#include <cmath>

#include <fmt/format.h>

namespace troupe::bench {

namespace {

std::string grouped(double x) {
  auto digits = fmt::format("{:.0f}", std::abs(x));
  for (auto at = static_cast<ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<size_t>(at), 1, ',');
  return (x < 0 ? "-" : "") + digits;
}

} // namespace

double figure::ratio(size_t i) const {
  return bounds.at(i).value > 0 ? value / bounds[i].value : 0;
}

bool figure::is_reached() const {
  if (!wanted)
    return true;
  auto x = wanted->is_ratio ? ratio() : value;
  return wanted->what == aim::kind::at_least ? x >= wanted->limit
                                             : x <= wanted->limit;
}

std::string show_number(double x) {
  auto size = std::abs(x);
  if (size == 0)
    return "0";
  if (size >= 1000)
    return grouped(x);
  if (size >= 100)
    return fmt::format("{:.0f}", x);
  if (size >= 10)
    return fmt::format("{:.1f}", x);
  return fmt::format("{:.3g}", x);
}

std::string show(const figure& x) {
  auto line =
    fmt::format("  {:<58} {:>12} {:<10}", x.name, show_number(x.value), x.unit);
  for (size_t i = 0; i < x.bounds.size(); ++i)
    line += fmt::format("{}{} of {} ({})", i == 0 ? " " : "; ",
                        show_number(x.ratio(i)), x.bounds[i].what,
                        show_number(x.bounds[i].value));
  if (x.wanted)
    line += fmt::format(
      "  [aim: {} {}{}: {}]",
      x.wanted->what == figure::aim::kind::at_least ? "at least" : "at most",
      show_number(x.wanted->limit), x.wanted->is_ratio ? " of it" : "",
      x.is_reached() ? "reached" : "MISSED");
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

} // namespace troupe::bench
