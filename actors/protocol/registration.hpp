#pragma once

#include <caf/actor_system_config.hpp>

#include "actors/protocol/interfaces.hpp"

namespace troupe {

/// Tells an actor system of every type that messages are made of; each one that
/// runs Troupe's actors needs it.
inline void register_messages(caf::actor_system_config& config) {
  config.add_message_types<caf::id_block::troupe>();
  config.add_message_types<caf::id_block::troupe_roles>();
}

} // namespace troupe
