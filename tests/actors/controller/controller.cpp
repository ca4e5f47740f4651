// Nobody may be told of a topic that a power cut can take back, and nothing
// that was told may be missing after one.
#include "actors/controller/controller.hpp"

#include "actors/controller/replay.hpp"
#include "runtime/simulation/memory_files.hpp"
#include "tests/catch.hpp"
#include "tests/later.hpp"

using namespace troupe;
using namespace troupe::tests;
using Catch::Matchers::Contains;

namespace {

/// What a flusher keeps back while `holds` is set.
struct held_syncs {
  using promise = caf::typed_response_promise<int64_t>;
  bool holds = false;
  std::vector<std::pair<promise, sync_job>> jobs;
};

/// A flusher that a tick makes do what it kept back.
using holding_flusher_actor = flusher_actor::extend<caf::reacts_to<tick_atom>>;

holding_flusher_actor::behavior_type holding_flusher(
  holding_flusher_actor::pointer self, std::shared_ptr<held_syncs> held) {
  return {
    [=](sync_atom, const sync_job& job) -> caf::result<int64_t> {
      if (!held->holds)
        return storage::sync_written(job);
      auto promise = self->make_response_promise<held_syncs::promise>();
      held->jobs.emplace_back(promise, job);
      return promise;
    },
    [=](tick_atom) {
      held->holds = false;
      for (auto& [promise, job] : std::exchange(held->jobs, {})) {
        auto up_to = storage::sync_written(job);
        REQUIRE(up_to);
        promise.deliver(*up_to);
      }
    },
  };
}

using updates = std::shared_ptr<std::vector<metadata_update>>;

metadata_listener_actor::behavior_type collector(
  metadata_listener_actor::pointer, updates seen) {
  return {
    [=](update_atom, metadata_update& x) { seen->push_back(std::move(x)); },
  };
}

struct fixture {
  explicit fixture(uint64_t seed = 0) : sys(seed) {
    flusher = sys.spawn(holding_flusher, held);
    start();
  }

  void start() {
    self =
      sys.spawn(controller, controller_config{disk, "metadata", 7, uuid{1, 2},
                                              100, 4, flusher, sys.epoch()});
    end = watch_end(sys, self);
  }

  /// A power cut, then a new start.
  void crash() {
    caf::anon_send_exit(self, caf::exit_reason::kill);
    disk->crash();
    sys.run();
    start();
  }

  caf::expected<topic_info> create(const std::string& name,
                                   int32_t partitions) {
    return sys.ask<topic_info>(self, create_atom_v,
                               topic_spec{name, partitions, {}}, false);
  }

  later<topic_info> create_later(const std::string& name) {
    auto result = ask_later<topic_info>(sys, self, create_atom_v,
                                        topic_spec{name, 1, {}}, false);
    sys.run();
    return result;
  }

  void release() {
    caf::anon_send(flusher, tick_atom_v);
    sys.run();
  }

  /// All there is, and what comes after it.
  metadata_update watch(
    updates seen = std::make_shared<std::vector<metadata_update>>()) {
    listener = sys.spawn(collector, seen);
    auto whole = sys.ask<metadata_update>(self, watch_atom_v, listener);
    if (!whole)
      FAIL(what(whole.error()));
    return *whole;
  }

  node_status status() {
    return *sys.ask<node_status>(self, status_atom_v);
  }

  bool has_ended() {
    sys.run();
    return end->has_value();
  }

  simulation::virtual_system sys;
  std::shared_ptr<simulation::memory_files> disk =
    std::make_shared<simulation::memory_files>();
  std::shared_ptr<held_syncs> held = std::make_shared<held_syncs>();
  holding_flusher_actor flusher;
  controller_actor self;
  metadata_listener_actor listener;
  end_of_actor end;
};

} // namespace

TEST_CASE_METHOD(fixture, "topics outlive a power cut") {
  auto sms = create("sms", 3);
  REQUIRE(sms);
  auto mail = create("mail", 1);
  REQUIRE(mail);
  auto grown = sys.ask<topic_info>(self, grow_atom_v, std::string{"sms"}, 5);
  REQUIRE(grown);
  topic_settings settings;
  settings.retention_bytes = 5;
  auto configured =
    sys.ask<topic_info>(self, config_atom_v, std::string{"sms"}, settings);
  REQUIRE(configured);
  REQUIRE(sys.ask<topic_info>(self, delete_atom_v, std::string{"mail"}));
  auto before = watch();
  CHECK(before.is_whole);
  CHECK(before.index == 5);
  CHECK(before.changed == std::vector<topic_info>{*configured});
  crash();
  auto after = watch();
  CHECK(after.index == before.index);
  CHECK(after.changed == before.changed);
  auto x = status();
  CHECK(x.cluster_id == uuid{1, 2});
  CHECK(x.node_id == 7);
  CHECK(x.metadata_index == 5);
  CHECK(x.topics == 1);
  CHECK(x.partitions == 5);
}

