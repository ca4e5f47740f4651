#include "config/rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "config/units.hpp"

namespace troupe {

namespace {

namespace json = boost::json;

constexpr auto ever = std::chrono::hours{24 * 36'500};
constexpr size_t name_size_max = 249;

/// The only member of an object like {"ago": "2h"}; null: it is none.
std::optional<std::pair<std::string, json_reader>> only_member(
  const json_reader& at) {
  if (!at.is_object() || at.value().get_object().size() != 1)
    return std::nullopt;
  return at.members()->front();
}

/// The largest level of each codec, as its library counts them; 0: it has none.
/// Above 19 zstd needs much memory to read, too.
constexpr std::array<int, codec_names.size()> levels_max = {{0, 9, 0, 12, 19}};

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

} // namespace

std::optional<start_rule> read_start_rule(const json_reader& at) {
  using kind = start_rule::kind;
  auto make = [](kind what, auto value) -> std::optional<start_rule> {
    if (!value)
      return std::nullopt;
    return start_rule{what, static_cast<int64_t>(*value)};
  };
  if (at.is_word("latest"))
    return start_rule{kind::latest};
  if (at.is_word("earliest"))
    return start_rule{kind::earliest};
  if (auto member = only_member(at)) {
    const auto& [key, value] = *member;
    if (key == "offset")
      return make(kind::offset,
                  value.integer(0, std::numeric_limits<int64_t>::max()));
    if (key == "timestamp")
      return make(kind::timestamp, value.timestamp());
    if (key == "ago") {
      auto time = value.duration(milliseconds{0}, ever);
      return make(kind::ago, time ? std::optional{time->count()}
                                  : std::optional<int64_t>{});
    }
  }
  at.fail_expected("a start: \"latest\", \"earliest\", {\"offset\": 7}, "
                   "{\"timestamp\": \"2026-01-01T00:00:00Z\"} or "
                   "{\"ago\": \"2h\"}");
  return std::nullopt;
}

json::value to_json(const start_rule& x) {
  switch (x.what) {
    case start_rule::kind::latest:
      return "latest";
    case start_rule::kind::earliest:
      return "earliest";
    case start_rule::kind::offset:
      return json::object{{"offset", x.value}};
    case start_rule::kind::timestamp:
      return json::object{{"timestamp", format_timestamp(x.value)}};
    case start_rule::kind::ago:
      return json::object{{"ago", format_duration(milliseconds{x.value})}};
  }
  return nullptr;
}

std::optional<commit_policy> read_commit_policy(const json_reader& at) {
  using kind = commit_policy::kind;
  commit_policy result;
  if (at.is_word("each"))
    return result;
  if (at.is_word("before")) {
    result.what = kind::before;
    return result;
  }
  if (auto member = only_member(at)) {
    const auto& [key, value] = *member;
    if (key == "every") {
      result.what = kind::every;
      auto count = value.integer(1, 1'000'000);
      result.count = static_cast<uint32_t>(count.value_or(1));
      return count ? std::optional{result} : std::nullopt;
    }
    if (key == "interval") {
      result.what = kind::interval;
      auto time = value.duration(milliseconds{1}, std::chrono::hours{1});
      result.interval = time.value_or(result.interval);
      return time ? std::optional{result} : std::nullopt;
    }
  }
  at.fail_expected("when to commit: \"each\", {\"every\": 10}, {\"interval\": "
                   "\"1s\"} or \"before\"");
  return std::nullopt;
}

json::value to_json(const commit_policy& x) {
  switch (x.what) {
    case commit_policy::kind::each:
      return "each";
    case commit_policy::kind::every:
      return json::object{{"every", x.count}};
    case commit_policy::kind::interval:
      return json::object{{"interval", format_duration(x.interval)}};
    case commit_policy::kind::before:
      return "before";
  }
  return nullptr;
}

std::optional<acks> read_acks(const json_reader& at) {
  const auto& x = at.value();
  auto is_number = [&](int64_t n) {
    return x.is_int64() && x.get_int64() == n;
  };
  if (at.is_word("all") || at.is_word("-1") || is_number(-1))
    return acks::all;
  if (at.is_word("leader") || at.is_word("1") || is_number(1))
    return acks::leader;
  if (at.is_word("none") || at.is_word("0") || is_number(0))
    return acks::none;
  at.fail_expected("\"all\" (synced), \"leader\" (written) or \"none\"");
  return std::nullopt;
}

json::value to_json(acks x) {
  switch (x) {
    case acks::none:
      return "none";
    case acks::leader:
      return "leader";
    case acks::all:
      return "all";
  }
  return nullptr;
}

std::optional<compression> parse_compression(std::string_view text) {
  auto colon = text.find(':');
  auto name =
    std::find(codec_names.begin(), codec_names.end(), text.substr(0, colon));
  if (name == codec_names.end())
    return std::nullopt;
  auto index = static_cast<size_t>(name - codec_names.begin());
  compression result{static_cast<codec>(index)};
  if (colon == text.npos)
    return result;
  auto level = text.substr(colon + 1);
  auto [end, failure] =
    std::from_chars(level.data(), level.data() + level.size(), result.level);
  if (failure != std::errc{} || end != level.data() + level.size()
      || result.level < 1 || result.level > levels_max[index])
    return std::nullopt;
  return result;
}

std::optional<compression> read_compression(const json_reader& at) {
  if (at.is_text())
    if (auto result = parse_compression(at.value().get_string()))
      return result;
  at.fail_expected(compression_shape);
  return std::nullopt;
}

json::value to_json(const compression& x) {
  auto name = codec_names.at(static_cast<size_t>(x.codec));
  return json::value(x.level == 0 ? std::string{name}
                                  : fmt::format("{}:{}", name, x.level));
}

std::string check_topic_name(const std::string& x) {
  auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  if (x.empty() || x.size() > name_size_max || x == "." || x == ".."
      || !std::all_of(x.begin(), x.end(), is_good))
    return fmt::format("'{}' cannot name a topic: expected 1 to {} letters, "
                       "digits, '.', '_' or '-'",
                       x, name_size_max);
  if (x.starts_with("__"))
    return fmt::format("'{}' cannot name a topic: '__' is for internal ones",
                       x);
  return "";
}

std::string check_group_name(const std::string& x) {
  if (x.empty() || x.size() > name_size_max
      || std::any_of(x.begin(), x.end(), is_control))
    return fmt::format("'{}' cannot name a group: expected 1 to {} bytes "
                       "without control characters",
                       x, name_size_max);
  return "";
}

bool is_loopback(const std::string& address) {
  if (address == "localhost" || address == "::1" || address == "[::1]")
    return true;
  return address.starts_with("127.")
         && std::count(address.begin(), address.end(), '.') == 3
         && address.find_first_not_of("0123456789.") == address.npos;
}

} // namespace troupe
