#include "runtime/cli/begin_anew.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"

namespace troupe::cli {

std::string own_path() {
  std::error_code why;
  return std::filesystem::read_symlink("/proc/self/exe", why).string();
}

std::vector<std::string> arguments_of_restart(std::vector<std::string> before) {
  std::erase(before, "--new-cluster");
  return before;
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
