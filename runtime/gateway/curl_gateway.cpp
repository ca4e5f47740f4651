#include "runtime/gateway/curl_gateway.hpp"

#include <map>
#include <memory>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <fmt/format.h>

#include "runtime/gateway/curl_loop.hpp"

namespace troupe {

namespace {

using inner_actor = gateway_actor::extend<
  // What came of a request (from the loop).
  caf::reacts_to<caf::ok_atom, uint64_t, gateway_answer>>;

struct gateway_state {
  static inline constexpr const char* name = "gateway";

  using promise = caf::typed_response_promise<gateway_answer>;

  ~gateway_state() {
    // Before the actor that it would tell is gone.
    loop.reset();
    for (auto& [id, x] : waiting)
      x.deliver(make_error(ec::shutting_down, "the gateway has ended"));
  }

  size_t requests_max = 0;
  uint64_t last = 0;
  std::map<uint64_t, promise> waiting;
  std::unique_ptr<curl_loop> loop;
};

using pointer = inner_actor::stateful_pointer<gateway_state>;

/// Takes what came of requests from the loop's thread to the gateway. That
/// thread never holds the gateway itself: were it the last one to let go of it,
/// the gateway would wait for the thread it ends on.
using usher_actor =
  caf::typed_actor<caf::reacts_to<caf::ok_atom, uint64_t, gateway_answer>>;

usher_actor::behavior_type usher(caf::actor_addr whom) {
  return {
    [whom](caf::ok_atom, uint64_t id, gateway_answer& answer) {
      if (auto handle = caf::actor_cast<caf::strong_actor_ptr>(whom))
        caf::anon_send(caf::actor_cast<inner_actor>(handle), caf::ok_atom_v, id,
                       std::move(answer));
    },
  };
}

caf::result<gateway_answer> send(pointer self,
                                 std::variant<http_request, mail> what) {
  auto& state = self->state;
  if (state.waiting.size() >= state.requests_max)
    return make_error(ec::queue_full,
                      fmt::format("{} requests are on their way, the most that "
                                  "may",
                                  state.waiting.size()));
  auto promise = self->make_response_promise<gateway_state::promise>();
  state.waiting.emplace(++state.last, promise);
  state.loop->send(state.last, std::move(what));
  return promise;
}

inner_actor::behavior_type gateway(pointer self, size_t requests_max) {
  self->state.requests_max = requests_max;
  self->state.loop =
    std::make_unique<curl_loop>([by = self->spawn(usher, self->address())](
                                  uint64_t id, gateway_answer answer) {
      caf::anon_send(by, caf::ok_atom_v, id, std::move(answer));
    });
  return {
    [self](post_atom, http_request& x) { return send(self, std::move(x)); },
    [self](post_atom, mail& x) { return send(self, std::move(x)); },
    [self](caf::ok_atom, uint64_t id, gateway_answer& answer) {
      auto node = self->state.waiting.extract(id);
      if (!node.empty())
        node.mapped().deliver(std::move(answer));
    },
  };
}

} // namespace

gateway_actor spawn_curl_gateway(caf::actor_system& system,
                                 size_t requests_max) {
  return system.spawn(gateway, requests_max);
}

} // namespace troupe
