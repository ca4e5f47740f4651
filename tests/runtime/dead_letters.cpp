// Who brings letters back deletes them from their box: one that was deleted and
// not posted is lost for good, whoever else is at the box at the same time.
#include "runtime/dead_letters.hpp"

#include "tests/runtime/virtual_node.hpp"

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

constexpr const char* box_topic = "messages.SMSGroup.dead";
constexpr const char* back_topic = "messages.SMSGroup.replay";

/// A node with a box, and letters of the records 0, 1, ... in it.
struct letters_on_node : virtual_node {
  letters_on_node() {
    start();
    auto made =
      sys.ask<topic_info>(handle, create_atom_v, letter_topic(box_topic));
    REQUIRE(made);
    log = locate(*made, 0);
    access = letter_access_of(sys, handle, sys.epoch());
  }

  ~letters_on_node() {
    access = {};
    sys.run();
  }

  static dead_letter letter_of(int64_t offset) {
    dead_letter x;
    x.topic = "messages";
    x.offset = offset;
    x.group = "SMSGroup";
    x.reason = "never";
    x.attempts = 1;
    x.content.value = bytes{std::to_string(offset)};
    x.content.timestamp_ms = 1;
    return x;
  }

  void put(const std::vector<record>& xs) {
    REQUIRE(sys.ask<append_result>(log, append_atom_v,
                                   append_request{make_batch(xs), acks::all}));
  }

  void put(int64_t from, int64_t to) {
    for (auto i = from; i < to;) {
      std::vector<record> some;
      for (; i < to && some.size() < 100; ++i)
        some.push_back(to_record(letter_of(i)));
      put(some);
    }
  }

  letter_box box() {
    auto result = find_letter_box(access, box_topic);
    REQUIRE(result);
    return *result;
  }

  /// Which records have come back.
  std::vector<int64_t> back(const char* topic = back_topic) {
    std::vector<int64_t> result;
    auto found = find_letter_box(access, topic);
    if (!found)
      return result;
    fetch_request request;
    while (request.offset < found->end) {
      auto some =
        sys.ask<fetch_result>(found->log, fetch_atom_v, fetch_request{request});
      REQUIRE(some);
      for (const auto& batch : some->batches) {
        record_reader in{batch};
        for (placed_record x; in.next(x);)
          result.push_back(read_dead_letter(x.content)->offset);
        request.offset = batch.header.last_offset() + 1;
      }
    }
    return result;
  }

  void remove(int64_t before) {
    delete_request x;
    x.before = before;
    REQUIRE(sys.ask<delete_result>(log, delete_atom_v, x));
  }

  partition_actor log;
  letter_access access;
};

std::vector<int64_t> count_up(int64_t begin, int64_t end) {
  std::vector<int64_t> result;
  for (auto i = begin; i < end; ++i)
    result.push_back(i);
  return result;
}

} // namespace

TEST_CASE("dead letters are found, read, and brought back in their order") {
  letters_on_node it;
  REQUIRE(it.create("messages", 1));
  it.put(0, 5);
  auto boxes = find_letter_boxes(it.access);
  REQUIRE(boxes);
  REQUIRE(boxes->size() == 1);
  auto box = boxes->front();
  CHECK(box.topic == box_topic);
  CHECK(box.begin == 0);
  CHECK(box.end == 5);
  auto page = read_letters(it.access, box, 1, 4);
  REQUIRE(page);
  REQUIRE(page->letters.size() == 3);
  CHECK(page->letters[0].offset == 1);
  CHECK(page->letters[0].what == it.letter_of(1));
  CHECK(page->next == 4);
  CHECK_FALSE(page->stranger);

  auto done = replay_letters(it.access, box, 2);
  CHECK_FALSE(done.problem);
  CHECK(done.letters == 2);
  CHECK(it.back() == count_up(0, 2));
  CHECK(it.box().begin == 2);
  done = replay_letters(it.access, it.box(), INT64_MAX);
  CHECK_FALSE(done.problem);
  CHECK(done.letters == 3);
  CHECK(it.back() == count_up(0, 5));
  CHECK(it.box().begin == it.box().end);
}

TEST_CASE("more letters than one read brings come back, all of them") {
  letters_on_node it;
  it.put(0, 2345);
  auto page = read_letters(it.access, it.box(), 0, 2345);
  REQUIRE(page);
  CHECK(page->letters.size() == letters_max);
  CHECK(page->next == 1000);
  auto done = replay_letters(it.access, it.box(), INT64_MAX);
  CHECK_FALSE(done.problem);
  CHECK(done.letters == 2345);
  CHECK(it.back() == count_up(0, 2345));
  CHECK(it.box().begin == 2345);
}

