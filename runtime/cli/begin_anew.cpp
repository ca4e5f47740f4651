#include "runtime/cli/begin_anew.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"

namespace troupe::cli {

std::string own_path(std::string_view name) {
  std::error_code why;
  // Not what a link led to at the start: it may lead to a newer program later.
  if (name.find('/') != name.npos)
    if (auto path = std::filesystem::absolute(name, why); !why)
      return path.string();
  if (const auto* places = std::getenv("PATH"); places && !name.empty())
    for (std::string_view left = places; !left.empty();) {
      auto end = std::min(left.find(':'), left.size());
      auto path = std::filesystem::path{left.substr(0, end)} / name;
      if (path.is_absolute() && ::access(path.c_str(), X_OK) == 0)
        return path.string();
      left.remove_prefix(std::min(end + 1, left.size()));
    }
  return std::filesystem::read_symlink("/proc/self/exe", why).string();
}

std::vector<std::string> arguments_of_restart(std::vector<std::string> before) {
  std::erase_if(before, [](const std::string& x) {
    return x == "--new-cluster" || x.starts_with("--new-cluster=");
  });
  return before;
}

caf::error check_program(const std::string& path) {
  if (::access(path.c_str(), X_OK) == 0)
    return caf::none;
  return make_error(
    ec::not_available,
    fmt::format("{} cannot be started again: {}", path, std::strerror(errno)));
}

caf::error begin_anew(const std::string& path,
                      const std::vector<std::string>& arguments) {
  std::vector<std::string> texts = arguments;
  std::vector<char*> list;
  for (auto& x : texts)
    list.push_back(x.data());
  list.push_back(nullptr);
  ::execv(path.c_str(), list.data());
  return make_error(ec::not_available, fmt::format("not started again: {}: {}",
                                                   path, std::strerror(errno)));
}

} // namespace troupe::cli
