// What can go wrong with a backup: clients that go away, nodes that die, disks
// that are full, copies that are damaged. Nothing may be taken for a backup
// that is none, and nothing may be held for ever.
#include "tests/runtime/backup/stage.hpp"

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

TEST_CASE("one backup at a time; one that nobody asks for ends by itself") {
  original node;
  node.start();
  node.make("messages", 1);
  node.hold();
  auto second = node.sys.ask<backup_actor>(node.handle, backup_atom_v);
  REQUIRE_FALSE(second);
  CHECK(code_of(second.error()) == ec::not_available);
  node.sys.advance(50s);
  REQUIRE(node.sys.ask<caf::ok_atom>(node.keeper, beat_atom_v));
  node.sys.advance(50s);
  CHECK(node.disk->exists("backup"));
  node.sys.advance(20s);
  CHECK_FALSE(node.disk->exists("backup"));
  CHECK_FALSE(node.sys.ask<caf::ok_atom>(node.keeper, beat_atom_v));
  CHECK(node.sys.ask<backup_actor>(node.handle, backup_atom_v));
}

TEST_CASE("what a node holds for a backup goes with it, killed or stopped") {
  original node;
  node.start();
  node.make("messages", 1);
  node.hold();
  SECTION("stopped") {
    REQUIRE(node.sys.ask<caf::ok_atom>(node.handle, stop_atom_v));
    node.sys.run();
    CHECK_FALSE(node.disk->exists("backup"));
  }
  SECTION("killed") {
    caf::anon_send_exit(node.handle, caf::exit_reason::kill);
    node.sys.run();
    node.disk->kill();
    CHECK(node.disk->exists("backup"));
    node.start();
    CHECK_FALSE(node.disk->exists("backup"));
  }
}

TEST_CASE("a backup without an offline partition is not made") {
  original node;
  node.start();
  auto topic = node.make("messages", 1);
  REQUIRE(node.post(topic, 0, "record"));
  caf::anon_send_exit(node.handle, caf::exit_reason::kill);
  node.sys.run();
  auto name = topic_directory(topic) + "/0/00000000000000000000.log";
  auto content = node.disk->content(name);
  node.disk->set_content(topic_directory(topic) + "/0/state", "damaged");
  node.start();
  node.sys.advance(1s);
  auto begun = node.sys.ask<backup_actor>(node.handle, backup_atom_v);
  REQUIRE(begun);
  auto held = node.sys.ask<backup_summary>(*begun, describe_atom_v);
  REQUIRE_FALSE(held);
  CHECK(what(held.error()).find("/0 cannot be held for the backup")
        != std::string::npos);
  node.sys.run();
  CHECK_FALSE(node.disk->exists("backup"));
}

TEST_CASE("a damaged backup is found out, and not restored") {
  original node;
  node.start();
  auto topic = node.make("messages", 1);
  REQUIRE(node.post(topic, 0, "record"));
  auto copy = node.backed_up();
  auto manifest = *backup::read_manifest(*copy);
  for (const auto& file : manifest.files) {
    auto path = "data/" + file.path;
    CAPTURE(path);
    auto good = copy->content(path);
    std::vector<std::string> bad{good + "x"};
    if (!good.empty()) {
      bad.push_back(good.substr(1));
      bad.push_back(good);
      bad.back()[good.size() / 2] ^= 1;
    }
    for (const auto& content : bad) {
      copy->set_content(path, content);
      auto faults = backup::verify(*copy, manifest, no_progress);
      REQUIRE(faults);
      REQUIRE(faults->size() == 1);
      CHECK(faults->front().path == path);
      auto target = std::make_shared<memory>();
      auto refused = backup::restore(copy, target, manifest, 0, no_progress);
      CHECK(code_of(refused) == ec::corrupt_log);
      CHECK(what(refused).find(file.path) != std::string::npos);
      // Nothing takes it for a data directory.
      CHECK_FALSE(data_directory::open(target, 1, 5, {1, 1}));
    }
    copy->set_content(path, good);
  }
  REQUIRE_FALSE(copy->remove("data/metadata/state"));
  CHECK(backup::verify(*copy, manifest, no_progress)->size() == 1);
}

TEST_CASE("an incomplete backup is no backup") {
  original node;
  node.start();
  node.make("messages", 1);
  auto held = node.hold();
  auto copy = std::make_shared<memory>();
  copy->set_capacity(200);
  auto failed = node.copy(held, *copy);
  REQUIRE_FALSE(failed);
  CHECK(code_of(failed.error()) == ec::storage_full);
  auto manifest = backup::read_manifest(*copy);
  REQUIRE_FALSE(manifest);
  CHECK(what(manifest.error()).find("did not get to its end")
        != std::string::npos);
  // And what is there already is not written over.
  CHECK(code_of(backup::check_empty(*copy, "a backup"))
        == ec::invalid_argument);
}
