#include "actors/consumer/dead_letter.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace troupe {

namespace {

constexpr std::string_view prefix = "dead-letter-";

/// Of a reason; the rest says nothing that people would read.
constexpr size_t reason_bytes_max = 512;

/// Cut off between code points.
std::string shortened(const std::string& x) {
  auto end = std::min(reason_bytes_max, x.size());
  while (end > 0 && end < x.size()
         && (static_cast<unsigned char>(x[end]) & 0xC0) == 0x80)
    --end;
  return x.substr(0, end);
}

template <class T>
bool read_number(const std::map<std::string, std::string>& from,
                 const char* name, T& to) {
  auto i = from.find(name);
  if (i == from.end())
    return false;
  const auto* end = i->second.data() + i->second.size();
  auto [stop, why] = std::from_chars(i->second.data(), end, to);
  return why == std::errc{} && stop == end;
}

} // namespace

std::string dead_letter_topic(const std::string& topic,
                              const std::string& group) {
  return fmt::format("{}.{}.dead", topic, group);
}

bool is_dead_letter_topic(std::string_view topic) {
  return topic.ends_with(".dead");
}

std::string replay_topic(const std::string& topic, const std::string& group) {
  return fmt::format("{}.{}.replay", topic, group);
}

std::string parked_topic(const std::string& topic, const std::string& group) {
  return fmt::format("{}.{}.parked", topic, group);
}

topic_spec letter_topic(std::string name) {
  topic_spec result;
  result.name = std::move(name);
  result.settings.record_bytes_max = letter_bytes_max;
  return result;
}

record to_record(const dead_letter& x) {
  auto result = x.content;
  auto add = [&](const char* name, std::string value) {
    result.headers.push_back(
      {std::string{prefix} + name, bytes{std::move(value)}});
  };
  add("topic", x.topic);
  add("partition", std::to_string(x.partition));
  add("offset", std::to_string(x.offset));
  add("group", x.group);
  add("consumer", x.consumer);
  add("reason", shortened(x.reason));
  add("attempts", std::to_string(x.attempts));
  return result;
}

std::optional<dead_letter> read_dead_letter(const record& x) {
  dead_letter result;
  result.content = x;
  result.content.headers.clear();
  std::map<std::string, std::string> said;
  for (const auto& header : x.headers)
    if (header.name.starts_with(prefix))
      said[header.name.substr(prefix.size())] = header.value.view();
    else
      result.content.headers.push_back(header);
  if (!read_number(said, "partition", result.partition)
      || !read_number(said, "offset", result.offset)
      || !read_number(said, "attempts", result.attempts)
      || !said.contains("topic") || !said.contains("group"))
    return std::nullopt;
  result.topic = said["topic"];
  result.group = said["group"];
  result.consumer = said["consumer"];
  result.reason = said["reason"];
  return result;
}

} // namespace troupe
