// What a coordinator loads of a group: any image gives a group that can be
// worked with, or an error; each record reads the same after it was written.
#include <algorithm>
#include <optional>

#include "actors/coordinator/group.hpp"
#include "actors/protocol/errors.hpp"
#include "tests/fuzz/targets/parts.hpp"
#include "tests/fuzz/targets/target.hpp"

namespace troupe::fuzz {

namespace {

constexpr uuid topic{7, 9};
constexpr uuid member{0x0123456789abcdef, 0xfedcba9876543210};
constexpr uuid other{0x0123456789abcdef, 0xfedcba9876543211};

metadata_update topics() {
  topic_info x;
  x.id = topic;
  x.name = "messages";
  x.created_index = {1, 1, 1};
  return {1, true, {x}, {}, {}, {}};
}

void write_again(const group_record& x) {
  std::vector<keyed_record> written;
  encode(x, written);
  must(written.size() == 1, "a record that was read is several");
  auto read = decode(written.front());
  must(bool{read}, "a record that was written cannot be read");
  std::vector<keyed_record> twice;
  encode(*read, twice);
  must(written == twice, "a record changed by being written again");
}

/// A restart, a join, a heartbeat and all timers, with what members would do.
void work(group& core) {
  turn t{{caf::timespan{0}, 1'767'225'600'000}};
  core.begin(topics(), t);
  join_request join;
  join.member = {1, 1};
  join.name = "new";
  join.topics = {"messages"};
  join.session_timeout = std::chrono::seconds{10};
  join.rebalance_timeout = std::chrono::seconds{60};
  core.join(join, {}, t);
  (void)core.beat({member, 0, {}, {}}, t);
  (void)core.revoked({member, 1, {}}, t);
  (void)core.describe();
  (void)core.events();
  core.leave({member, false, {}}, t);
  for (int i = 0; i < 3; ++i)
    if (auto due = core.next_deadline()) {
      t.now.steady = std::max(t.now.steady, *due);
      core.tick(t);
    }
}

bool run(std::string_view input) {
  group_image image{3, 100, {}};
  auto parts = split(input);
  bool is_whole = true;
  for (size_t i = 0; i + 1 < parts.size(); i += 2) {
    keyed_record x{parts[i].content, bytes{parts[i + 1].content}};
    if (auto read = decode(x))
      write_again(*read);
    else
      is_whole = false;
    image.records.push_back(std::move(x));
  }
  // As a shard hands them out.
  std::sort(image.records.begin(), image.records.end(),
            [](const auto& x, const auto& y) { return x.key < y.key; });
  group core{"sms", {}, std::make_shared<assignor_registry>()};
  if (auto failure = core.load(image)) {
    must(code_of(failure) == ec::corrupt_log
           || code_of(failure) == ec::unsupported_version,
         "refused for another reason than damage: " + what(failure));
    return false;
  }
  must(is_whole, "a group was loaded from a record that cannot be read");
  work(core);
  return true;
}

std::vector<group_record> records_of_a_group() {
  group_header header;
  header.epoch = 12;
  header.has_rules = true;
  header.is_started = true;
  header.started_index = 1;
  header.started_ms = 1'767'225'600'000;
  member_info info{"sms-1",
                   "rack 1",
                   {"messages"},
                   std::chrono::seconds{3},
                   std::chrono::seconds{60},
                   false};
  member_info second{"sms-2",
                     "",
                     {"messages"},
                     std::chrono::seconds{3},
                     std::chrono::seconds{60},
                     false};
  current_assignment current;
  current.epoch = 12;
  current.assigned[{topic, 0}] = {11, {100, 3, start_reason::committed}};
  current.revocation_id = 1;
  current.revoking[{topic, 1}] = {10, {5, 1, start_reason::reset}};
  position where;
  where.next = 100;
  where.leader_epoch = 3;
  where.metadata = "half way";
  where.epoch = 12;
  where.committed_ms = 1'767'225'600'000;
  timeline_event event{3, 4, 5, "sms-1 joined", {}};
  event.moves.push_back(
    {{topic, 0}, "messages", "", "sms-1", 120, 7, start_reason::committed, 2});
  return {header_changed{header},
          member_changed{member, info},
          member_changed{other, second},
          target_changed{member, {{topic, 0}}},
          target_changed{other, {{topic, 1}, {topic, 2}}},
          current_changed{member, current},
          position_changed{{topic, 0}, where},
          event_changed{event}};
}

std::vector<std::string> seeds() {
  std::vector<std::string> result;
  std::vector<part> whole;
  for (const auto& x : records_of_a_group()) {
    std::vector<keyed_record> written;
    encode(x, written);
    for (const auto& one : written) {
      whole.push_back({0, one.key});
      whole.push_back({0, one.value.str()});
    }
  }
  result.push_back(join(whole));
  result.push_back(join({whole[0], whole[1]}));
  return result;
}

} // namespace

const target group_images{"group_images", run, nullptr, seeds};

} // namespace troupe::fuzz
