#include "actors/handlers/gateway_handler.hpp"

#include <utility>

#include <caf/typed_response_promise.hpp>

namespace troupe {

handler_actor::behavior_type gateway_handler(handler_actor::pointer self,
                                             gateway_actor gateway,
                                             const sender& how) {
  return {
    [=](handle_atom, const delivery& x) -> caf::result<caf::ok_atom> {
      auto request = how.render(x);
      if (!request)
        return std::move(request.error());
      auto promise =
        self
          ->make_response_promise<caf::typed_response_promise<caf::ok_atom>>();
      auto done = [=](const gateway_answer& answer) mutable {
        if (auto failure = how.judge(answer))
          promise.deliver(std::move(failure));
        else
          promise.deliver(caf::ok_atom_v);
      };
      auto failed = [=](caf::error& why) mutable {
        promise.deliver(make_error(ec::gateway_unavailable, what(why)));
      };
      // The gateway bounds the time itself.
      std::visit(
        [&](auto& what_to_send) {
          self
            ->request(gateway, caf::infinite, post_atom_v,
                      std::move(what_to_send))
            .then(done, failed);
        },
        *request);
      return promise;
    },
  };
}

} // namespace troupe
