// The checker judges every simulated and every killed node. A checker that
// overlooks something makes all those runs worthless: so each kind of violation
// is shown to it once, beside the nearest history that is right.
#include "tests/checker/checker.hpp"

#include <memory>

#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::checker;

namespace {

constexpr const char* group = "G";
const place t0{"t", 0};

/// A history told in few words.
struct tale {
  tale() {
    told.on(topic_served{"t", 1, false});
  }

  tale& post(const std::string& value) {
    told.on(post_begun{value});
    return *this;
  }

  tale& ack(int64_t offset, const std::string& value,
            enum acks acks = acks::all) {
    told.on(post_acknowledged{value, t0, offset, acks});
    return *this;
  }

  /// Records '0', '1'... in their places.
  tale& records(int64_t count, enum acks acks = acks::all) {
    for (int64_t i = 0; i < count; ++i)
      post(std::to_string(i)).ack(i, std::to_string(i), acks);
    return *this;
  }

  tale& join(start_rule::kind rule = start_rule::kind::earliest) {
    told.on(group_joining{group, rule, {"t"}});
    told.on(group_joined{group});
    return *this;
  }

  tale& give(const std::string& member, int64_t offset) {
    told.on(assigned{group, member, t0, offset});
    return *this;
  }

  tale& release(const std::string& member) {
    told.on(released{group, member, t0});
    return *this;
  }

  tale& lose(const std::string& member) {
    told.on(member_lost{group, member});
    return *this;
  }

  tale& begin(const std::string& member, int64_t offset) {
    told.on(handing_begun{group, member, t0, offset, std::to_string(offset)});
    return *this;
  }

  tale& end(const std::string& member, int64_t offset, bool is_done = true) {
    told.on(handing_ended{group, member, t0, offset, is_done});
    return *this;
  }

  /// Hands out and finishes [from, to).
  tale& work(const std::string& member, int64_t from, int64_t to) {
    for (auto i = from; i < to; ++i)
      begin(member, i).end(member, i);
    return *this;
  }

  tale& ask(const std::string& member, int64_t next) {
    told.on(commit_asked{group, member, t0, next});
    return *this;
  }

  tale& commit(const std::string& member, int64_t next) {
    ask(member, next);
    told.on(commit_answered{group, member, t0, next, true});
    return *this;
  }

  tale& die(node_end how) {
    told.on(node_ended{how});
    return *this;
  }

  /// Records '0', '1'... are on the disk.
  tale& disk(int64_t count) {
    log_found x{t0, 0, count, {}};
    for (int64_t i = 0; i < count; ++i)
      x.records.emplace_back(i, std::to_string(i));
    told.on(x);
    return *this;
  }

  tale& positions(int64_t next, int64_t start = 0) {
    told.on(positions_found{{{group, t0, next, start}}});
    return *this;
  }

  /// How many things are wrong with it.
  size_t wrong(bool is_complete = false) {
    told.finish(is_complete);
    for (const auto& x : told.problems())
      UNSCOPED_INFO(x);
    return told.problems().size();
  }

  checker::checker told;
};

} // namespace

TEST_CASE("checker: a plain history is right") {
  tale x;
  x.records(4).join().give("a", 0).work("a", 0, 2).commit("a", 2);
  x.release("a").give("b", 2).work("b", 2, 4).commit("b", 4);
  x.die(node_end::power_cut).disk(4).positions(4);
  CHECK(x.wrong(true) == 0);
}

