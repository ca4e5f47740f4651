#pragma once

#include "actors/protocol/ids.hpp"

namespace troupe {

/// A new id, from the machine's source of randomness.
uuid random_uuid();

} // namespace troupe
