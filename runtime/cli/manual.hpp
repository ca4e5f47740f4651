#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace troupe::cli {

/// The manual page troupe(1), in roff, of the commands and options that `app`
/// has.
std::string manual_page(const CLI::App& app);

} // namespace troupe::cli
