#include "runtime/shipped_handlers.hpp"

#include <cstdio>
#include <map>
#include <memory>
#include <mutex>

#include <caf/actor_cast.hpp>

#include "actors/handlers/email.hpp"
#include "actors/handlers/gateway_handler.hpp"
#include "actors/handlers/print.hpp"
#include "actors/handlers/sms.hpp"
#include "actors/handlers/webhook.hpp"
#include "runtime/gateway/curl_gateway.hpp"
#include "runtime/gateway/secrets.hpp"

namespace troupe {

namespace {

/// One call a line: lines of several threads do not mix.
void write_line(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
}

/// The gateway of each actor system: one for all of its handlers, for as long
/// as there are any.
class shared_gateway {
public:
  gateway_actor of(caf::actor_system& system) {
    std::lock_guard guard{mutex_};
    auto& last = known_[&system];
    if (auto handle = caf::actor_cast<caf::strong_actor_ptr>(last))
      return caf::actor_cast<gateway_actor>(handle);
    auto result = spawn_curl_gateway(system);
    last = result.address();
    return result;
  }

private:
  std::mutex mutex_;
  std::map<caf::actor_system*, caf::actor_addr> known_;
};

using sender_factory = caf::expected<sender> (*)(const handler_options&,
                                                 const secret_source&);

handler_factory sending(sender_factory make,
                        std::shared_ptr<shared_gateway> gateway) {
  return [=](const handler_options& options) -> caf::expected<handler> {
    auto how = make(options, machine_secrets());
    if (!how)
      return std::move(how.error());
    auto spawn = [gateway, how = *how](caf::actor_system& system) {
      return system.spawn(gateway_handler, gateway->of(system), how);
    };
    return handler{nullptr, spawn, how->timeout};
  };
}

} // namespace

void add_shipped_handlers(handler_registry& handlers) {
  auto gateway = std::make_shared<shared_gateway>();
  std::map<std::string, handler_factory> shipped{
    {"print", make_print(write_line)},
    {"sms", sending(make_sms, gateway)},
    {"email", sending(make_email, gateway)},
    {"webhook", sending(make_webhook, gateway)},
  };
  for (const auto& name : handlers.names())
    shipped.erase(name);
  for (auto& [name, make] : shipped)
    handlers.add_factory(name, std::move(make));
}

} // namespace troupe
