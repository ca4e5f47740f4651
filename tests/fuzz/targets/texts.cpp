// Small readers of text and numbers, each of which anybody may feed: what is
// accepted reads the same after it was written.
#include <limits>
#include <optional>

#include "actors/protocol/encoding.hpp"
#include "actors/protocol/ids.hpp"
#include "actors/protocol/murmur2.hpp"
#include "actors/protocol/utf8.hpp"
#include "actors/storage/segment_name.hpp"
#include "config/json_document.hpp"
#include "config/nearest.hpp"
#include "config/scenario.hpp"
#include "config/units.hpp"
#include "tests/fuzz/targets/target.hpp"

namespace troupe::fuzz {

namespace {

bool read_units(const std::string& text) {
  auto duration = parse_duration(text);
  if (duration)
    must(parse_duration(format_duration(*duration)) == duration,
         "a duration changed by being written");
  auto size = parse_size(text);
  if (size)
    must(parse_size(format_size(*size)) == size,
         "a size changed by being written");
  auto time = parse_timestamp(text);
  if (time)
    must(parse_timestamp(format_timestamp(*time)) == time,
         "a time changed by being written");
  (void)hint_for_units(text);
  return duration || size || time;
}

bool read_names(const std::string& text) {
  auto id = parse_uuid(text);
  if (id)
    must(to_string(*id) == text, "an id is written in another way");
  auto name = storage::parse_log_file_name(text);
  if (name)
    must(storage::log_file_name(*name) == text,
         "a file name is written in another way");
  auto place = scenario::parse_partition_name(text);
  if (place)
    must(scenario::parse_partition_name(to_string(*place)) == place,
         "a partition's name changed by being written");
  return id || name || place;
}

void read_numbers(std::string_view text) {
  size_t position = 0;
  if (auto x = get_varint(text, position)) {
    must(position <= text.size(), "a number beyond its bytes");
    std::string again;
    put_varint(again, *x);
    must(again.size() == varint_bytes(*x), "a number's size is miscounted");
    size_t end = 0;
    must(get_varint(again, end) == x && end == again.size(),
         "a number changed by being written");
  }
}

void show(const std::string& text) {
  auto valid = valid_utf8(text);
  must(valid_utf8(valid) == valid, "valid text is not valid");
  must(text_width(valid) <= valid.size(), "text is wider than its bytes");
  for (auto c : printable(text))
    must(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f,
         "a control character would reach the terminal");
}

bool run(std::string_view input) {
  std::string text{input};
  auto is_accepted = read_units(text);
  is_accepted = read_names(text) || is_accepted;
  read_numbers(text);
  show(text);
  must(to_positive(murmur2(text)) <= 0x7FFFFFFFu, "a hash below zero");
  // Quadratic, and called with short words.
  if (text.size() < 64)
    (void)suggestion(text, {"commit", "segment_bytes", ""});
  if (auto document = json_document::parse(text, "f")) {
    (void)document->position_of("$.a[0]");
    is_accepted = true;
  }
  return is_accepted;
}

std::vector<std::string> seeds() {
  return {"1.5h",
          "64KiB",
          "2026-01-01T00:00:00.250+02:00",
          "0123456789abcdeffedcba9876543210",
          "00000000000000000004-00000000000000000008.log",
          "messages-12",
          "{\"a\": [1, \"\\u00e9\"]}",
          "gr\xC3\xBC\xC3\x9F\x1b[0m\xFF"};
}

} // namespace

const target texts{"texts", run, nullptr, seeds};

} // namespace troupe::fuzz
