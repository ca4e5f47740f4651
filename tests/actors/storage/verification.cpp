// What an operator is told of damage decides what they do about it; what a
// repair takes away must still be there.
#include "actors/storage/verification.hpp"

#include "actors/storage/repair.hpp"
#include "tests/actors/storage/log_fixture.hpp"

using namespace troupe;
using namespace troupe::storage;

namespace {

/// Three segments or more with 30 records.
struct sample : log_fixture {
  sample() {
    settings.segment_bytes = 1'000;
    settings.index_interval_bytes = 200;
    open();
    append_many(0, 30);
    REQUIRE_FALSE(sync());
  }

  void stop() {
    REQUIRE_FALSE(it->close());
    it.reset();
  }

  verification verify() {
    auto before = disk->copy();
    auto result = verify_log(*disk, directory);
    REQUIRE(result);
    // It only looks.
    auto names = disk->list(directory);
    REQUIRE(*names == *before->list(directory));
    for (const auto& name : *names)
      REQUIRE(disk->content(path(name)) == before->content(path(name)));
    return *result;
  }

  void damage(const std::string& file, size_t position) {
    auto content = disk->content(file);
    content.at(position) = static_cast<char>(content.at(position) ^ 0x10);
    disk->set_content(file, content);
  }

  repair_plan repair() {
    auto plan = plan_repair(*disk, verify());
    REQUIRE(plan);
    auto failure = carry_out(*disk, *plan);
    INFO(what(failure));
    REQUIRE_FALSE(failure);
    return *plan;
  }
};

} // namespace

TEST_CASE("a log that is well has nothing to say") {
  sample x;
  x.stop();
  uint64_t bytes = 0;
  auto found =
    verify_log(*x.disk, x.directory, [&](uint64_t more) { bytes += more; });
  REQUIRE(found);
  CHECK(found->findings.empty());
  CHECK(found->start == 0);
  CHECK(found->end == 30);
  CHECK(found->records == 30);
  CHECK(found->batches == 30);
  CHECK(found->segments > 2);
  CHECK(found->bytes == bytes);
  CHECK(plan_repair(*x.disk, *found)->steps.empty());
}

TEST_CASE("damage in the middle is named; a repair ends the log before it") {
  sample x;
  x.stop();
  auto first = x.names(".log").front();
  // Within the third batch.
  auto batch_bytes = x.disk->content(x.path(first)).size() / 13;
  x.damage(x.path(first), 2 * batch_bytes + 70);
  auto found = x.verify();
  REQUIRE(found.damages == 1);
  const auto& damage = found.findings.front();
  CHECK(damage.is_damage);
  CHECK(damage.file == x.path(first));
  CHECK(damage.offset == 2);
  CHECK(damage.position < 2 * batch_bytes + 70);
  CHECK(damage.position + damage.bytes > 2 * batch_bytes + 70);
  CHECK(found.records == 29);
  CHECK(found.end == 30);
  auto size_before = x.disk->used_bytes();
  auto plan = x.repair();
  CHECK(plan.new_end == 2);
  CHECK(plan.old_end == 30);
  // Nothing is deleted.
  CHECK(x.disk->used_bytes() + 100 > size_before);
  CHECK(x.verify().damages == 0);
  x.disk->crash();
  x.open();
  CHECK(x.it->end() == 2);
  CHECK(x.values_from(0) == std::vector<std::string>{"value 0", "value 1"});
  CHECK(x.it->leader_epoch() == 1);
  x.append("new");
  x.reopen();
  CHECK(x.values_from(2) == std::vector<std::string>{"new"});
  CHECK(x.names(".cut-0").size() > 1);
}

