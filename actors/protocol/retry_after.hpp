#pragma once

#include <optional>
#include <string>

#include <caf/error.hpp>
#include <caf/timespan.hpp>

#include "actors/protocol/errors.hpp"

namespace troupe {

/// An error after which it makes no sense to try again before `wait` is over.
caf::error make_error(ec code, std::string text, caf::timespan wait);

/// How long that is; none: the error does not say.
std::optional<caf::timespan> retry_after(const caf::error& x);

} // namespace troupe
