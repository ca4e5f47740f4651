// What becomes of records that the handler cannot do.

#include <utility>

#include <fmt/format.h>

#include "actors/consumer/consumer_state.hpp"
#include "actors/consumer/dead_letter.hpp"
#include "actors/consumer/limits.hpp"

namespace troupe {

using consumer_limits::request_timeout;

bool consumer_state::is_hopeless(holding& x, const caf::error& why) const {
  const auto& policy = settings.failures;
  if (policy.what == failure_policy::kind::retry)
    return false;
  switch (code_of(why)) {
    case ec::record_rejected:
      return true;
    // The next record would fare no better.
    case ec::gateway_unavailable:
      return false;
    default:
      return ++x.failures >= policy.attempts_max;
  }
}

void consumer_state::give_up(holding& x, const caf::error& why) {
  auto record = handed_as(x, x.feed.attempts());
  dead_letter letter;
  letter.topic = std::move(record.topic);
  letter.partition = record.id.partition;
  letter.offset = record.offset;
  letter.group = settings.group;
  letter.consumer = config.name;
  letter.reason = what(why);
  letter.attempts = record.attempt;
  letter.content = std::move(record.content);
  posting post;
  post.topic = dead_letter_topic(letter.topic, letter.group);
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
      [this, id = x.id, serial = x.serial](const record_metadata&) {
        auto* y = holding_of(id, serial);
        if (!y)
          return;
        y->letter.reset();
        y->is_posting = false;
        y->letter_at = caf::timespan{0};
        y->record_backoff.reset();
        if (y->feed.finish())
          ++counts.dead_letters;
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
  note(fmt::format("the dead letter of {} at offset {}{}", name_of(x),
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
