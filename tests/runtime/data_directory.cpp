// A node that writes into another's data, or a foreign directory, destroys what
// it cannot understand: it must refuse, and say what to do.
#include "runtime/data_directory.hpp"

#include <memory>

#include "actors/protocol/errors.hpp"
#include "runtime/simulation/memory_files.hpp"
#include "tests/catch.hpp"

using namespace troupe;

namespace {

constexpr uuid fresh{0x0123456789abcdef, 0xfedcba9876543210};

struct directory_fixture {
  std::shared_ptr<simulation::memory_files> disk =
    std::make_shared<simulation::memory_files>();

  auto open(uint32_t node_id = 1, uint32_t shards = 50,
            const uuid& id = fresh) {
    return data_directory::open(disk, node_id, shards, id);
  }

  std::string refusal(uint32_t node_id = 1, uint32_t shards = 50) {
    auto x = open(node_id, shards);
    return x ? "opened" : what(x.error());
  }

  void make() {
    REQUIRE(open());
  }
};

} // namespace

TEST_CASE_METHOD(directory_fixture,
                 "an empty directory becomes the node's, and "
                 "stays so over a power cut") {
  {
    auto x = open();
    REQUIRE(x);
    CHECK((*x)->is_new());
    CHECK((*x)->cluster_id() == fresh);
    CHECK(disk->content("node.json")
          == "{\"format\": 1, \"cluster_id\": "
             "\"0123456789abcdeffedcba9876543210\", \"node_id\": 1, "
             "\"shards\": 50}\n");
  }
  disk->crash();
  auto again = open(1, 50, uuid{1, 2});
  REQUIRE(again);
  CHECK_FALSE((*again)->is_new());
  CHECK((*again)->cluster_id() == fresh);
}

TEST_CASE_METHOD(directory_fixture, "it is held while it is in use") {
  auto first = open();
  REQUIRE(first);
  CHECK(code_of(open().error()) == ec::data_dir_locked);
  first->reset();
  CHECK(open());
}

TEST_CASE_METHOD(directory_fixture, "a foreign directory is left untouched") {
  REQUIRE_FALSE(disk->replace("holiday.jpg", "x", true));
  CHECK(refusal()
        == "invalid_argument: memory is not empty (holiday.jpg) and has no "
           "node.json: it is no data directory; use an empty one, or one that "
           "does not exist yet");
  CHECK(*disk->list("") == std::vector<std::string>{"holiday.jpg"});
}

TEST_CASE_METHOD(directory_fixture, "what an interrupted start left is no "
                                    "hindrance") {
  REQUIRE_FALSE(disk->replace("LOCK", "17\n", false));
  REQUIRE_FALSE(disk->replace("node.json.tmp", "{\"form", false));
  CHECK(open());
}

TEST_CASE_METHOD(directory_fixture,
                 "another node, or another number of shards, "
                 "is refused") {
  make();
  CHECK(refusal(2)
        == "invalid_argument: memory belongs to node 1, but this is node 2; "
           "set node_id to 1, or use another data directory");
  CHECK(refusal(1, 51)
        == "invalid_argument: memory was made with 50 shards of "
           "__commit_offsets, the configuration says 51; the number cannot "
           "change, for it decides where a group's positions are: set "
           "coordination.shards to 50");
  // A refused start holds no lock.
  CHECK(open());
}

TEST_CASE_METHOD(directory_fixture, "a newer format is refused, whatever else "
                                    "it says") {
  make();
  disk->set_content("node.json", "{\"format\": 2, \"nodes\": [1, 2]}");
  CHECK(refusal()
        == "unsupported_version: memory/node.json: the data has format 2, this "
           "program knows up to 1; use the program that wrote it, or a newer "
           "one");
}

TEST_CASE_METHOD(directory_fixture, "damage is refused") {
  make();
  auto id = "\"cluster_id\": \"0123456789abcdeffedcba9876543210\"";
  for (const std::string& content :
       {std::string{}, std::string{"{"}, std::string{"[]"}, std::string{"{}"},
        std::string{"{\"format\": 0}"}, std::string{"{\"format\": \"1\"}"},
        std::string{"{\"format\": 1}"},
        std::string{"{\"format\": 1, \"node_id\": 1, \"shards\": 50}"},
        std::string{"{\"format\": 1, \"node_id\": -1, \"shards\": 50, "} + id
          + "}",
        std::string{"{\"format\": 1, \"node_id\": 1, \"shards\": 50, "
                    "\"cluster_id\": \"xyz\"}"}}) {
    disk->set_content("node.json", content);
    auto x = open();
    INFO(content);
    REQUIRE_FALSE(x);
    CHECK(code_of(x.error()) == ec::corrupt_log);
    CHECK(what(x.error()).find("memory/node.json") != std::string::npos);
  }
}

TEST_CASE_METHOD(directory_fixture, "a recovery that was interrupted is to be "
                                    "ended, also after a power cut") {
  make();
  REQUIRE_FALSE(data_directory::begin_recovery(*disk));
  disk->crash();
  CHECK(data_directory::is_recovering(*disk));
  CHECK(refusal().find("'troupe cluster recover' was interrupted here; run it "
                       "again")
        != std::string::npos);
  REQUIRE_FALSE(data_directory::end_recovery(*disk));
  disk->crash();
  CHECK_FALSE(data_directory::is_recovering(*disk));
  CHECK(open());
}
