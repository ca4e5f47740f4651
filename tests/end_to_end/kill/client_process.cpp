#include "tests/end_to_end/kill/client_process.hpp"

#include <filesystem>

namespace troupe::testing {

namespace {

std::vector<std::string> args_of(const client_place& where,
                                 const client_process& x, uint64_t seed) {
  std::vector<std::string> result{x.name, where.addresses, std::to_string(seed),
                                  x.told.path(), x.role};
  if (!where.pki.empty())
    result.push_back(where.pki);
  return result;
}

} // namespace

client_process::client_process(const client_place& where,
                               const std::string& its_name,
                               const std::string& its_role, uint64_t seed)
  : name(its_name), role(its_role),
    told(where.directory + "/" + name + ".journal"),
    running(where.directory, name, where.program, args_of(where, *this, seed),
            {}, where.network) {}

bool client_process::is_up() const {
  return std::filesystem::exists(told.path());
}

bool has_no_lag(const std::string& described) {
  const std::string key = "\"lag\":";
  auto at = described.find(key);
  if (at == std::string::npos)
    return false;
  for (; at != std::string::npos; at = described.find(key, at + key.size()))
    if (described.compare(at + key.size(), 1, "0") != 0)
      return false;
  return true;
}

} // namespace troupe::testing
