#pragma once

#include <string>

#include "actors/consumer/consumer_state.hpp"

namespace troupe {

/// Starts a member of `config.settings.group`: it joins, and reads until it is
/// stopped. Its settings are valid (see `settings_reader`). Its end without
/// `stop_atom` counts as a crash.
consumer_actor::behavior_type consumer(
  consumer_actor::stateful_pointer<consumer_state> self,
  consumer_config config);

} // namespace troupe
