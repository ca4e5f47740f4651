// Every node believes the metadata: what a request comes to is a table, and
// the commands applied again give exactly the same state (invariant I7).
#include "actors/controller/metadata.hpp"

#include <random>

#include "tests/catch.hpp"

using namespace troupe;
using Catch::Matchers::Contains;

namespace {

constexpr uuid cluster{1, 2};

/// Plans that must hold are applied at once.
struct fixture {
  topic_info carry_out(caf::expected<command> plan) {
    if (!plan)
      FAIL(what(plan.error()));
    auto change = state.apply(*plan, 1);
    if (!change)
      FAIL(what(change.error()));
    last = change->update;
    return change->topic;
  }

  topic_info create(const std::string& name, int32_t partitions,
                    bool is_internal = false) {
    return carry_out(state.plan_create({name, partitions, {}}, is_internal));
  }

  metadata state{{cluster, 10, 4}};
  metadata_update last;
};

void check_refused(const caf::expected<command>& plan, ec code,
                   const std::string& text) {
  REQUIRE_FALSE(plan);
  CHECK(code_of(plan.error()) == code);
  CHECK_THAT(what(plan.error()), Contains(text));
}

} // namespace

TEST_CASE_METHOD(fixture, "a topic is created, grown, configured, deleted") {
  CHECK(state.index() == 0);
  auto topic = create("sms", 2);
  CHECK(topic.name == "sms");
  CHECK_FALSE(topic.id.is_nil());
  CHECK(topic.created_index == std::vector<uint64_t>{1, 1});
  CHECK(last.index == 1);
  CHECK(last.changed == std::vector<topic_info>{topic});

  create("mail", 1);
  auto grown = carry_out(state.plan_grow("sms", 4));
  CHECK(grown.id == topic.id);
  CHECK(grown.created_index == std::vector<uint64_t>{1, 1, 3, 3});
  CHECK(state.partition_count() == 5);

  topic_settings settings;
  settings.segment_bytes = 1 * mib;
  auto configured = carry_out(state.plan_configure("sms", settings));
  CHECK(configured.settings == settings);
  CHECK(configured.created_index == grown.created_index);

  auto deleted = carry_out(state.plan_delete("sms"));
  CHECK(deleted == configured);
  CHECK(last.removed == std::vector<topic_id>{topic.id});
  CHECK(last.changed.empty());
  CHECK(state.topic_count() == 1);
  CHECK(state.partition_count() == 1);
}

TEST_CASE_METHOD(fixture, "a topic created again is another one") {
  auto first = create("sms", 1);
  carry_out(state.plan_delete("sms"));
  auto second = create("sms", 1);
  CHECK(first.id != second.id);
  CHECK(state.whole().changed == std::vector<topic_info>{second});
}

TEST_CASE_METHOD(fixture,
                 "requests that do not fit are refused with the facts") {
  create("messages", 3);
  create("__commit_offsets", 4, true);
  using e = ec;
  check_refused(state.plan_create({"messages", 1, {}}, false), e::topic_exists,
                "'messages' is there already, with 3 partitions");
  check_refused(state.plan_create({"three", 1, {}, 3}, false), e::not_available,
                "this is a single node");
  check_refused(state.plan_create({"", 1, {}}, false), e::invalid_argument,
                "1 to 249");
  check_refused(state.plan_create({"__x", 1, {}}, false), e::invalid_argument,
                "Troupe's own");
  check_refused(state.plan_create({"x", 0, {}}, false), e::invalid_argument,
                "0 partitions asked for");
  check_refused(state.plan_create({"x", 4, {}}, false), e::invalid_argument,
                "4 partitions more would make 11 in all topics; "
                "partitions_max is 10");
  topic_settings broken;
  broken.segment_bytes = 0;
  check_refused(state.plan_create({"x", 1, broken}, false), e::invalid_argument,
                "segment_bytes");
  check_refused(state.plan_configure("messages", broken), e::invalid_argument,
                "segment_bytes");
  for (auto partitions : {3, 2, 0, -1})
    check_refused(state.plan_grow("messages", partitions), e::invalid_argument,
                  "'messages' has 3 partitions");
  check_refused(state.plan_grow("messages", 7), e::invalid_argument,
                "partitions_max is 10");
  check_refused(state.plan_grow("mesages", 7), e::unknown_topic,
                "did you mean 'messages'?");
  check_refused(state.plan_delete("orders"), e::unknown_topic,
                "there is no topic 'orders'");
  check_refused(state.plan_delete("__commit_ofsets"), e::unknown_topic,
                "there is no topic '__commit_ofsets'");
  for (auto& plan :
       {state.plan_delete("__commit_offsets"),
        state.plan_grow("__commit_offsets", 5),
        state.plan_configure("__commit_offsets", topic_settings{})})
    check_refused(plan, e::invalid_argument, "Troupe's own");
}

