#pragma once

#include <memory>
#include <string>

#include <caf/expected.hpp>

#include "runtime/link/hub.hpp"

namespace troupe::link {

/// Listens for other processes until the hub is closed; each one that comes
/// gets a link. Port 0: one that is free. Answers with the port. Error:
/// `not_available`, when the address cannot be listened on.
caf::expected<uint16_t> listen(const std::shared_ptr<hub>& all,
                               const std::string& address, uint16_t port);

} // namespace troupe::link
