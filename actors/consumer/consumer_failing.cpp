// What becomes of records that the handler cannot do.

#include <utility>

#include <fmt/format.h>

#include "actors/consumer/consumer_state.hpp"
#include "actors/consumer/dead_letter.hpp"
#include "actors/consumer/limits.hpp"

namespace troupe {

using consumer_limits::request_timeout;

bool consumer_state::is_hopeless(holding& x, const caf::error& why) {
  const auto& policy = settings.failures;
  auto code = code_of(why);
  // After a failure of the gateway the next record would fare no better.
  if (policy.what == failure_policy::kind::retry
      || code == ec::gateway_unavailable)
    return false;
  ++x.failures;
  auto is_last =
    code == ec::record_rejected || x.failures >= policy.attempts_max;
  return is_last && (!parks() || may_park(x, why));
}

void consumer_state::give_up(holding& x, const caf::error& why) {
  write_letter(x, x.feed.attempts(), what(why));
}

void consumer_state::write_letter(holding& x, uint32_t attempts,
                                  std::string reason) {
  auto record = handed_as(x, attempts);
  dead_letter letter;
  letter.topic = std::move(record.topic);
  letter.partition = record.id.partition;
  letter.offset = record.offset;
  letter.group = settings.group;
  letter.consumer = config.name;
  letter.reason = std::move(reason);
  letter.attempts = attempts;
  letter.content = std::move(record.content);
  posting post;
  post.topic = parks() ? parked_topic(letter.topic, letter.group)
                       : dead_letter_topic(letter.topic, letter.group);
  post.content = to_record(letter);
  x.letter = std::move(post);
  forget_failures(x);
  post_letter(x);
}

void consumer_state::forget_failures(holding& x) {
  x.failures = 0;
  x.record_backoff.reset();
}

void consumer_state::post_letter(holding& x) {
  if (x.is_posting || !reached(x.letter_at))
    return;
  x.is_posting = true;
  auto failed = [this, id = x.id, serial = x.serial](const caf::error& why) {
    if (auto* y = holding_of(id, serial))
      on_letter_failed(*y, why);
    work();
  };
  if (!letter_topics.contains(x.letter->topic)) {
    auto is_there = [this, topic = x.letter->topic, id = x.id,
                     serial = x.serial] {
      letter_topics.insert(topic);
      if (auto* y = holding_of(id, serial)) {
        y->is_posting = false;
        stir(*y);
      }
      work();
    };
    self
      ->request(config.node, request_timeout, create_atom_v,
                letter_topic(x.letter->topic))
      .then([is_there](const topic_info&) { is_there(); },
            [is_there, failed](const caf::error& why) {
              if (code_of(why) == ec::topic_exists)
                is_there();
              else
                failed(why);
            });
    return;
  }
  if (!letters)
    letters = config.spawn_letters(self->system());
  self->request(letters, caf::infinite, post_atom_v, *x.letter)
    .then(
      [this, id = x.id, serial = x.serial](const record_metadata& where) {
        auto* y = holding_of(id, serial);
        if (!y)
          return;
        if (y->parked)
          y->parked->keys.posted(id.partition, y->letter->content.key,
                                 where.offset);
        y->letter.reset();
        y->is_posting = false;
        y->letter_at = caf::timespan{0};
        y->record_backoff.reset();
        if (y->feed.finish())
          ++(y->parked ? counts.parked : counts.dead_letters);
        stir(*y);
        work();
      },
      failed);
}

void consumer_state::on_letter_failed(holding& x, const caf::error& why) {
  auto what_to_do = code_of(why) == ec::record_too_large
                      ? fmt::format(", for which its partition waits: raise "
                                    "record_bytes_max of {}",
                                    x.letter->topic)
                      : std::string{};
  note(fmt::format("{} {} at offset {}{}",
                   x.parked ? "parking" : "the dead letter of", name_of(x),
                   x.feed.handed_next() - 1, what_to_do),
       why);
  if (why == caf::sec::request_receiver_down)
    letters = nullptr;
  // The topic may have been deleted.
  letter_topics.erase(x.letter->topic);
  x.is_posting = false;
  x.letter_at = now() + x.record_backoff.next();
  stir(x);
}

} // namespace troupe
