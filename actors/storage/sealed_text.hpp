#pragma once

#include <string>
#include <string_view>

#include <caf/expected.hpp>

/// Small files of lines that carry a version in the first and a checksum in the
/// last: `<title> <version>`, ..., `crc <8 hex digits>`.
namespace troupe::storage {

/// `text`, which ends with a line break, and the line with its checksum.
std::string seal(std::string text);

/// The lines between title and checksum, both checked: `unsupported_version`
/// when a newer program wrote it, `corrupt_log` for anything else; `path` is
/// for the text.
caf::expected<std::string> unseal(std::string_view text, std::string_view title,
                                  int known_version, const std::string& path);

} // namespace troupe::storage
