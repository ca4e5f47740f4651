// How the coordinator asks partitions: a whole set of questions at once, with a
// bounded wait; who does not answer counts as offline. What 'now' is in a
// partition only its leader knows: where that matters, one that is just being
// elected is waited for.

#include <algorithm>
#include <limits>
#include <utility>

#include "actors/coordinator/coordinator.hpp"
#include "actors/coordinator/reply.hpp"

namespace troupe {

namespace {

/// How long each question to a partition may take.
constexpr caf::timespan inquiry_timeout = 1s;

/// Before whoever could not answer is asked again.
constexpr caf::timespan inquiry_pause = 100ms;

void show_bounds(group_description& shown,
                 const std::vector<start_answer>& answers) {
  for (size_t i = 0; i < answers.size(); ++i)
    if (answers[i].is_online) {
      shown.positions[i].log_start = answers[i].offset.log_start;
      shown.positions[i].high_watermark = answers[i].offset.high_watermark;
      shown.positions[i].oldest_ms = answers[i].offset.timestamp_ms;
    }
}

} // namespace

caf::typed_response_promise<group_description> coordinator_state::describe() {
  auto promise = self->make_response_promise<group_description>();
  when_loaded([this, promise](const caf::error& fault) {
    if (fault)
      return reply<group_description>(promise, fault)(caf::none);
    auto told = group_->describe();
    if (!told)
      return finish(turn{now()}, reply(promise, std::move(told)));
    std::vector<start_query> queries;
    for (const auto& x : told->positions) {
      auto from = x.next >= 0 ? x.next : x.start;
      auto what =
        from < 0 ? offset_query::kind::earliest : offset_query::kind::record;
      queries.push_back({x.id, {what, -1, from}, std::nullopt});
    }
    inquire(
      std::move(queries), no_patience,
      [this, promise, told = std::move(told)](const auto& answers) {
        auto shown = told;
        show_bounds(*shown, answers);
        finish(turn{now()}, reply(promise, std::move(shown)));
      },
      reply<group_description>(promise, group_description{}));
  });
  return promise;
}

caf::typed_response_promise<reset_plan> coordinator_state::reset(
  reset_request& x) {
  auto promise = self->make_response_promise<reset_plan>();
  when_loaded([this, promise, x = std::move(x)](const caf::error& fault) {
    if (fault)
      return reply<reset_plan>(promise, fault)(caf::none);
    auto queries = group_->reset_queries(x, now());
    if (!queries)
      return finish(turn{now()}, reply<reset_plan>(promise, queries.error()));
    inquire(
      std::move(*queries), election_patience,
      [this, promise, x](const auto& answers) {
        turn t{now()};
        auto plan = group_->reset(x, answers, t);
        finish(std::move(t), reply(promise, std::move(plan)));
      },
      reply<reset_plan>(promise, reset_plan{}));
  });
  return promise;
}

void coordinator_state::inquire(std::vector<start_query> queries,
                                caf::timespan patience, answers_function done,
                                effect refuse) {
  auto asked = std::make_shared<inquiry>();
  asked->queries = std::move(queries);
  asked->open = asked->queries.size();
  asked->patient_until = now().steady + patience;
  asked->done = std::move(done);
  asked->refuse = std::move(refuse);
  for (const auto& x : asked->queries)
    asked->answers.push_back({x.id, false, {}, x.epoch, {}});
  if (asked->open == 0)
    return asked->done(asked->answers);
  inquiries_.insert(asked);
  for (size_t i = 0; i < asked->queries.size(); ++i)
    locate(asked, i);
}

void coordinator_state::locate(const inquiry_ptr& asked, size_t index) {
  self
    ->request(config_.node, inquiry_timeout, locate_atom_v,
              asked->queries[index].id)
    .then([this, asked, index](
            const partition_actor& whom) { ask_offset(asked, index, whom); },
          [this, asked, index](caf::error& why) {
            on_no_answer(asked, index, why);
          });
}

void coordinator_state::ask_offset(const inquiry_ptr& asked, size_t index,
                                   partition_actor whom) {
  self
    ->request(whom, inquiry_timeout, offset_atom_v,
              asked->queries[index].offset)
    .then(
      [this, asked, index, whom](const offset_answer& x) {
        asked->answers[index].offset = x;
        if (asked->queries[index].epoch)
          ask_epoch(asked, index, whom);
        else
          close(asked, index, true);
      },
      [this, asked, index](caf::error& why) {
        on_no_answer(asked, index, why);
      });
}

void coordinator_state::ask_epoch(const inquiry_ptr& asked, size_t index,
                                  const partition_actor& whom) {
  auto epoch = *asked->queries[index].epoch;
  // The largest one that the log knows is the present one.
  if (epoch < 0)
    epoch = std::numeric_limits<int32_t>::max();
  self->request(whom, inquiry_timeout, epoch_atom_v, epoch)
    .then(
      [this, asked, index](const epoch_end& x) {
        asked->answers[index].epoch = x;
        close(asked, index, true);
      },
      [this, asked, index](caf::error& why) {
        on_no_answer(asked, index, why);
      });
}

void coordinator_state::on_no_answer(const inquiry_ptr& asked, size_t index,
                                     const caf::error& why) {
  auto time = now().steady;
  auto may_answer_later = code_of(why) == ec::none || is_retriable(why);
  if (is_failed_ || !may_answer_later
      || time + inquiry_pause >= asked->patient_until)
    return close(asked, index, false);
  asked->again.push_back(index);
  if (ask_again_at_)
    return;
  ask_again_at_ = time + inquiry_pause;
  self->delayed_send(coordinator_actor{self}, inquiry_pause, tick_atom_v);
}

void coordinator_state::ask_again() {
  if (!ask_again_at_ || *ask_again_at_ > now().steady)
    return;
  ask_again_at_.reset();
  for (const auto& asked : inquiries_)
    for (auto index : std::exchange(asked->again, {}))
      locate(asked, index);
}

void coordinator_state::close(const inquiry_ptr& asked, size_t index,
                              bool is_online) {
  asked->answers[index].is_online = is_online;
  if (--asked->open > 0)
    return;
  inquiries_.erase(asked);
  asked->done(asked->answers);
}

} // namespace troupe
