#include "runtime/scenario/poster.hpp"

#include <algorithm>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

namespace troupe::scenario {

size_t post_book::expect(size_t count) {
  std::lock_guard guard{mutex_};
  entries_.push_back({count, 0, {}});
  return entries_.size() - 1;
}

void post_book::acknowledge(size_t which, int64_t time_ms,
                            const record_metadata& where,
                            const std::string& value) {
  std::lock_guard guard{mutex_};
  --entries_[which].open;
  ++entries_[which].acknowledged;
  acknowledged_.push_back(
    {time_ms, where.topic, where.partition, where.offset, value});
}

void post_book::fail(size_t which, const std::string& value,
                     const std::string& why) {
  std::lock_guard guard{mutex_};
  --entries_[which].open;
  entries_[which].failures.push_back(value + ": " + why);
}

void post_book::abandon(size_t which, const std::string& why) {
  std::lock_guard guard{mutex_};
  auto& x = entries_[which];
  x.failures.insert(x.failures.end(), std::exchange(x.open, 0), why);
}

post_counts post_book::counts(size_t which) const {
  std::lock_guard guard{mutex_};
  const auto& x = entries_[which];
  return {x.acknowledged, static_cast<int64_t>(x.failures.size()),
          static_cast<int64_t>(x.open)};
}

size_t post_book::size() const {
  std::lock_guard guard{mutex_};
  return entries_.size();
}

bool post_book::is_settled() const {
  std::lock_guard guard{mutex_};
  return std::all_of(entries_.begin(), entries_.end(),
                     [](const entry& x) { return x.open == 0; });
}

bool post_book::is_settled(size_t which) const {
  std::lock_guard guard{mutex_};
  return entries_[which].open == 0;
}

std::vector<posted_record> post_book::acknowledged() const {
  std::lock_guard guard{mutex_};
  return acknowledged_;
}

std::vector<std::string> post_book::failures(size_t which) const {
  std::lock_guard guard{mutex_};
  return entries_[which].failures;
}

namespace {

/// Records in one message to the producer, when there is no rate to keep.
constexpr size_t records_at_once = 1000;

struct poster_state {
  static inline constexpr const char* name = "poster";

  produce step;
  producer_actor producer;
  std::shared_ptr<post_book> book;
  size_t number = 0;
  epoch_offset epoch;
  size_t next = 0;
  size_t unanswered = 0;
};

posting posting_of(const produce& step, size_t i) {
  auto made = step.record(i);
  posting result;
  result.topic = step.topic;
  result.partition = step.partition.value_or(-1);
  result.content.value = bytes{made.value};
  if (made.key)
    result.content.key = bytes{*made.key};
  for (const auto& [name, value] : made.headers)
    result.content.headers.push_back({name, bytes{value}});
  return result;
}

void post_some(caf::stateful_actor<poster_state>* self, size_t count) {
  auto& state = self->state;
  auto first = state.next;
  std::vector<posting> some;
  for (; some.size() < count && state.next < state.step.size(); ++state.next)
    some.push_back(posting_of(state.step, state.next));
  state.unanswered += some.size();
  auto size = some.size();
  auto answered = [self, size] {
    auto& x = self->state;
    x.unanswered -= size;
    if (x.unanswered == 0 && x.next == x.step.size())
      self->quit();
  };
  self->request(state.producer, caf::infinite, post_atom_v, std::move(some))
    .then(
      [=](const std::vector<record_metadata>& places) {
        auto& x = self->state;
        for (size_t i = 0; i < places.size(); ++i)
          x.book->acknowledge(x.number, now_ms(self, x.epoch), places[i],
                              x.step.record(first + i).value);
        answered();
      },
      [=](const caf::error& why) {
        auto& x = self->state;
        for (size_t i = 0; i < size; ++i)
          x.book->fail(x.number, x.step.record(first + i).value, what(why));
        answered();
      });
}

caf::behavior poster(caf::stateful_actor<poster_state>* self, produce step,
                     producer_actor producer, std::shared_ptr<post_book> book,
                     size_t number, epoch_offset epoch) {
  auto& state = self->state;
  state.step = std::move(step);
  state.producer = std::move(producer);
  state.book = std::move(book);
  state.number = number;
  state.epoch = epoch;
  self->send(self, tick_atom_v);
  return {
    [self](tick_atom) {
      auto& x = self->state;
      if (x.next == x.step.size()) {
        if (x.unanswered == 0)
          self->quit();
        return;
      }
      if (x.step.rate <= 0) {
        post_some(self, records_at_once);
        self->send(self, tick_atom_v);
        return;
      }
      post_some(self, 1);
      auto gap = std::chrono::duration<double>{1.0 / x.step.rate};
      self->delayed_send(self, std::chrono::duration_cast<caf::timespan>(gap),
                         tick_atom_v);
    },
  };
}

} // namespace

size_t start_posting(caf::actor_system& system, const produce& step,
                     producer_actor producer, std::shared_ptr<post_book> book,
                     epoch_offset epoch) {
  auto number = book->expect(step.size());
  system.spawn(poster, step, std::move(producer), std::move(book), number,
               epoch);
  return number;
}

} // namespace troupe::scenario
