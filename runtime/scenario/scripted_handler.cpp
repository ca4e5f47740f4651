#include "runtime/scenario/scripted_handler.hpp"

#include <algorithm>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>

namespace troupe::scenario {

failure_plan::failure_plan(failure_rule rule) : rule_(std::move(rule)) {}

bool failure_plan::fails(const std::string& consumer, const delivery& what) {
  std::lock_guard guard{mutex_};
  auto attempt = ++attempts_by_consumer_[consumer];
  if (rule_.every > 0 && attempt % rule_.every == 0)
    return true;
  auto value = what.content.value.view();
  if (std::find(rule_.values.begin(), rule_.values.end(), value)
      == rule_.values.end())
    return false;
  return ++attempts_by_record_[{what.id, what.offset}] <= rule_.times;
}

namespace {

/// All that the handlers of one consumer share.
struct scripted {
  std::string group;
  std::string consumer;
  milliseconds handler_time;
  std::shared_ptr<ledger> book;
  std::shared_ptr<failure_plan> failures;
  epoch_offset epoch;
};

caf::error finish(const scripted& script, size_t number, int64_t time_ms,
                  const delivery& what) {
  auto fails = script.failures->fails(script.consumer, what);
  script.book->end(number, time_ms, !fails);
  if (fails)
    return make_error(ec::handler_failed, "the scenario lets this one fail");
  return caf::none;
}

struct working_state {
  static inline constexpr const char* name = "scripted_handler";

  struct work {
    size_t number = 0;
    delivery what;
    caf::typed_response_promise<caf::ok_atom> promise;
  };

  uint64_t last_key = 0;
  std::map<uint64_t, work> in_work;
};

/// Works on each record for a while, without blocking.
caf::behavior working_handler(caf::stateful_actor<working_state>* self,
                              std::shared_ptr<scripted> script) {
  return {
    [=](handle_atom, const delivery& what) {
      auto promise = self->make_response_promise<caf::ok_atom>();
      auto number = script->book->begin(now_ms(self, script->epoch),
                                        script->group, script->consumer, what);
      auto key = ++self->state.last_key;
      self->state.in_work.emplace(key,
                                  working_state::work{number, what, promise});
      self->delayed_send(self, script->handler_time, tick_atom_v, key);
      return promise;
    },
    [=](tick_atom, uint64_t key) {
      auto done = self->state.in_work.extract(key);
      auto& [number, what, promise] = done.mapped();
      if (auto failed =
            finish(*script, number, now_ms(self, script->epoch), what))
        promise.deliver(std::move(failed));
      else
        promise.deliver(caf::ok_atom_v);
    },
  };
}

} // namespace

handler make_scripted_handler(const group_spec& spec,
                              const std::string& consumer,
                              std::shared_ptr<ledger> book,
                              std::shared_ptr<failure_plan> failures,
                              epoch_offset epoch,
                              std::function<int64_t()> clock_ms) {
  auto script = std::make_shared<scripted>(
    scripted{spec.name, consumer, spec.handler_time, std::move(book),
             std::move(failures), epoch});
  handler result;
  if (spec.handler_time > 0ms)
    result.spawner = [script](caf::actor_system& sys) {
      return caf::actor_cast<handler_actor>(sys.spawn(working_handler, script));
    };
  else
    result.function = [script,
                       clock = std::move(clock_ms)](const delivery& what) {
      auto time = clock();
      auto number =
        script->book->begin(time, script->group, script->consumer, what);
      return finish(*script, number, time, what);
    };
  return result;
}

} // namespace troupe::scenario