TEST_CASE("a missing segment, a damaged state and a short log are damage") {
  sample x;
  x.stop();
  SECTION("a segment in the middle is gone") {
    REQUIRE_FALSE(x.disk->remove(x.path(x.names(".log")[1])));
    CHECK(x.verify().damages == 1);
    x.repair();
    x.open();
    CHECK(x.it->end() > 5);
    CHECK(x.it->end() < 20);
  }
  SECTION("the state cannot be read") {
    x.damage(x.path("state"), 30);
    auto found = x.verify();
    REQUIRE(found.damages == 1);
    CHECK(found.findings.front().file == x.path("state"));
    CHECK(code_of(x.try_open()) == ec::corrupt_log);
    x.repair();
    x.open();
    CHECK(x.values_from(0).size() == 30);
    CHECK(x.disk->exists(x.path("state.damaged")));
  }
  SECTION("the last segment is shorter than it was") {
    auto last = x.path(x.names(".log").back());
    auto content = x.disk->content(last);
    x.disk->set_content(last, content.substr(0, content.size() - 5));
    CHECK(x.verify().damages > 0);
    CHECK(code_of(x.try_open()) == ec::corrupt_log);
    x.repair();
    x.open();
    CHECK(x.it->end() == 29);
  }
}

TEST_CASE("what a crash leaves is no damage") {
  sample x;
  x.append_many(30, 33);
  x.it.reset();
  x.disk->kill();
  auto last = x.path(x.names(".log").back());
  auto content = x.disk->content(last);
  x.disk->set_content(last, content.substr(0, content.size() - 5));
  x.disk->set_content(x.path("checkpoint"), "");
  auto index = x.path(x.names(".index").front());
  x.disk->set_content(index, "TRPX");
  auto found = x.verify();
  CHECK(found.damages == 0);
  CHECK(found.end == 32);
  REQUIRE(found.findings.size() == 3);
  CHECK(plan_repair(*x.disk, found)->steps.empty());
  x.open();
  CHECK(x.it->end() == 32);
}

TEST_CASE("a crash during a repair leaves what can be repaired") {
  for (uint64_t step = 0; step < 40; ++step) {
    INFO("step " << step);
    sample x;
    x.stop();
    x.damage(x.path(x.names(".log")[1]), 100);
    auto plan = plan_repair(*x.disk, x.verify());
    REQUIRE(plan);
    x.disk->stop_after(step);
    auto failure = carry_out(*x.disk, *plan);
    x.disk->crash();
    x.repair();
    x.open();
    CHECK(x.it->end() == plan->new_end);
    if (!failure)
      return;
  }
  FAIL("the repair never got through");
}

TEST_CASE("a compacted log is verified and repaired, too") {
  log_fixture x;
  x.settings.cleanup = cleanup_policy::compact;
  x.settings.segment_bytes = 600;
  x.open();
  for (int i = 0; i < 60; ++i)
    x.append({keyed("key " + std::to_string(i % 7), "value", t0)});
  REQUIRE_FALSE(x.sync());
  for (bool more = true; more;) {
    auto compacted = x.it->compact(t0, 100'000);
    REQUIRE(compacted);
    more = *compacted;
  }
  REQUIRE_FALSE(x.it->close());
  x.it.reset();
  auto found = verify_log(*x.disk, x.directory);
  REQUIRE(found);
  CHECK(found->damages == 0);
  CHECK(found->end == 60);
  auto path = x.path(x.names(".log").front());
  REQUIRE(path.find('-') != std::string::npos);
  auto content = x.disk->content(path);
  content.back() = static_cast<char>(content.back() ^ 1);
  x.disk->set_content(path, content);
  found = verify_log(*x.disk, x.directory);
  REQUIRE(found);
  CHECK(found->damages > 0);
  auto plan = plan_repair(*x.disk, *found);
  REQUIRE(plan);
  REQUIRE_FALSE(carry_out(*x.disk, *plan));
  x.open();
  CHECK(x.it->end() == plan->new_end);
  for (int i = 0; i < 40; ++i)
    x.append({keyed("key", "value", t0)});
  x.reopen();
  CHECK(x.it->end() == plan->new_end + 40);
  CHECK(verify_log(*x.disk, x.directory)->damages == 0);
}