TEST_CASE("checker I1: two owners") {
  // The first one is lost, and learns it later.
  tale fenced;
  fenced.records(2).join().give("a", 0).begin("a", 0).give("b", 0);
  fenced.begin("b", 0).end("a", 0).lose("a");
  CHECK(fenced.wrong() == 0);
  tale one_lost;
  one_lost.records(2).join().give("a", 0).give("b", 0);
  one_lost.told.on(partition_lost{group, "a", t0});
  CHECK(one_lost.wrong() == 0);
  tale to_the_end;
  to_the_end.records(2).join().give("a", 0).give("b", 0);
  CHECK(to_the_end.wrong() == 1);
  tale too_early;
  too_early.records(2).join().give("a", 0).give("b", 0).release("a");
  CHECK(too_early.wrong() == 1);
  // It was given late what was not its own any more, and is lost.
  tale late;
  late.records(2).join().give("a", 0).give("b", 0).lose("b").begin("a", 0);
  late.end("a", 0).release("a");
  CHECK(late.wrong() == 0);
  tale stranger;
  stranger.records(2).join().give("a", 0).begin("b", 0);
  CHECK(stranger.wrong() == 1);
  tale released_before;
  released_before.records(2).join().give("a", 0).release("a").begin("a", 0);
  CHECK(released_before.wrong() == 1);
}

TEST_CASE("checker I1: two at work, when nobody tells of assignments") {
  tale both;
  both.records(2).join().begin("a", 0).begin("b", 0);
  CHECK(both.wrong() == 1);
  tale in_turn;
  in_turn.records(2).join().begin("a", 0).end("a", 0).begin("b", 1);
  CHECK(in_turn.wrong() == 0);
  tale after_death;
  after_death.records(2).join().begin("a", 0).lose("a").begin("b", 0);
  CHECK(after_death.wrong() == 0);
}

TEST_CASE("checker I2: commits that go back or come from who lost it") {
  tale back;
  back.records(4).join().give("a", 0).work("a", 0, 4).commit("a", 4);
  back.commit("a", 3);
  CHECK(back.wrong() == 1);
  // Asked before the higher one was answered: their order is not known.
  tale crossing;
  crossing.records(4).join().give("a", 0).work("a", 0, 4).ask("a", 3);
  crossing.commit("a", 4);
  crossing.told.on(commit_answered{group, "a", t0, 3, true});
  CHECK(crossing.wrong() == 0);
  tale late;
  late.records(4).join().give("a", 0).work("a", 0, 2).give("b", 0);
  late.commit("a", 2).lose("a");
  CHECK(late.wrong() > 0);
  tale elsewhere;
  elsewhere.records(4).join().give("a", 0).work("a", 0, 3).commit("a", 3);
  elsewhere.lose("a").give("b", 2).begin("b", 2);
  CHECK(elsewhere.wrong() > 0);
  // A commit without answer may have happened, or not.
  for (int64_t next : {1, 3}) {
    tale unknown;
    unknown.records(4).join().give("a", 0).work("a", 0, 1).commit("a", 1);
    unknown.work("a", 1, 3).ask("a", 3).lose("a").give("b", next);
    CHECK(unknown.wrong() == 0);
  }
}

TEST_CASE("checker I3: what is lost, and what comes again") {
  tale early;
  early.records(4).join().give("a", 0).work("a", 0, 1).commit("a", 2);
  CHECK(early.wrong() == 1);
  tale never;
  never.records(2).join().give("a", 0).work("a", 0, 1);
  CHECK(never.wrong(true) == 1);
  tale nowhere;
  nowhere.join().records(2);
  CHECK(nowhere.wrong(true) == 2);
  tale again;
  again.records(2).join().give("a", 0).work("a", 0, 1).commit("a", 1);
  again.lose("a").give("b", 1).begin("b", 0);
  CHECK(again.wrong() > 0);
  tale uncommitted;
  uncommitted.records(2).join().give("a", 0).work("a", 0, 1).lose("a");
  uncommitted.give("b", 0).work("b", 0, 2);
  CHECK(uncommitted.wrong(true) == 0);
  tale twice;
  twice.post("x").ack(0, "x").ack(1, "x");
  CHECK(twice.wrong() == 1);
}

