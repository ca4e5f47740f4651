#pragma once

#include <utility>

#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/typed_response_promise.hpp>

namespace troupe {

/// An effect that answers `promise` with what a turn resulted in, or with the
/// reason for which that never became durable.
template <class Result>
auto reply(caf::typed_response_promise<Result> promise,
           caf::expected<Result> result) {
  return
    [promise, result = std::move(result)](const caf::error& fault) mutable {
      if (!promise.pending())
        return;
      if (fault)
        promise.deliver(fault);
      else if (result)
        promise.deliver(std::move(*result));
      else
        promise.deliver(result.error());
    };
}

} // namespace troupe
