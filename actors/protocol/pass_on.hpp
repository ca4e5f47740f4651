#pragma once

#include <utility>

#include <caf/timespan.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/protocol/errors.hpp"

namespace troupe {

/// Asks `to` in the place of who asks `self`, who gets an answer in any case:
/// `timed_out` after `bound`, `not_available` when `to` stops or the connection
/// to it is lost. (What CAF delegates has none when the other's process dies
/// first.)
template <class Result, class Self, class Handle, class... Ts>
caf::typed_response_promise<Result> pass_on(Self* self, const Handle& to,
                                            caf::timespan bound, Ts... xs) {
  auto promise =
    self->template make_response_promise<caf::typed_response_promise<Result>>();
  self->request(to, bound, std::move(xs)...)
    .then([promise](Result& x) mutable { promise.deliver(std::move(x)); },
          [promise](caf::error& why) mutable {
            if (code_of(why) == ec::shutting_down)
              // Another one answers soon: who asks does not know that one.
              promise.deliver(make_error(ec::not_available, what(why)));
            else if (code_of(why) != ec::none)
              promise.deliver(std::move(why));
            else if (why == caf::sec::request_timeout)
              promise.deliver(make_error(ec::timed_out, "no answer in time"));
            else
              promise.deliver(make_error(
                ec::not_available, "who should answer is gone: " + what(why)));
          });
  return promise;
}

} // namespace troupe