TEST_CASE("checker I3: a first start is a fact") {
  using kind = start_rule::kind;
  tale history;
  history.records(3).join(kind::latest).give("a", 1);
  CHECK(history.wrong() == 1);
  tale skipped;
  skipped.records(1).join(kind::latest).post("1").ack(1, "1").give("a", 2);
  CHECK(skipped.wrong() == 1);
  // Posted, but not answered, before the group had begun: either.
  for (int64_t start : {1, 2}) {
    tale between;
    between.records(1).post("1").join(kind::latest).ack(1, "1");
    between.give("a", start);
    CHECK(between.wrong() == 0);
  }
  tale moved;
  moved.records(1).join(kind::latest).give("a", 1).lose("a").give("b", 0);
  CHECK(moved.wrong() == 1);
  tale grown;
  grown.join(kind::latest);
  grown.told.on(topic_served{"t", 2, false});
  grown.told.on(assigned{group, "a", {"t", 1}, 1});
  CHECK(grown.wrong() == 1);
}

TEST_CASE("checker I4: order and gaps") {
  tale gap;
  gap.records(3).join().give("a", 0).work("a", 0, 1).begin("a", 2);
  CHECK(gap.wrong() > 0);
  tale back;
  back.records(3).join().give("a", 0).work("a", 0, 2).begin("a", 1);
  CHECK(back.wrong() == 1);
  tale overtaken;
  overtaken.records(3).join().give("a", 0).begin("a", 0).begin("a", 1);
  CHECK(overtaken.wrong() > 0);
  tale retry;
  retry.records(3).join().give("a", 0).begin("a", 0).end("a", 0, false);
  retry.begin("a", 0).end("a", 0).begin("a", 1);
  CHECK(retry.wrong() == 0);
}

TEST_CASE("checker I5: what a crash may take") {
  tale lost;
  lost.records(3).die(node_end::killed).disk(2);
  CHECK(lost.wrong() == 1);
  tale written;
  written.records(3, acks::leader).die(node_end::killed).disk(2);
  CHECK(written.wrong() == 1);
  tale not_synced;
  not_synced.records(3, acks::leader).die(node_end::power_cut).disk(2);
  CHECK(not_synced.wrong() == 0);
  // Now another record has that place.
  not_synced.post("2b").ack(2, "2b");
  CHECK(not_synced.wrong() == 0);
  tale changed;
  changed.records(2);
  changed.told.on(handing_begun{group, "a", t0, 1, "x"});
  CHECK(changed.wrong() == 1);
  tale unheard;
  unheard.records(2).die(node_end::killed).disk(3);
  CHECK(unheard.wrong() == 1);
  tale position;
  position.records(2).join().give("a", 0).work("a", 0, 2).commit("a", 2);
  position.die(node_end::power_cut).disk(2).positions(1);
  CHECK(position.wrong() == 1);
  tale forged;
  forged.records(3).join().give("a", 0).work("a", 0, 3).commit("a", 2);
  forged.die(node_end::killed).disk(3).positions(3);
  CHECK(forged.wrong() == 1);
}

TEST_CASE("checker: a log that was cut takes its readers back") {
  tale x;
  x.records(4, acks::leader).join().give("a", 0).work("a", 0, 4);
  x.commit("a", 4).die(node_end::power_cut).disk(2).positions(4);
  x.post("2b").ack(2, "2b").lose("a").give("b", 4);
  x.told.on(handing_begun{group, "b", t0, 2, "2b"});
  x.end("b", 2);
  CHECK(x.wrong(true) == 0);
  tale skipping;
  skipping.records(4, acks::leader).join().give("a", 0).work("a", 0, 4);
  skipping.commit("a", 4).die(node_end::power_cut).disk(2).positions(4);
  skipping.post("2b").ack(2, "2b").lose("a").give("b", 4);
  CHECK(skipping.wrong(true) == 1);
}

