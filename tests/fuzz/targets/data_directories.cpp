// Whose a data directory is: `node.json` may have become anything; the answer
// is the identity that it names, or an error, and the file stays as it is.
#include <memory>

#include "actors/protocol/errors.hpp"
#include "runtime/data_directory.hpp"
#include "runtime/simulation/memory_files.hpp"
#include "tests/fuzz/targets/target.hpp"

namespace troupe::fuzz {

namespace {

bool run(std::string_view input) {
  auto disk = std::make_shared<simulation::memory_files>();
  disk->set_content("node.json", std::string{input});
  auto x = data_directory::open(disk, 1, 50, uuid{1, 2});
  must(disk->content("node.json") == input, "the identity was written over");
  if (!x) {
    must(!what(x.error()).empty(), "refused without a reason");
    return false;
  }
  must(!(*x)->is_new(), "a directory with an identity counts as new");
  return true;
}

std::vector<std::string> seeds() {
  auto disk = std::make_shared<simulation::memory_files>();
  must(bool{data_directory::open(disk, 1, 50, uuid{1, 2})},
       "no directory for the seeds");
  return {disk->content("node.json"),
          R"({"format": 2, "cluster_id": 7, "node_id": -1})"};
}

} // namespace

const target data_directories{"data_directories", run, nullptr, seeds};

} // namespace troupe::fuzz