TEST_CASE_METHOD(fixture,
                 "the offsets topic has one partition for each shard") {
  check_refused(state.plan_create({"__commit_offsets", 5, {}}, true),
                ec::invalid_argument, "4 shards");
  CHECK(create("__commit_offsets", 4, true).is_internal);
}

TEST_CASE_METHOD(fixture, "producer ids are reserved once") {
  CHECK((state.plan_reserve(1'000) == command{reserve_producer_ids{0, 1'000}}));
  carry_out(state.plan_reserve(1'000));
  CHECK(last.changed.empty());
  CHECK((state.plan_reserve(5) == command{reserve_producer_ids{1'000, 5}}));
}

TEST_CASE_METHOD(fixture, "a command that does not fit changes nothing") {
  auto topic = create("sms", 2);
  auto before = state;
  topic_spec again{"sms", 1, {}};
  topic_spec other{"mail", 1, {}};
  auto misfit = GENERATE_COPY(
    command{create_topic{uuid{9, 9}, again, false}},
    command{create_topic{topic.id, other, false}},
    command{create_topic{uuid{9, 9}, topic_spec{"x", 0, {}}, false}},
    command{grow_topic{topic.id, 2}}, command{grow_topic{uuid{9, 9}, 2}},
    command{delete_topic{uuid{9, 9}}}, command{configure_topic{uuid{9, 9}, {}}},
    command{reserve_producer_ids{1, 1}}, command{reserve_producer_ids{0, 0}});
  auto change = state.apply(misfit, 7);
  REQUIRE_FALSE(change);
  CHECK(code_of(change.error()) == ec::corrupt_log);
  CHECK((state == before));
}

TEST_CASE("replaying random commands gives the live state") {
  auto seed = GENERATE(range(1u, 21u));
  std::mt19937_64 random{seed};
  metadata_rules rules{cluster, 200, 4};
  metadata live{rules};
  std::vector<std::string> log;
  std::map<topic_id, topic_info> seen;
  for (int step = 0; step < 300; ++step) {
    auto name = "topic-" + std::to_string(random() % 12);
    auto n = static_cast<int32_t>(random() % 20);
    topic_settings settings;
    settings.retention_bytes = random();
    auto plan = [&]() -> caf::expected<command> {
      switch (random() % 5) {
        case 0:
          return live.plan_create({name, n, settings}, false);
        case 1:
          return live.plan_grow(name, n);
        case 2:
          return live.plan_delete(name);
        case 3:
          return live.plan_configure(name, settings);
        default:
          return live.plan_reserve(n + 1);
      }
    }();
    if (!plan)
      continue;
    log.push_back(encode_command(*plan));
    auto change = live.apply(*plan, 3);
    REQUIRE(change);
    // What a listener makes of the updates is what there is.
    for (auto& topic : change->update.changed)
      seen[topic.id] = topic;
    for (auto& id : change->update.removed)
      seen.erase(id);
    REQUIRE(live.partition_count() <= rules.partitions_max);
  }
  metadata again{rules};
  for (auto& text : log) {
    auto decoded = decode_command(text);
    REQUIRE(decoded);
    REQUIRE(again.apply(*decoded, 3));
  }
  CHECK((again == live));
  auto whole = live.whole();
  CHECK(whole.index == log.size());
  CHECK(whole.changed.size() == seen.size());
  for (auto& topic : whole.changed)
    CHECK(seen[topic.id] == topic);
}
