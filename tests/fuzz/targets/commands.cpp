// The metadata log: whatever its records have become, replaying them gives a
// state or an error, and a command reads the same after it was written again.
#include "actors/controller/command.hpp"

#include "actors/controller/metadata.hpp"
#include "tests/fuzz/targets/parts.hpp"
#include "tests/fuzz/targets/target.hpp"

namespace troupe::fuzz {

namespace {

/// The partitions of one topic cost memory; what a topic may have is checked
/// when a command is made, not when it is replayed.
constexpr int32_t partitions_max = 1'000;

bool is_large(const command& x) {
  if (auto create = std::get_if<create_topic>(&x))
    return create->spec.partitions > partitions_max;
  if (auto grow = std::get_if<grow_topic>(&x))
    return grow->partitions > partitions_max;
  return false;
}

bool run(std::string_view input) {
  metadata live{{{1, 2}, 10'000, 50}};
  bool is_accepted = !input.empty();
  for (const auto& x : split(input)) {
    auto read = decode_command(x.content);
    if (!read) {
      is_accepted = false;
      continue;
    }
    auto again = decode_command(encode_command(*read));
    must(again && *again == *read, "a command changed by being written again");
    if (is_large(*read))
      continue;
    auto before = live;
    auto change = live.apply(*read, x.kind);
    if (change) {
      must(live.index() == before.index() + 1, "an index was left out");
      uint64_t partitions = 0;
      for (const auto& topic : live.whole().changed)
        partitions += topic.created_index.size();
      must(partitions == live.partition_count(), "partitions are miscounted");
    } else {
      must(live == before, "a refused command changed something");
      is_accepted = false;
    }
    (void)live.plan_create({"orders", 3, {}}, false);
    (void)live.plan_grow("orders", 9);
    (void)live.plan_delete("order");
    (void)live.plan_reserve(100);
  }
  return is_accepted;
}

std::vector<std::string> seeds() {
  metadata rules{{{1, 2}, 10'000, 50}};
  std::vector<part> parts;
  auto add = [&](const command& x) {
    must(bool{rules.apply(x, 1)}, "no command for the seeds");
    parts.push_back({1, encode_command(x)});
  };
  add(*rules.plan_create({"orders", 3, {}}, false));
  add(*rules.plan_create({"mails", 1, {}}, false));
  add(*rules.plan_grow("orders", 5));
  auto compacted = topic_settings{};
  compacted.cleanup = cleanup_policy::compact;
  add(*rules.plan_configure("mails", compacted));
  add(rules.plan_reserve(1000));
  add(*rules.plan_delete("mails"));
  return {join(parts), join({parts[0]}), join({parts[4]})};
}

} // namespace

const target commands{"commands", run, nullptr, seeds};

} // namespace troupe::fuzz
