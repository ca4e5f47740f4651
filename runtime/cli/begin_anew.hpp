#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <caf/error.hpp>

namespace troupe::cli {

/// Where this program, started as `name`, is: asked for at its start, since the
/// working directory may change. A newer version may be there later.
std::string own_path(std::string_view name);

/// Whether there is a program at `path`.
caf::error check_program(const std::string& path);

/// What a node is started with the next time: `--new-cluster` counts once.
std::vector<std::string> arguments_of_restart(std::vector<std::string> before);

/// Puts the program that is at `path` by now in the place of this one: the same
/// process with other content, so that whoever supervises it sees no end.
/// Nothing of this program may run any more. Returns only when that fails.
caf::error begin_anew(const std::string& path,
                      const std::vector<std::string>& arguments);

} // namespace troupe::cli
