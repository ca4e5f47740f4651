// Records deleted by hand are gone for good, and nobody is surprised: the log
// begins where it was told, whoever reads below is told so, and what is kept is
// kept.
#include "tests/actors/partition/bench.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

using values = std::vector<std::string>;

namespace {

caf::expected<delete_result> remove(bench& b, int64_t before,
                                    bool is_preview = false) {
  return b.sys.ask<delete_result>(b.handle, delete_atom_v,
                                  delete_request{before, is_preview});
}

/// Appends batches of the values a0, a1, b0, b1...
void fill(bench& b, char first, char last) {
  for (auto c = first; c <= last; ++c)
    REQUIRE(b.append(batch_of({std::string{c} + "0", std::string{c} + "1"})));
}

} // namespace

TEST_CASE("records before an offset go, the others stay where they are") {
  bench b;
  b.config.topic.segment_bytes = 1 * kib;
  b.open();
  fill(b, 'a', 'z');
  auto before = b.status();
  REQUIRE(before.segments >= 3);
  auto preview = remove(b, 45, true);
  REQUIRE(preview);
  CHECK(preview->from == 0);
  CHECK(preview->to == 45);
  CHECK(preview->high_watermark == 52);
  CHECK(b.status().log_start == 0);
  CHECK(stored(b).size() == 52);
  auto done = remove(b, 45);
  REQUIRE(done);
  CHECK(done->to == 45);
  auto after = b.status();
  CHECK(after.log_start == 45);
  CHECK(after.log_end == 52);
  CHECK(after.segments < before.segments);
  CHECK(after.size_bytes < before.size_bytes);
  // A batch comes whole; readers leave out what is below.
  auto found = b.fetch({.offset = 45});
  REQUIRE(found);
  CHECK(found->status == fetch_status::ok);
  CHECK(values_of(found->batches).at(1) == "w1");
  CHECK(b.fetch({.offset = 44})->status == fetch_status::below_start);
  auto first = b.sys.ask<offset_answer>(
    b.handle, offset_atom_v, offset_query{offset_query::kind::earliest, -1});
  CHECK(first->offset == 45);
  // What is gone cannot go again.
  auto again = remove(b, 10);
  REQUIRE(again);
  CHECK(again->from == 45);
  CHECK(again->to == 45);
}

TEST_CASE("a deletion holds over a crash and a power cut") {
  bench b;
  b.config.topic.segment_bytes = 1 * kib;
  b.open();
  fill(b, 'a', 'z');
  REQUIRE(remove(b, 45));
  b.kill();
  b.disk->crash();
  b.open();
  CHECK(b.status().log_start == 45);
  CHECK(b.status().log_end == 52);
}

TEST_CASE("all records can go; the next one has the next offset") {
  bench b;
  b.open();
  fill(b, 'a', 'c');
  REQUIRE(remove(b, 6));
  CHECK(b.status().log_start == 6);
  CHECK(stored(b).empty());
  CHECK(b.append(batch_of({"x"}))->base_offset == 6);
  CHECK(stored(b) == values{"x"});
}

TEST_CASE("what was not synced may be deleted, whatever a power cut takes") {
  bench b;
  b.open();
  fill(b, 'a', 'c');
  REQUIRE(b.append(batch_of({"d0", "d1"}), acks::leader));
  REQUIRE(remove(b, 8));
  b.kill();
  b.disk->crash();
  b.open();
  // An offset is never given twice under one leader epoch.
  auto status = b.status();
  CHECK(status.log_start == status.log_end);
  CHECK(status.log_end >= 6);
  CHECK(stored(b).empty());
  auto next = b.append(batch_of({"x"}));
  REQUIRE(next);
  CHECK(next->leader_epoch == 1);
}

TEST_CASE("a deletion that cannot be is refused with the facts") {
  bench b;
  b.open();
  fill(b, 'a', 'b');
  auto above = remove(b, 5);
  REQUIRE_FALSE(above);
  CHECK(what(above.error())
        == "offset_out_of_range: messages-0: cannot delete before offset 5; "
           "the log has 0 to 4");
  CHECK(outcome(remove(b, -1)) == "offset_out_of_range");
  auto settings = b.config.topic;
  settings.cleanup = cleanup_policy::compact;
  REQUIRE(b.sys.ask<caf::ok_atom>(b.handle, config_atom_v, settings));
  CHECK(outcome(remove(b, 2)) == "invalid_argument");
  CHECK(outcome(remove(b, 2, true)) == "invalid_argument");
  CHECK(stored(b).size() == 4);
}
