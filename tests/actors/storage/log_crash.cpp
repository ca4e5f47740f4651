// Crashes come between any two steps: over many seeds, whatever a log was
// doing, it opens to a prefix with all that was durable (invariant I5).
#include <random>

#include "tests/actors/storage/log_fixture.hpp"

using namespace troupe;
using namespace troupe::storage;

namespace {

/// What a model of the log knows: values by offset, and how far it is durable.
struct model {
  std::vector<std::string> values;
  size_t durable = 0;
  int32_t epoch = 0;
};

void check_against(log_fixture& x, model& m) {
  auto end = static_cast<size_t>(x.it->end());
  REQUIRE(end >= m.durable);
  REQUIRE(end <= m.values.size());
  m.values.resize(end);
  REQUIRE(x.values_from(x.it->start())
          == std::vector<std::string>(m.values.begin() + x.it->start(),
                                      m.values.end()));
  m.durable = end;
}

void one_life(log_fixture& x, model& m, std::mt19937_64& random) {
  auto dies_early = random() % 3 == 0;
  if (dies_early)
    x.disk->stop_after(random() % 60);
  for (auto n = random() % 40; n > 0; --n) {
    auto what_now = random() % 20;
    if (what_now == 0) {
      if (x.sync())
        return;
      m.durable = m.values.size();
    } else if (what_now == 1) {
      if (!x.it->retain(t0))
        return;
    } else {
      auto value = "value " + std::to_string(random());
      std::vector<record> records(1 + random() % 3, {{}, text(value), {}, t0});
      auto batch = make_batch(records);
      // A failed append may be there after all, but nobody was told.
      m.values.insert(m.values.end(), records.size(), value);
      if (!x.it->append(batch, t0))
        return;
    }
  }
  if (random() % 4 == 0 && !x.it->close())
    m.durable = m.values.size();
}

} // namespace

TEST_CASE("any life of a log ends in a log that opens") {
  for (uint64_t seed = 0; seed < 400; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random{seed};
    log_fixture x;
    x.settings.segment_bytes = 400;
    x.settings.index_interval_bytes = 100;
    x.settings.retention_bytes = 3000;
    model m;
    x.open();
    for (int life = 0; life < 8; ++life) {
      one_life(x, m, random);
      auto how = random() % 3;
      if (how == 0)
        x.disk->kill();
      else if (how == 1)
        x.disk->crash();
      else
        x.disk->crash(random);
      x.open();
      check_against(x, m);
      REQUIRE(x.it->leader_epoch() >= m.epoch);
      m.epoch = x.it->leader_epoch();
    }
  }
}

TEST_CASE("a crash while a log recovers changes nothing") {
  for (uint64_t step = 0; step < 30; ++step) {
    INFO("step " << step);
    log_fixture x;
    x.open();
    x.append_many(0, 10);
    REQUIRE_FALSE(x.sync());
    x.append_many(10, 15);
    x.disk->kill();
    auto path = x.path("00000000000000000000.log");
    auto content = x.disk->content(path);
    x.disk->set_content(path, content.substr(0, content.size() - 5));
    x.disk->stop_after(step);
    auto failure = x.try_open();
    if (!failure)
      CHECK(x.it->end() == 14);
    x.it.reset();
    x.disk->crash();
    x.open();
    CHECK(x.it->end() == 14);
    CHECK(x.values_from(0).size() == 14);
    CHECK(x.it->leader_epoch() >= 1);
  }
}
