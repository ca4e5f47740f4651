#pragma once

#include <string>

#include <caf/atom.hpp>
#include <caf/typed_actor.hpp>

#include "actors/protocol/interfaces.hpp"

namespace troupe {

/// CONNECTOR: reaches other processes. Answers with the node that listens at
/// `host:port`.
using connector_actor = caf::typed_actor<
  caf::replies_to<caf::connect_atom, std::string>::with<caf::strong_actor_ptr>>;

} // namespace troupe
