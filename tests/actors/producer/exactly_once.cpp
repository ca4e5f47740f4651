// The promise of an idempotent producer, searched: whatever is lost on the way
// and however often the power fails, each record is in the log once, in order,
// where the producer was told.
#include <map>

#include "tests/actors/producer/stage.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

constexpr int32_t partitions = 3;
constexpr int records = 45;

struct told {
  std::string value;
  caf::expected<record_metadata> place;
};

/// Posts its records one after the other, without waiting for answers; some
/// alone, some in one message.
caf::behavior poster(caf::event_based_actor* self, producer_actor producer,
                     std::string who,
                     std::shared_ptr<std::vector<told>> answers) {
  auto value = [who](int i) { return who + ":" + std::to_string(i); };
  for (int i = 0; i < records;) {
    if (i % 5 == 0) {
      std::vector<posting> xs;
      for (int n = 0; n < 3; ++n)
        xs.push_back(to_post(value(i + n), (i + n) % partitions));
      self->request(producer, caf::infinite, post_atom_v, xs)
        .then(
          [=](std::vector<record_metadata>& places) {
            for (int n = 0; n < 3; ++n)
              answers->push_back(
                {value(i + n), std::move(places[static_cast<size_t>(n)])});
          },
          [=](caf::error& x) {
            answers->push_back({value(i), x});
          });
      i += 3;
    } else {
      self
        ->request(producer, caf::infinite, post_atom_v,
                  to_post(value(i), i % partitions))
        .then(
          [=](record_metadata& x) {
            answers->push_back({value(i), std::move(x)});
          },
          [=](caf::error& x) {
            answers->push_back({value(i), x});
          });
      ++i;
    }
  }
  return {[](tick_atom) {}};
}

/// The power fails, all partitions start again.
void power_cut(stage& s) {
  for (int32_t i = 0; i < partitions; ++i)
    s.kill("messages", i);
  s.sys.run();
  s.disk->crash(s.sys.random());
  for (int32_t i = 0; i < partitions; ++i)
    s.open("messages", i);
}

} // namespace

TEST_CASE("each record is in the log once and in order") {
  uint64_t retried = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    stage s{seed, partitions};
    auto& random = s.sys.random();
    s.pace->delay = std::chrono::milliseconds{random() % 5};
    s.bad.lost_requests = random() % 30;
    s.bad.lost_answers = random() % 30;
    producer_settings settings;
    settings.request_timeout = 50ms;
    settings.linger = std::chrono::milliseconds{random() % 3};
    settings.batch_bytes = 100 + random() % 500;
    settings.buffer_bytes = 300 + random() % 3000;
    std::map<std::string, std::shared_ptr<std::vector<told>>> answers;
    std::vector<producer_actor> producers;
    for (std::string who : {"a", "b"}) {
      answers[who] = std::make_shared<std::vector<told>>();
      producers.push_back(s.start(settings));
      s.sys.spawn(poster, producers.back(), who, answers[who]);
    }
    for (auto cuts = random() % 4; cuts > 0; --cuts) {
      s.sys.advance(std::chrono::milliseconds{random() % 100});
      power_cut(s);
    }
    auto is_done = [&] {
      return answers["a"]->size() == records && answers["b"]->size() == records;
    };
    REQUIRE(s.sys.run_until(is_done, 100s));
    std::map<int32_t, std::vector<std::string>> logs;
    for (int32_t i = 0; i < partitions; ++i)
      logs[i] = s.stored(i);
    size_t stored = 0;
    for (auto& [partition, values] : logs) {
      std::map<char, int> last;
      for (auto& value : values) {
        auto number = std::stoi(value.substr(2));
        auto [i, is_first] = last.try_emplace(value[0], number);
        if (!is_first) {
          CHECK(i->second < number);
          i->second = number;
        }
      }
      stored += values.size();
    }
    CHECK(stored == 2 * records);
    for (auto& [who, all] : answers)
      for (auto& [value, place] : *all) {
        CAPTURE(value);
        REQUIRE(place);
        CHECK(logs[place->partition].at(static_cast<size_t>(place->offset))
              == value);
      }
    for (auto& producer : producers) {
      auto now = *s.sys.ask<producer_status>(producer, status_atom_v);
      CHECK(now.acknowledged == records);
      CHECK(now.buffered_bytes == 0);
      retried += now.retried_batches;
    }
  }
  // The search did meet trouble.
  CHECK(retried > 1000);
}
