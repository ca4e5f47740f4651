#pragma once

#include <functional>
#include <variant>

#include <caf/expected.hpp>

#include "actors/handlers/gateway.hpp"

namespace troupe {

using gateway_request = std::variant<http_request, mail>;

/// What a handler that sends does: values in, values out.
struct sender {
  /// What to send for a record. Error: `record_rejected`.
  std::function<caf::expected<gateway_request>(const delivery& x)> render;
  /// What the answer means for the record: see `judge`.
  std::function<caf::error(const gateway_answer& x)> judge;
  /// How long a request may take.
  caf::timespan timeout = {};
};

} // namespace troupe
