#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace troupe {

bool is_utf8(std::string_view text);

/// `text` as valid UTF-8: each byte that is not gets U+FFFD in its place.
std::string valid_utf8(std::string_view text);

/// `text` safe to write to a terminal: valid UTF-8, control characters as
/// `\n`, `\t` or `\x1b`.
std::string printable(std::string_view text);

/// `text` for HTML, in content and in attributes: valid UTF-8, no control
/// characters, no markup.
std::string escape_html(std::string_view text);

/// Columns that valid UTF-8 takes, at one a code point.
size_t text_width(std::string_view text);

} // namespace troupe
