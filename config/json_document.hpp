#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "config/config_error.hpp"

namespace troupe {

/// A place in a text, both from 1.
struct text_position {
  uint32_t line = 1;
  uint32_t column = 1;

  friend auto operator<=>(const text_position&, const text_position&) = default;
};

/// A JSON text that people edit by hand, parsed: comments and trailing commas
/// are fine, a key that occurs twice in an object is not. Knows where in the
/// text each value stands, so that every error can say so.
class json_document {
public:
  /// At most this many bytes are read.
  static constexpr size_t text_size_max = 16 * 1024 * 1024;

  /// Parses `text`; `file` is its name in errors.
  static config_result<json_document> parse(std::string_view text,
                                            std::string file);

  const boost::json::value& root() const noexcept {
    return root_;
  }

  const std::string& file() const noexcept {
    return file_;
  }

  /// Where the value at a JSON path stands, or what is nearest around it.
  text_position position_of(std::string_view path) const;

private:
  json_document() = default;

  std::string file_;
  boost::json::value root_;
  std::map<std::string, text_position, std::less<>> positions_;
};

/// The JSON path of a member: '$.a' and 'b' make '$.a.b'; a key that is no
/// plain word makes '$.a['the key']'.
std::string member_path(std::string_view parent, std::string_view key);

/// The JSON path of an element: '$.a[3]'.
std::string element_path(std::string_view parent, size_t index);

/// The text of a file on disk, at most `json_document::text_size_max` bytes.
config_result<std::string> read_text_file(const std::string& path);

} // namespace troupe
