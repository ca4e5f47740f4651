#include "runtime/link/listener.hpp"

#include <sys/socket.h>

#include <caf/io/broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>
#include <fmt/format.h>

#include "runtime/link/link.hpp"

namespace troupe::link {

namespace {

/// A killed node's connections linger for a minute; its successor is not to
/// wait for them. A second node on a port is refused all the same.
constexpr bool reuses_port = true;

/// Something to call a connection by, in logs.
std::string name_of(const std::string& host, uint16_t port) {
  return host.find(':') == host.npos ? fmt::format("{}:{}", host, port)
                                     : fmt::format("[{}]:{}", host, port);
}

void accept(caf::io::broker* self, const std::shared_ptr<hub>& all,
            caf::io::connection_handle handle) {
  auto address = name_of(self->remote_addr(handle), self->remote_port(handle));
  if (!all->admit_stranger()) {
    counters::add(all->count().refused_other);
    all->report_refusal(log_level::warning, address, "there are too many");
    ::shutdown(static_cast<int>(handle.id()), SHUT_RDWR);
    self->close(handle);
    return;
  }
  spawn_link(all, side::server, address, self->take(handle));
}

caf::behavior listener(caf::io::broker* self, const std::shared_ptr<hub>& all) {
  self->set_default_handler(caf::drop);
  if (!all->adopt(caf::actor{self}))
    return {};
  return {
    [=](caf::open_atom, const std::string& address,
        uint16_t port) -> caf::result<uint16_t> {
      auto opened = self->add_tcp_doorman(port, address.c_str(), reuses_port);
      if (!opened)
        return make_error(ec::not_available,
                          fmt::format("cannot listen on {}:{}", address, port));
      return opened->second;
    },
    [=](const caf::io::new_connection_msg& x) { accept(self, all, x.handle); },
  };
}

} // namespace

caf::expected<uint16_t> listen(const std::shared_ptr<hub>& all,
                               const std::string& address, uint16_t port) {
  auto broker = all->system().middleman().spawn_broker(listener, all);
  caf::scoped_actor self{all->system()};
  caf::expected<uint16_t> result = make_error(ec::not_available, "");
  self->request(broker, caf::infinite, caf::open_atom_v, address, port)
    .receive([&](uint16_t x) { result = x; },
             [&](caf::error& why) { result = std::move(why); });
  if (!result)
    self->send_exit(broker, caf::exit_reason::kill);
  return result;
}

} // namespace troupe::link
