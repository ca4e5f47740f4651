#include "runtime/gateway/secrets.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"

namespace troupe {

namespace {

caf::expected<std::string> from_variable(const std::string& name) {
  const auto* value = std::getenv(name.c_str());
  if (value && *value != '\0')
    return std::string{value};
  return make_error(ec::invalid_argument,
                    fmt::format("the environment has no variable '{}'", name));
}

caf::expected<std::string> from_file(const std::string& path) {
  struct stat about = {};
  if (::stat(path.c_str(), &about) != 0)
    return make_error(ec::invalid_argument,
                      fmt::format("{}: {}", path, std::strerror(errno)));
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return make_error(
      ec::not_allowed,
      fmt::format("{}: others than its owner may read or change "
                  "it; 'chmod 600 {}' first",
                  path, path));
  std::ifstream in{path};
  std::string line;
  if (!std::getline(in, line) || line.empty())
    return make_error(
      ec::invalid_argument,
      fmt::format("{}: has no first line, which is the secret", path));
  return line;
}

} // namespace

secret_source machine_secrets() {
  return {from_variable, from_file};
}

} // namespace troupe
