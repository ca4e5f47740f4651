#include "tests/fuzz/targets/target.hpp"

#include <algorithm>
#include <stdexcept>

namespace troupe::fuzz {

namespace {

struct broken_promise : std::logic_error {
  using std::logic_error::logic_error;
};

} // namespace

const std::vector<target>& all_targets() {
  static const std::vector<target> result{
    codecs,   commands, data_directories, group_images, log_files,      logs,
    messages, quorum,   record_batches,   scenarios,    settings_files, shards,
    texts,
  };
  return result;
}

const target& find_target(std::string_view name) {
  const auto& all = all_targets();
  auto found = std::find_if(all.begin(), all.end(),
                            [&](const target& x) { return x.name == name; });
  if (found == all.end())
    throw std::invalid_argument("no fuzz target of this name");
  return *found;
}

void must(bool holds, const std::string& promise) {
  if (!holds)
    throw broken_promise{promise};
}

} // namespace troupe::fuzz
