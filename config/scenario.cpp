#include "config/scenario.hpp"

#include <charconv>

#include <fmt/format.h>

namespace troupe::scenario {

namespace {

std::string fill_in(const std::string& text, int64_t n) {
  constexpr std::string_view placeholder = "{n}";
  std::string result;
  size_t from = 0;
  for (auto i = text.find(placeholder); i != text.npos;
       i = text.find(placeholder, from)) {
    result += text.substr(from, i - from) + std::to_string(n);
    from = i + placeholder.size();
  }
  return result + text.substr(from);
}

} // namespace

std::string to_string(const partition_name& x) {
  return fmt::format("{}-{}", x.topic, x.partition);
}

std::optional<partition_name> parse_partition_name(const std::string& text) {
  auto dash = text.rfind('-');
  if (dash == text.npos || dash == 0 || dash + 1 == text.size())
    return std::nullopt;
  partition_name result{text.substr(0, dash), 0};
  auto first = text.data() + dash + 1;
  auto last = text.data() + text.size();
  auto [end, failure] = std::from_chars(first, last, result.partition);
  // 'messages-01' is no second name of 'messages-1'.
  if (failure != std::errc{} || end != last || to_string(result) != text)
    return std::nullopt;
  return result;
}

produced_record produce::record(size_t i) const {
  auto n = first + static_cast<int64_t>(i);
  produced_record result;
  if (values.empty())
    result.value = fill_in(value_template, n);
  else
    result = values.at(i);
  if (!result.key && key_template)
    result.key = fill_in(*key_template, n);
  return result;
}

const group_spec* script::find_group(const std::string& name) const {
  for (const auto& x : groups)
    if (x.name == name)
      return &x;
  return nullptr;
}

} // namespace troupe::scenario
