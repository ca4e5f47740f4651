#include "runtime/connector.hpp"

#include <set>
#include <utility>

#include <caf/io/middleman.hpp>
#include <caf/io/middleman_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <fmt/format.h>

#include "config/host_port.hpp"

namespace troupe {

connector_actor::behavior_type connector(connector_actor::pointer self) {
  return {
    [self](caf::connect_atom x,
           const std::string& address) -> caf::result<caf::strong_actor_ptr> {
      auto where = parse_host_port(address);
      if (!where)
        return make_error(ec::invalid_argument,
                          fmt::format("'{}' is no host:port", address));
      auto promise = self->make_response_promise<
        caf::typed_response_promise<caf::strong_actor_ptr>>();
      auto failed = [promise, address](std::string why) mutable {
        promise.deliver(
          make_error(ec::not_available,
                     fmt::format("{} is not reached: {}", address, why)));
      };
      self
        ->request(self->system().middleman().actor_handle(),
                  std::chrono::seconds{10}, x, where->host, where->port)
        .then(
          [=](const caf::node_id&, caf::strong_actor_ptr& node,
              const std::set<std::string>&) mutable {
            if (node)
              promise.deliver(std::move(node));
            else
              failed("no node listens there");
          },
          [=](const caf::error& why) mutable { failed(what(why)); });
      return promise;
    },
  };
}

} // namespace troupe
