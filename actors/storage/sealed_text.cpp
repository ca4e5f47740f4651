#include "actors/storage/sealed_text.hpp"

#include <sstream>

#include <fmt/format.h>

#include "actors/protocol/crc32c.hpp"
#include "actors/protocol/errors.hpp"

namespace troupe::storage {

namespace {

constexpr std::string_view crc_line = "crc ";

} // namespace

std::string seal(std::string text) {
  return text + fmt::format("{}{:08x}\n", crc_line, crc32c(text));
}

caf::expected<std::string> unseal(std::string_view text, std::string_view title,
                                  int known_version, const std::string& path) {
  auto damaged = [&](std::string_view why) {
    return make_error(ec::corrupt_log, fmt::format("{}: {}", path, why));
  };
  std::istringstream first{std::string{text.substr(0, text.find('\n'))}};
  std::string name;
  int version = 0;
  if (!(first >> name >> version) || name != title || version < 1)
    return damaged(fmt::format("does not begin with '{} <version>'", title));
  // Before the checksum: a newer version may have another one.
  if (version > known_version)
    return make_error(ec::unsupported_version,
                      fmt::format("{}: has format version {}, this program "
                                  "knows up to {}; use the program that wrote "
                                  "it, or a newer one",
                                  path, version, known_version));
  auto crc_position = text.rfind(crc_line);
  if (crc_position == std::string_view::npos)
    return damaged("has no checksum");
  auto content = text.substr(0, crc_position);
  if (seal(std::string{content}) != text)
    return damaged("checksum does not match");
  return std::string{content.substr(content.find('\n') + 1)};
}

} // namespace troupe::storage
