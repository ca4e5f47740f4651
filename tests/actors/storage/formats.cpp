// Files outlive programs: names, state and checkpoint are read as they were
// written, and refused, not guessed, when they are not.
#include <fmt/format.h>

#include "actors/protocol/crc32c.hpp"
#include "actors/storage/leader_epochs.hpp"
#include "actors/storage/log_state.hpp"
#include "actors/storage/segment_name.hpp"
#include "tests/actors/storage/log_fixture.hpp"

using namespace troupe;
using namespace troupe::storage;

TEST_CASE("segments are named so that sorting orders them") {
  segment_name plain{42, -1};
  segment_name rewritten{42, 99};
  CHECK(log_file_name(plain) == "00000000000000000042.log");
  CHECK(index_file_name(plain) == "00000000000000000042.index");
  CHECK(log_file_name(rewritten)
        == "00000000000000000042-00000000000000000099.log");
  CHECK(parse_log_file_name(log_file_name(plain)) == plain);
  CHECK(parse_log_file_name(log_file_name(rewritten)) == rewritten);
  for (auto text :
       {"", ".log", "42.log", "00000000000000000042.index",
        "00000000000000000042.log.new", "0000000000000000004x.log",
        "00000000000000000042-.log", "00000000000000000042-7.log",
        "00000000000000000042-00000000000000000041.log",
        "-0000000000000000042.log", "00000000000000000042.log.cut-0",
        "99999999999999999999.log"})
    CHECK_FALSE(parse_log_file_name(text));
}

TEST_CASE("state and checkpoint have these lines") {
  log_state state{true, 50, 1234, 7, {{0, 0}, {3, 20}}};
  CHECK(encode(state).starts_with("troupe-log-state 1\n"
                                  "clean 1\n"
                                  "end 50\n"
                                  "bytes 1234\n"
                                  "start 7\n"
                                  "epoch 0 0\n"
                                  "epoch 3 20\n"
                                  "crc "));
  CHECK(*decode_state(encode(state), "state") == state);
  log_checkpoint checkpoint{30, 20};
  CHECK(encode(checkpoint)
          .starts_with("troupe-log-checkpoint 1\n"
                       "synced 30\n"
                       "compacted 20\n"
                       "crc "));
  CHECK(*decode_checkpoint(encode(checkpoint), "checkpoint") == checkpoint);
}

TEST_CASE("damaged state is refused, whatever byte it is") {
  auto text = encode(log_state{false, 5, 6, 7, {{1, 2}}});
  for (size_t i = 0; i < text.size(); ++i) {
    auto damaged = text;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    auto result = decode_state(damaged, "state");
    INFO(damaged);
    REQUIRE_FALSE(result);
    CHECK((code_of(result.error()) == ec::corrupt_log
           || code_of(result.error()) == ec::unsupported_version));
    CHECK_FALSE(decode_state(text.substr(0, i), "state"));
  }
}

TEST_CASE("a state that makes no sense is refused, intact as it is") {
  auto seal = [](const std::string& text) {
    return text + fmt::format("crc {:08x}\n", crc32c(text));
  };
  const std::string title = "troupe-log-state 1\n";
  CHECK(decode_state(seal(title + "end 7\nepoch 0 0\n"), "state"));
  for (auto lines :
       {"", "end seven\nepoch 0 0\n", "clean 2\nepoch 0 0\n", "epoch 0\n",
        "end -7\nepoch 0 0\n", "start -7\nepoch 0 0\n", "epoch -1 0\n",
        "epoch 0 -1\n", "epoch 1 0\nepoch 1 5\n", "epoch 0 5\nepoch 1 4\n"}) {
    INFO(lines);
    auto x = decode_state(seal(title + lines), "state");
    REQUIRE_FALSE(x);
    CHECK(code_of(x.error()) == ec::corrupt_log);
  }
  CHECK_FALSE(decode_checkpoint(seal("troupe-log-checkpoint 1\nsynced x\n"),
                                "checkpoint"));
}

TEST_CASE_METHOD(log_fixture, "a log of a newer format is refused by name") {
  open();
  append_many(0, 3);
  REQUIRE_FALSE(it->close());
  disk->set_content(path("state"), "troupe-log-state 2\nanything\n");
  auto failure = try_open();
  CHECK(what(failure)
        == "unsupported_version: memory/topics/a/0/state: has format version "
           "2, this program knows up to 1; use the program that wrote it, or a "
           "newer one");
}

TEST_CASE_METHOD(log_fixture, "damaged state is refused; removed, it is made "
                              "anew") {
  open();
  append_many(0, 3);
  REQUIRE_FALSE(it->begin_epoch(5));
  append_many(3, 6);
  REQUIRE_FALSE(it->close());
  disk->set_content(path("state"), "garbage");
  auto failure = try_open();
  CHECK(code_of(failure) == ec::corrupt_log);
  CHECK(what(failure).find("Remove this file") != std::string::npos);
  REQUIRE_FALSE(disk->remove(path("state")));
  open();
  CHECK(it->recovery().was_unclean);
  CHECK(values_from(0).size() == 6);
  // The epochs are those of the batches.
  CHECK(it->epochs() == std::vector<epoch_start>{{0, 0}, {5, 3}, {6, 6}});
}

TEST_CASE_METHOD(log_fixture, "a damaged checkpoint only costs a scan") {
  open();
  append_many(0, 10);
  REQUIRE_FALSE(it->close());
  disk->set_content(path("checkpoint"), "garbage");
  open();
  CHECK(values_from(0).size() == 10);
  append_many(10, 11);
  disk->kill();
  open();
  CHECK(values_from(0).size() == 11);
}

TEST_CASE("epochs tell where they end") {
  leader_epochs x;
  CHECK(x.current() == 0);
  CHECK(x.end_of(0, 10) == epoch_start{0, 10});
  CHECK(x.begin(2, 10));
  CHECK_FALSE(x.begin(2, 20));
  CHECK_FALSE(x.begin(1, 20));
  CHECK(x.begin(5, 30));
  CHECK(x.end_of(0, 40) == epoch_start{0, 10});
  CHECK(x.end_of(1, 40) == epoch_start{0, 10});
  CHECK(x.end_of(2, 40) == epoch_start{2, 30});
  CHECK(x.end_of(4, 40) == epoch_start{2, 30});
  CHECK(x.end_of(7, 40) == epoch_start{5, 40});
  SECTION("one without records is forgotten") {
    CHECK(x.begin(6, 30));
    CHECK(x.entries() == std::vector<epoch_start>{{0, 0}, {2, 10}, {6, 30}});
    CHECK(x.end_of(5, 40) == epoch_start{2, 30});
  }
  SECTION("a cut keeps the current one") {
    x.cut(5);
    CHECK(x.entries() == std::vector<epoch_start>{{0, 0}, {5, 5}});
  }
  SECTION("those below the start go") {
    x.forget_before(30);
    CHECK(x.entries() == std::vector<epoch_start>{{5, 30}});
    CHECK(x.end_of(3, 40) == epoch_start{3, 30});
    x.forget_before(1000);
    CHECK(x.current() == 5);
  }
}