TEST_CASE("large letters: a read ends before they fill the memory") {
  letters_on_node it;
  constexpr int64_t count = 2 * letters_bytes_max / (2 * mib);
  for (int64_t i = 0; i < count; ++i) {
    auto x = it.letter_of(i);
    x.content.value = bytes{std::string(2 * mib, 'x')};
    it.put({to_record(x)});
  }
  auto page = read_letters(it.access, it.box(), 0, count);
  REQUIRE(page);
  CHECK(page->letters.size() <= letters_bytes_max / (2 * mib));
  CHECK(page->next == static_cast<int64_t>(page->letters.size()));
  auto done = replay_letters(it.access, it.box(), INT64_MAX);
  INFO(what(done.problem));
  CHECK(done.letters == count);
  CHECK(it.back() == count_up(0, count));
}

TEST_CASE("what goes wrong leaves the letters that were not posted") {
  letters_on_node it;
  it.put(0, 1500);
  auto box = it.box();
  auto access = it.access;
  auto code = ec::none;
  size_t posted = 0;
  int64_t begin = 0;
  SECTION("a short read is not the end") {
    access.fetch = [&](const partition_actor& log, const fetch_request& x) {
      auto result = it.access.fetch(log, x);
      std::erase_if(result->batches, [](const auto& batch) {
        return batch.header.base_offset >= 700;
      });
      return result;
    };
    code = ec::not_available;
  }
  SECTION("somebody else was faster") {
    it.remove(1200);
    code = ec::offset_out_of_range;
    begin = 1200;
  }
  SECTION("somebody else is at it") {
    access.post = [&](const std::vector<posting>& xs) {
      auto result = it.access.post(xs);
      it.remove(1200);
      return result;
    };
    code = ec::offset_out_of_range;
    posted = 1000;
    begin = 1200;
  }
  SECTION("its log was cut") {
    box.end = 2000;
    access.fetch = [&](const partition_actor& log, const fetch_request& x) {
      auto result = it.access.fetch(log, x);
      if (x.offset >= 1000)
        result->status = fetch_status::diverged;
      return result;
    };
    code = ec::offset_out_of_range;
    posted = 1000;
    begin = 1000;
  }
  SECTION("they cannot be posted") {
    access.post = [](const std::vector<posting>&) {
      return make_error(ec::record_too_large, "no");
    };
    code = ec::record_too_large;
  }
  SECTION("there is no topic for them") {
    access.create = [](const topic_spec&) -> caf::expected<topic_info> {
      return make_error(ec::not_allowed, "no");
    };
    code = ec::not_allowed;
  }
  auto done = replay_letters(access, box, INT64_MAX);
  CHECK(code_of(done.problem) == code);
  CHECK(done.letters == posted);
  CHECK(it.back().size() == posted);
  CHECK(it.box().begin == begin);
  // What is left comes back when all is well.
  done = replay_letters(it.access, it.box(), INT64_MAX);
  CHECK_FALSE(done.problem);
  CHECK(done.letters == static_cast<uint64_t>(1500 - begin));
}

TEST_CASE("a record that is no letter of the box stays, and all behind it") {
  letters_on_node it;
  it.put(0, 3);
  record none;
  none.value = bytes{"by hand"};
  none.timestamp_ms = 1;
  it.put({none});
  it.put(3, 5);
  auto page = read_letters(it.access, it.box(), 0, 6);
  REQUIRE(page);
  CHECK(page->letters.size() == 5);
  CHECK(page->stranger == 3);
  auto done = replay_letters(it.access, it.box(), INT64_MAX);
  CHECK(code_of(done.problem) == ec::invalid_argument);
  CHECK(done.letters == 3);
  CHECK(it.box().begin == 3);
  it.remove(4);
  done = replay_letters(it.access, it.box(), INT64_MAX);
  CHECK_FALSE(done.problem);
  CHECK(it.back() == count_up(0, 5));
}

TEST_CASE("letters of groups that share a box come back to where they share") {
  letters_on_node it;
  auto made = it.sys.ask<topic_info>(it.handle, create_atom_v,
                                     letter_topic("a.b.c.dead"));
  REQUIRE(made);
  it.log = it.locate(*made, 0);
  auto first = it.letter_of(0);
  first.topic = "a";
  first.group = "b.c";
  auto second = it.letter_of(1);
  second.topic = "a.b";
  second.group = "c";
  it.put({to_record(first), to_record(second)});
  auto box = find_letter_box(it.access, "a.b.c.dead");
  REQUIRE(box);
  auto done = replay_letters(it.access, *box, INT64_MAX);
  CHECK_FALSE(done.problem);
  CHECK(it.back("a.b.c.replay") == count_up(0, 2));
}
