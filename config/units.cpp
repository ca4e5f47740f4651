#include "config/units.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>

#include <fmt/format.h>

namespace troupe {

namespace {

struct unit {
  std::string_view name;
  uint64_t factor;
};

constexpr std::array<unit, 6> duration_units = {{
  {"ms", 1},
  {"s", 1000},
  {"m", 60'000},
  {"min", 60'000},
  {"h", 3'600'000},
  {"d", 86'400'000},
}};

constexpr std::array<unit, 5> size_units = {{
  {"B", 1},
  {"KiB", uint64_t{1} << 10},
  {"MiB", uint64_t{1} << 20},
  {"GiB", uint64_t{1} << 30},
  {"TiB", uint64_t{1} << 40},
}};

/// Above this a double no longer holds each whole number.
constexpr double exact_max = 9007199254740992.0;

struct quantity {
  double number = 0;
  std::string_view unit;
};

/// Splits '1.5 MiB' into 1.5 and 'MiB'.
std::optional<quantity> split(std::string_view text) {
  auto digits = text.find_first_not_of("0123456789.");
  if (digits == 0 || text.empty())
    return std::nullopt;
  auto number = text.substr(0, digits);
  quantity result;
  auto [end, failure] = std::from_chars(
    number.data(), number.data() + number.size(), result.number);
  if (failure != std::errc{} || end != number.data() + number.size())
    return std::nullopt;
  if (digits != std::string_view::npos) {
    result.unit = text.substr(digits);
    result.unit.remove_prefix(
      std::min(result.unit.find_first_not_of(' '), result.unit.size()));
  }
  return result;
}

std::optional<uint64_t> parse(std::string_view text,
                              std::span<const unit> units) {
  auto parts = split(text);
  if (!parts)
    return std::nullopt;
  if (parts->unit.empty())
    return parts->number == 0 ? std::optional<uint64_t>{0} : std::nullopt;
  for (const auto& x : units) {
    if (x.name != parts->unit)
      continue;
    auto result = parts->number * static_cast<double>(x.factor);
    // A fraction such as 0.3 is not exact in binary; its product still rounds
    // to the number that was meant.
    auto whole = std::round(result);
    if (whole > exact_max || std::abs(result - whole) > 1e-6)
      return std::nullopt;
    return static_cast<uint64_t>(whole);
  }
  return std::nullopt;
}

std::string format(uint64_t x, std::span<const unit> units,
                   std::string_view zero) {
  if (x == 0)
    return std::string{zero};
  auto best = &units.front();
  for (const auto& candidate : units)
    if (x % candidate.factor == 0 && candidate.factor > best->factor)
      best = &candidate;
  return fmt::format("{}{}", x / best->factor, best->name);
}

/// Takes `n` digits from the front of `text`.
bool take_digits(std::string_view& text, size_t n, int& result) {
  if (text.size() < n
      || text.substr(0, n).find_first_not_of("0123456789") != text.npos)
    return false;
  std::from_chars(text.data(), text.data() + n, result);
  text.remove_prefix(n);
  return true;
}

bool take(std::string_view& text, char x) {
  if (text.empty() || text.front() != x)
    return false;
  text.remove_prefix(1);
  return true;
}

/// Takes '.123' in any length; what is finer than a millisecond is dropped.
bool take_fraction(std::string_view& text, int& ms) {
  if (!take(text, '.'))
    return true;
  auto size = std::min(text.find_first_not_of("0123456789"), text.size());
  if (size == 0)
    return false;
  for (size_t i = 0; i < 3; ++i)
    ms = ms * 10 + (i < size ? text[i] - '0' : 0);
  text.remove_prefix(size);
  return true;
}

/// Takes 'Z' or '+02:00'.
bool take_offset(std::string_view& text, int& minutes) {
  if (take(text, 'Z') || take(text, 'z'))
    return true;
  auto is_east = !text.empty() && text.front() == '+';
  if (!take(text, '+') && !take(text, '-'))
    return false;
  int h = 0;
  int m = 0;
  if (!take_digits(text, 2, h) || !take(text, ':') || !take_digits(text, 2, m)
      || h > 23 || m > 59)
    return false;
  minutes = (is_east ? 1 : -1) * (h * 60 + m);
  return true;
}

} // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  auto ms = parse(text, duration_units);
  if (!ms)
    return std::nullopt;
  return std::chrono::milliseconds{static_cast<int64_t>(*ms)};
}

std::string format_duration(std::chrono::milliseconds x) {
  return format(static_cast<uint64_t>(x.count()), duration_units, "0s");
}

std::optional<uint64_t> parse_size(std::string_view text) {
  return parse(text, size_units);
}

std::string format_size(uint64_t bytes) {
  return format(bytes, size_units, "0B");
}

std::optional<int64_t> parse_timestamp(std::string_view text) {
  using namespace std::chrono;
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, ms = 0, offset_minutes = 0;
  if (!take_digits(text, 4, y) || !take(text, '-') || !take_digits(text, 2, mo)
      || !take(text, '-') || !take_digits(text, 2, d)
      || !(take(text, 'T') || take(text, 't') || take(text, ' '))
      || !take_digits(text, 2, h) || !take(text, ':')
      || !take_digits(text, 2, mi) || !take(text, ':')
      || !take_digits(text, 2, s) || !take_fraction(text, ms)
      || !take_offset(text, offset_minutes) || !text.empty())
    return std::nullopt;
  auto date =
    year{y} / month{static_cast<unsigned>(mo)} / day{static_cast<unsigned>(d)};
  if (!date.ok() || h > 23 || mi > 59 || s > 60)
    return std::nullopt;
  auto result = sys_days{date} + hours{h} + minutes{mi - offset_minutes}
                + seconds{s} + milliseconds{ms};
  return duration_cast<milliseconds>(result.time_since_epoch()).count();
}

std::string format_timestamp(int64_t ms) {
  using namespace std::chrono;
  sys_time<milliseconds> time{milliseconds{ms}};
  auto date = floor<days>(time);
  year_month_day ymd{date};
  hh_mm_ss<milliseconds> clock{time - date};
  auto result = fmt::format(
    "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(ymd.year()),
    static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
    clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (auto fraction = clock.subseconds().count(); fraction != 0)
    result += fmt::format(".{:03}", fraction);
  return result + "Z";
}

std::string hint_for_units(std::string_view text) {
  auto parts = split(text);
  if (!parts)
    return "";
  auto name = parts->unit;
  if (name == "us" || name == "µs" || name == "ns")
    return fmt::format("'{}' is too small a unit, the smallest is ms", name);
  if (name == "KB" || name == "kB" || name == "K" || name == "k")
    return fmt::format("write KiB (1024 bytes) for '{}'", name);
  if (name == "MB" || name == "GB" || name == "TB")
    return fmt::format("write {}iB for '{}'", name.front(), name);
  if (name.empty() && parts->number != 0)
    return "a unit is missing";
  return "";
}

} // namespace troupe
