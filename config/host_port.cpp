#include "config/host_port.hpp"

#include <algorithm>
#include <charconv>

namespace troupe {

namespace {

/// The longest name that DNS has.
constexpr size_t host_size_max = 253;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9');
}

/// True if all of `text` are letters, digits or of `others`.
bool has_only(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter_or_digit(c) || others.find(c) != others.npos;
  });
}

} // namespace

std::optional<host_port> parse_host_port(std::string_view text) {
  auto colon = text.rfind(':');
  if (colon == text.npos)
    return std::nullopt;
  auto host = text.substr(0, colon);
  auto port = text.substr(colon + 1);
  // An IPv6 address has colons of its own, so it comes in brackets; a '%' names
  // the interface of a local one.
  auto is_v6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (is_v6)
    host = host.substr(1, host.size() - 2);
  if (host.empty() || host.size() > host_size_max
      || !has_only(host, is_v6 ? ":.%-_" : ".-_")
      || (is_v6 && host.find(':') == host.npos))
    return std::nullopt;
  host_port result{std::string{host}};
  auto [end, failure] =
    std::from_chars(port.data(), port.data() + port.size(), result.port);
  if (failure != std::errc{} || end != port.data() + port.size()
      || result.port == 0)
    return std::nullopt;
  return result;
}

} // namespace troupe
