#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "runtime/scenario/run_printer.hpp"

namespace troupe::scenario {

/// What a piece of text is; the terminal's palette decides how it looks.
enum class ink : int {
  plain = 0,
  strong = 1,
  faint = 2,
  bad = 31,
  good = 32,
  change = 33,
  group = 36,
};

/// `text` in that ink, when colours are asked for.
inline std::string paint(std::string_view text, ink x,
                         const print_options& options) {
  if (!options.colour || x == ink::plain || text.empty())
    return std::string{text};
  return fmt::format("\x1b[{}m{}\x1b[0m", static_cast<int>(x), text);
}

} // namespace troupe::scenario
