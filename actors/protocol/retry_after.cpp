#include "actors/protocol/retry_after.hpp"

#include <utility>

#include <caf/atom.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>

namespace troupe {

caf::error make_error(ec code, std::string text, caf::timespan wait) {
  return {static_cast<uint8_t>(code), caf::atom("troupe"),
          caf::make_message(std::move(text), wait)};
}

std::optional<caf::timespan> retry_after(const caf::error& x) {
  if (code_of(x) == ec::none
      || !x.context().match_elements<std::string, caf::timespan>())
    return std::nullopt;
  return x.context().get_as<caf::timespan>(1);
}

} // namespace troupe
