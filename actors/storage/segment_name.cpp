#include "actors/storage/segment_name.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace troupe::storage {

namespace {

constexpr size_t digits = 20;
constexpr std::string_view log_suffix = ".log";

std::string stem(const segment_name& x) {
  return x.is_compacted() ? fmt::format("{:020}-{:020}", x.base, x.end)
                          : fmt::format("{:020}", x.base);
}

std::optional<int64_t> parse_offset(std::string_view text) {
  int64_t result = 0;
  auto [end, failure] =
    std::from_chars(text.data(), text.data() + text.size(), result);
  if (text.size() != digits || failure != std::errc{}
      || end != text.data() + text.size() || result < 0)
    return std::nullopt;
  return result;
}

} // namespace

std::string log_file_name(const segment_name& x) {
  return stem(x).append(log_suffix);
}

std::string index_file_name(const segment_name& x) {
  return stem(x) + ".index";
}

std::optional<segment_name> parse_log_file_name(std::string_view text) {
  if (!text.ends_with(log_suffix))
    return std::nullopt;
  text.remove_suffix(log_suffix.size());
  auto base = parse_offset(text.substr(0, std::min(digits, text.size())));
  if (!base)
    return std::nullopt;
  if (text.size() == digits)
    return segment_name{*base, -1};
  if (text[digits] != '-')
    return std::nullopt;
  auto end = parse_offset(text.substr(digits + 1));
  if (!end || *end < *base)
    return std::nullopt;
  return segment_name{*base, *end};
}

} // namespace troupe::storage
