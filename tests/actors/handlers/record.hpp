#pragma once

#include <string>
#include <utility>

#include "actors/handlers/option_reader.hpp"
#include "actors/protocol/client_messages.hpp"

namespace troupe::tests {

/// `messages-2@20`, posted at the first second of 2026.
inline delivery a_record(bytes value, bytes key = bytes{"anna"}) {
  return {"messages",
          {uuid{1, 1}, 2},
          20,
          {std::move(key),
           std::move(value),
           {{"lang", bytes{"de"}}},
           1'767'225'601'000},
          1};
}

/// Knows one variable and one file.
inline secret_source some_secrets() {
  auto give = [](const std::string& name) -> caf::expected<std::string> {
    if (name == "PASSWORD" || name == "/etc/password")
      return std::string{"p&ss"};
    return make_error(ec::invalid_argument, "there is no " + name);
  };
  return {give, give};
}

} // namespace troupe::tests