TEST_CASE_METHOD(fixture, "refused requests leave no trace in the log") {
  REQUIRE(create("sms", 3));
  CHECK(code_of(create("sms", 3).error()) == ec::topic_exists);
  CHECK(code_of(create("__sms", 3).error()) == ec::invalid_argument);
  auto shrunk = sys.ask<topic_info>(self, grow_atom_v, std::string{"sms"}, 2);
  CHECK_THAT(what(shrunk.error()), Contains("has 3 partitions"));
  auto unknown = sys.ask<topic_info>(self, delete_atom_v, std::string{"smss"});
  CHECK_THAT(what(unknown.error()), Contains("did you mean 'sms'?"));
  CHECK(status().metadata_index == 1);
}

TEST_CASE_METHOD(fixture, "listeners hear of what is durable, in order") {
  REQUIRE(create("first", 1));
  auto seen = std::make_shared<std::vector<metadata_update>>();
  CHECK(watch(seen).index == 1);
  held->holds = true;
  auto second = create_later("second");
  auto third = create_later("third");
  CHECK(held->jobs.size() == 1);
  CHECK(seen->empty());
  CHECK_FALSE(second->has_value());
  // A name that is on its way is taken.
  auto twice = create_later("third");
  REQUIRE(twice->has_value());
  CHECK(code_of((*twice)->error()) == ec::topic_exists);
  // Who begins to watch now is not told of them before their time.
  CHECK(sys.ask<metadata_update>(self, watch_atom_v, listener)->index == 1);
  CHECK(status().topics == 1);
  release();
  REQUIRE((second->has_value() && **second));
  REQUIRE((third->has_value() && **third));
  REQUIRE(seen->size() == 2);
  CHECK(seen->at(0).index == 2);
  CHECK_FALSE(seen->at(0).is_whole);
  CHECK(seen->at(0).changed == std::vector<topic_info>{***second});
  CHECK(seen->at(1).changed == std::vector<topic_info>{***third});
}

TEST_CASE_METHOD(fixture, "a power cut before the sync leaves nothing told") {
  REQUIRE(create("first", 1));
  auto seen = std::make_shared<std::vector<metadata_update>>();
  watch(seen);
  held->holds = true;
  auto second = create_later("second");
  crash();
  REQUIRE(second->has_value());
  CHECK_FALSE(**second);
  CHECK(seen->empty());
  CHECK(watch().changed.size() == 1);
}

TEST_CASE_METHOD(fixture, "a listener that ended is forgotten") {
  auto seen = std::make_shared<std::vector<metadata_update>>();
  watch(seen);
  caf::anon_send_exit(listener, caf::exit_reason::user_shutdown);
  REQUIRE(create("first", 1));
  CHECK(seen->empty());
  CHECK_FALSE(has_ended());
}

