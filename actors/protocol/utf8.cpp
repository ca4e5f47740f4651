#include "actors/protocol/utf8.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

namespace troupe {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

struct code_point {
  uint32_t value = 0;
  /// Bytes it takes; 0: the text does not begin with one.
  size_t size = 0;
};

/// The code point at the beginning of a text that is not empty.
code_point first_code_point(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  auto lead = byte(0);
  if (lead < 0x80)
    return {lead, 1};
  size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size)
    return {};
  uint32_t value = lead & (0x7Fu >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80)
      return {};
    value = (value << 6) | (byte(i) & 0x3Fu);
  }
  // Longer than needed, a surrogate, or beyond the last one.
  auto is_overlong =
    (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
  if (is_overlong || (value >= 0xD800 && value <= 0xDFFF) || value > 0x10FFFF)
    return {};
  return {value, size};
}

/// Calls `visit(code point's bytes, value)`; bytes that are none are visited
/// one by one as U+FFFD.
template <class Visit>
void for_each_code_point(std::string_view text, Visit visit) {
  while (!text.empty()) {
    auto [value, size] = first_code_point(text);
    if (size == 0)
      visit(replacement, uint32_t{0xFFFD});
    else
      visit(text.substr(0, size), value);
    text.remove_prefix(std::max<size_t>(size, 1));
  }
}

} // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    auto size = first_code_point(text).size;
    if (size == 0)
      return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string valid_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for_each_code_point(text, [&](auto bytes, uint32_t) { result += bytes; });
  return result;
}

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for_each_code_point(text, [&](auto bytes, uint32_t value) {
    if (value == '\n')
      result += "\\n";
    else if (value == '\t')
      result += "\\t";
    else if (value < 0x20 || (value >= 0x7F && value < 0xA0))
      result += fmt::format("\\x{:02x}", value);
    else
      result += bytes;
  });
  return result;
}

std::string escape_html(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (char c : valid_utf8(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default: {
        auto byte = static_cast<unsigned char>(c);
        auto is_control =
          (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7F;
        if (is_control)
          result += "\xEF\xBF\xBD";
        else
          result += c;
      }
    }
  }
  return result;
}

size_t text_width(std::string_view text) {
  return static_cast<size_t>(
    std::count_if(text.begin(), text.end(), [](char c) {
      return (static_cast<uint8_t>(c) & 0xC0) != 0x80;
    }));
}

} // namespace troupe
