#include "actors/consumer/parked_keys.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "actors/consumer/dead_letter.hpp"

namespace troupe {

namespace {

constexpr std::string_view prefix = "parked-release-";

template <class T>
bool read_number(std::string_view from, T& to) {
  const auto* end = from.data() + from.size();
  auto [stop, why] = std::from_chars(from.data(), end, to);
  return why == std::errc{} && stop == end;
}

} // namespace

record to_record(const release_marker& x) {
  record result;
  result.key = x.key;
  auto add = [&](const char* name, std::string value) {
    result.headers.push_back(
      {std::string{prefix} + name, bytes{std::move(value)}});
  };
  add("topic", x.topic);
  add("partition", std::to_string(x.partition));
  add("group", x.group);
  add("before", std::to_string(x.before));
  return result;
}

std::optional<release_marker> read_release_marker(const record& x) {
  std::map<std::string_view, std::string_view> said;
  for (const auto& header : x.headers)
    said[header.name] = header.value.view();
  auto of = [&](const char* name) {
    auto i = said.find(std::string{prefix} + name);
    return i == said.end() ? std::string_view{} : i->second;
  };
  release_marker result;
  if (!x.value.is_null() || !read_number(of("partition"), result.partition)
      || !read_number(of("before"), result.before))
    return std::nullopt;
  result.topic = of("topic");
  result.group = of("group");
  result.key = x.key;
  return result;
}

parked_keys::parked_keys(std::string topic, std::string group, size_t keys_max)
  : topic_(std::move(topic)), group_(std::move(group)), keys_max_(keys_max) {
  // nop
}

void parked_keys::reset() {
  parked_.clear();
  position_ = log_start_ = 0;
}

void parked_keys::take(const placed_record& x) {
  if (x.offset < position_)
    return;
  position_ = x.offset + 1;
  if (x.content.key.is_null())
    return;
  // Two groups can share a log: 'a.b' of 'c', and 'a' of 'b.c'.
  if (auto letter = read_dead_letter(x.content)) {
    if (letter->topic != topic_ || letter->group != group_)
      return;
    auto& last = parked_[letter->partition][x.content.key.str()];
    last = std::max(last, x.offset);
    return;
  }
  auto marker = read_release_marker(x.content);
  if (!marker || marker->topic != topic_ || marker->group != group_)
    return;
  auto& keys = parked_[marker->partition];
  auto i = keys.find(marker->key.view());
  if (i != keys.end() && i->second < marker->before)
    keys.erase(i);
}

void parked_keys::pass(int64_t end) {
  position_ = std::max(position_, end);
}

void parked_keys::cut_before(int64_t log_start) {
  if (log_start <= log_start_)
    return;
  log_start_ = log_start;
  pass(log_start);
  for (auto& [partition, keys] : parked_)
    std::erase_if(keys, [&](const auto& x) { return x.second < log_start; });
}

void parked_keys::posted(int32_t partition, const bytes& key, int64_t offset) {
  // What was read said more: it may have been brought back since.
  if (key.is_null() || offset < position_)
    return;
  auto& last = parked_[partition][key.str()];
  last = std::max(last, offset);
}

bool parked_keys::contains(int32_t partition, const bytes& key) const {
  auto i = parked_.find(partition);
  return !key.is_null() && i != parked_.end()
         && i->second.find(key.view()) != i->second.end();
}

bool parked_keys::has_room(int32_t partition) const {
  auto i = parked_.find(partition);
  return i == parked_.end() || i->second.size() < keys_max_;
}

size_t parked_keys::size() const {
  size_t result = 0;
  for (const auto& [partition, keys] : parked_)
    result += keys.size();
  return result;
}

} // namespace troupe