TEST_CASE_METHOD(fixture, "no producer id is given twice") {
  std::set<int64_t> ids;
  auto identify = [&](int times) {
    for (int i = 0; i < times; ++i) {
      auto id = sys.ask<producer_identity>(self, identify_atom_v);
      REQUIRE(id);
      CHECK(id->producer_epoch == 0);
      CHECK(ids.insert(id->producer_id).second);
    }
  };
  identify(1'500);
  CHECK(status().metadata_index == 2);
  crash();
  identify(10);
  CHECK(status().metadata_index == 3);
  CHECK(*ids.begin() == 0);
  CHECK(*ids.rbegin() == 2'009);
}

TEST_CASE_METHOD(fixture, "a crowd of producers shares reservations") {
  held->holds = true;
  std::vector<later<producer_identity>> all;
  for (int i = 0; i < 1'200; ++i)
    all.push_back(ask_later<producer_identity>(sys, self, identify_atom_v));
  sys.run();
  CHECK(held->jobs.size() == 1);
  release();
  std::set<int64_t> ids;
  for (auto& x : all) {
    REQUIRE((x->has_value() && **x));
    ids.insert((**x)->producer_id);
  }
  CHECK(ids.size() == all.size());
  CHECK(status().metadata_index == 2);
}

TEST_CASE_METHOD(fixture, "a failed sync fails the controller") {
  REQUIRE(create("first", 1));
  disk->fail_syncs(true);
  auto second = create("second", 1);
  REQUIRE_FALSE(second);
  CHECK(code_of(second.error()) == ec::storage_failed);
  REQUIRE(has_ended());
  CHECK(code_of(**end) == ec::storage_failed);
  disk->fail_syncs(false);
  crash();
  CHECK(watch().changed.size() == 1);
  CHECK(create("second", 1));
}

TEST_CASE_METHOD(fixture, "a failed append fails the controller") {
  disk->fail_appends(true);
  CHECK(code_of(create("first", 1).error()) == ec::storage_failed);
  CHECK(has_ended());
  disk->fail_appends(false);
  crash();
  CHECK(create("first", 1));
}

TEST_CASE_METHOD(fixture, "a full disk only fails the command") {
  REQUIRE(create("first", 1));
  disk->set_capacity(disk->used_bytes() + 10);
  CHECK(code_of(create("second", 1).error()) == ec::storage_full);
  auto id = sys.ask<producer_identity>(self, identify_atom_v);
  CHECK(code_of(id.error()) == ec::storage_full);
  disk->set_capacity(1 * mib);
  CHECK(create("second", 1));
  CHECK(sys.ask<producer_identity>(self, identify_atom_v));
  CHECK_FALSE(has_ended());
  crash();
  CHECK(watch().changed.size() == 2);
}

TEST_CASE_METHOD(fixture, "a stop waits for what is under way") {
  held->holds = true;
  auto first = create_later("first");
  auto stopped = ask_later<caf::ok_atom>(sys, self, stop_atom_v);
  sys.run();
  CHECK_FALSE(stopped->has_value());
  auto late = create_later("late");
  REQUIRE(late->has_value());
  CHECK(code_of((*late)->error()) == ec::shutting_down);
  release();
  REQUIRE((first->has_value() && stopped->has_value()));
  CHECK(**first);
  CHECK(**stopped);
  CHECK(has_ended());
  start();
  CHECK(watch().changed.size() == 1);
  REQUIRE(create("second", 1));
  // The stop was clean: the epoch is the one from before.
  CHECK(status().metadata_term == 0);
}

TEST_CASE_METHOD(fixture, "the term grows with every unclean stop") {
  REQUIRE(create("first", 1));
  auto term = status().metadata_term;
  crash();
  CHECK(status().metadata_term == term);
  REQUIRE(create("second", 1));
  CHECK(status().metadata_term > term);
}

TEST_CASE_METHOD(fixture, "a log that does not open ends the controller") {
  REQUIRE(sys.ask<caf::ok_atom>(self, stop_atom_v));
  auto opened = storage::log::open(disk, "metadata", topic_settings{}, 0);
  REQUIRE(opened);
  auto& log = **opened;
  auto batch = make_batch({record{{}, bytes{"\x03"}, {}, 0}});
  REQUIRE(log.append(batch, 0));
  REQUIRE_FALSE(log.close());
  start();
  REQUIRE(has_ended());
  CHECK(code_of(**end) == ec::unsupported_version);
  CHECK_THAT(what(**end), Contains("offset 0"));
}

TEST_CASE("whatever happens, what was answered is there, and I7 holds") {
  fixture f{GENERATE(range(uint64_t{1}, uint64_t{16}))};
  std::map<std::string, topic_info> answered;
  int number = 0;
  for (int round = 0; round < 5; ++round) {
    std::vector<later<topic_info>> all;
    for (int i = 0; i < 10; ++i)
      all.push_back(ask_later<topic_info>(
        f.sys, f.self, create_atom_v,
        topic_spec{"t" + std::to_string(number++), 1, {}}, false));
    for (auto steps = f.sys.random()() % 150; steps > 0; --steps)
      f.sys.step();
    caf::anon_send_exit(f.self, caf::exit_reason::kill);
    f.disk->crash(f.sys.random());
    f.sys.run();
    for (auto& x : all)
      if (x->has_value() && **x)
        answered[(**x)->name] = ***x;
    f.start();
    std::map<std::string, topic_info> found;
    for (auto& topic : f.watch().changed)
      found[topic.name] = topic;
    for (auto& [name, topic] : answered)
      CHECK(found[name] == topic);
  }
  CHECK_FALSE(answered.empty());
  auto live = f.watch();
  REQUIRE(f.sys.ask<caf::ok_atom>(f.self, stop_atom_v));
  auto log = storage::log::open(f.disk, "metadata", topic_settings{}, 0);
  REQUIRE(log);
  metadata again{{uuid{1, 2}, 100, 4}};
  REQUIRE_FALSE(replay(**log, again));
  CHECK(again.whole().changed == live.changed);
  CHECK(again.index() == live.index);
}