TEST_CASE("checker: what was fetched before a power cut took it is no record") {
  tale x;
  x.records(4, acks::leader).join().give("a", 0).work("a", 0, 2);
  x.die(node_end::power_cut).disk(2).positions(-1);
  x.told.on(handing_begun{group, "a", t0, 2, "2", true});
  x.end("a", 2).ask("a", 3);
  x.post("2b").ack(2, "2b");
  x.told.on(handing_begun{group, "a", t0, 2, "2b"});
  x.end("a", 2);
  CHECK(x.wrong(true) == 0);
  // Its handler hangs, and may: what comes next is not the same one again.
  tale hanging;
  hanging.records(4, acks::leader).join().give("a", 0).work("a", 0, 2);
  hanging.die(node_end::power_cut).disk(1).positions(-1);
  hanging.told.on(handing_begun{group, "a", t0, 2, "2", true});
  hanging.post("1b").ack(1, "1b");
  hanging.told.on(handing_begun{group, "a", t0, 1, "1b"});
  hanging.end("a", 1);
  CHECK(hanging.wrong(true) == 0);
}

TEST_CASE("checker: a commit that nobody was told of goes with a power cut") {
  auto killed = [] {
    auto x = std::make_unique<tale>();
    x->records(2).join().give("a", 0).work("a", 0, 1).ask("a", 1);
    x->die(node_end::killed).disk(2).positions(1);
    return x;
  };
  auto lost = killed();
  lost->die(node_end::power_cut).disk(2).positions(-1);
  lost->lose("a").give("b", 0).work("b", 0, 2);
  CHECK(lost->wrong(true) == 0);
  auto kept = killed();
  kept->die(node_end::power_cut).disk(2).positions(1);
  kept->lose("a").give("b", 1).work("b", 1, 2);
  CHECK(kept->wrong(true) == 0);
  auto told = killed();
  told->lose("a").give("b", 1).begin("b", 1);
  told->die(node_end::power_cut).disk(2).positions(-1);
  CHECK(told->wrong() == 1);
}

TEST_CASE("checker: a reset moves a group, and nothing else does") {
  tale x;
  x.records(4).join().give("a", 0).work("a", 0, 4).commit("a", 4).lose("a");
  x.told.on(reset_begun{group});
  x.told.on(reset_done{group, {{t0, 1}}});
  x.give("b", 1).work("b", 1, 4).commit("b", 4);
  CHECK(x.wrong(true) == 0);
  // Its answer is lost: it was moved, or not.
  for (int64_t next : {1, 4}) {
    tale unknown;
    unknown.records(4).join().give("a", 0).work("a", 0, 4).commit("a", 4);
    unknown.lose("a").told.on(reset_begun{group});
    unknown.give("b", next).work("b", next, 4);
    CHECK(unknown.wrong(true) == 0);
  }
  // The same, to where it was: only the disk can tell.
  for (bool is_asked : {true, false}) {
    tale same;
    same.records(4).join().give("a", 0).work("a", 0, 4).commit("a", 4);
    same.lose("a");
    if (is_asked)
      same.told.on(reset_begun{group});
    same.give("b", 4).post("4").ack(4, "4").begin("b", 4);
    same.die(node_end::killed).disk(5).positions(-1, 4);
    CHECK((same.wrong() == 0) == is_asked);
  }
  // One that has not begun is moved, too.
  tale early;
  early.records(4).told.on(reset_begun{group});
  early.die(node_end::killed).disk(4).positions(-1, 3);
  early.join().give("a", 3).work("a", 3, 4);
  CHECK(early.wrong(true) == 0);
  tale half;
  half.records(4).join().give("a", 0).work("a", 0, 4).commit("a", 4).lose("a");
  half.told.on(reset_begun{group});
  half.told.on(reset_done{group, {{t0, 1}}});
  half.give("b", 1).work("b", 1, 2);
  CHECK(half.wrong(true) == 2);
}

TEST_CASE("checker: of a deleted topic nothing is expected") {
  tale x;
  x.records(2).join().give("a", 0).begin("a", 0);
  x.told.on(topic_deleted{"t"});
  x.end("a", 0).begin("a", 1).die(node_end::killed);
  CHECK(x.wrong(true) == 0);
}
