#include "config/scenario_names.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

namespace troupe::scenario {

namespace {

/// What follows `prefix`; nothing when the text does not begin with it.
std::optional<std::string> after(const std::string& text,
                                 std::string_view prefix) {
  if (!text.starts_with(prefix))
    return std::nullopt;
  return text.substr(prefix.size());
}

/// A number without leading zeros.
std::optional<uint32_t> parse_number(const std::string& text) {
  uint32_t result = 0;
  auto last = text.data() + text.size();
  auto [end, failure] = std::from_chars(text.data(), last, result);
  if (failure != std::errc{} || end != last || std::to_string(result) != text)
    return std::nullopt;
  return result;
}

bool may_be_given(const std::string& text) {
  auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= 64
         && std::all_of(text.begin(), text.end(), is_good)
         && !(text[0] >= '0' && text[0] <= '9');
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

std::string to_string(const host_name& x) {
  using kind = host_name::kind;
  switch (x.what) {
    case kind::node:
      return fmt::format("node-{}", x.number);
    case kind::worker:
      return fmt::format("worker-{}", x.number);
    case kind::leader:
      return "leader of " + to_string(x.partition);
    case kind::coordinator:
      return "coordinator of " + x.text;
    case kind::controller:
      return "controller";
    case kind::others:
      return "others";
    case kind::given:
      break;
  }
  return x.text;
}

std::optional<host_name> parse_host_name(const std::string& text) {
  using kind = host_name::kind;
  if (text == "controller")
    return host_name{kind::controller, 0, {}, {}};
  if (text == "others")
    return host_name{kind::others, 0, {}, {}};
  for (auto [prefix, what] :
       {std::pair{"node-", kind::node}, std::pair{"worker-", kind::worker}})
    if (auto rest = after(text, prefix)) {
      auto number = parse_number(*rest);
      return number ? std::optional{host_name{what, *number, {}, {}}}
                    : std::nullopt;
    }
  if (auto rest = after(text, "leader of ")) {
    auto partition = parse_partition_name(*rest);
    return partition ? std::optional{host_name{kind::leader, 0, *partition, {}}}
                     : std::nullopt;
  }
  if (auto group = after(text, "coordinator of "))
    return group->empty()
             ? std::nullopt
             : std::optional{host_name{kind::coordinator, 0, {}, *group}};
  return may_be_given(text) ? std::optional{host_name{kind::given, 0, {}, text}}
                            : std::nullopt;
}

} // namespace troupe::scenario
