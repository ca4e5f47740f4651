#pragma once

#include "actors/consumer/handler.hpp"

namespace troupe {

/// Registers the handlers that come with Troupe, unless a handler of the same
/// name is registered already: `print` writes to standard output.
void add_shipped_handlers(handler_registry& handlers);

} // namespace troupe
