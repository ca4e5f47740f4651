#include "runtime/link/connect.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <fmt/format.h>

#include "config/host_port.hpp"
#include "config/rules.hpp"
#include "runtime/link/link.hpp"

namespace troupe::link {

namespace {

using pointer = connector_actor::stateful_pointer<connector_state>;

/// Where a name leads to: addresses in digits, to be tried in this order.
using hosts = std::vector<std::string>;

struct address_deleter {
  void operator()(addrinfo* x) const {
    ::freeaddrinfo(x);
  }
};

/// `flags`: AI_NUMERICHOST asks nobody.
caf::expected<std::unique_ptr<addrinfo, address_deleter>> look_up(
  const std::string& host, uint16_t port, int flags) {
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  auto failed =
    ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed != 0)
    return make_error(ec::not_available, ::gai_strerror(failed));
  return std::unique_ptr<addrinfo, address_deleter>{found};
}

/// Looks a name up, which may take long, and ends.
caf::behavior resolver(caf::event_based_actor* self) {
  return {
    [self](caf::get_atom, const std::string& name) -> caf::result<hosts> {
      self->quit();
      auto found = look_up(name, 0, 0);
      if (!found)
        return found.error();
      hosts result;
      for (auto* x = found->get(); x != nullptr; x = x->ai_next) {
        char text[NI_MAXHOST] = {};
        if (::getnameinfo(x->ai_addr, x->ai_addrlen, text, sizeof(text),
                          nullptr, 0, NI_NUMERICHOST)
            == 0)
          result.emplace_back(text);
      }
      return result;
    },
  };
}

/// A socket that is connecting; -1: it cannot.
int begin_connecting(const std::string& host, uint16_t port) {
  auto found = look_up(host, port, AI_NUMERICHOST);
  if (!found)
    return -1;
  const auto& x = **found;
  auto socket = ::socket(
    x.ai_family, x.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, x.ai_protocol);
  if (socket < 0)
    return -1;
  if (::connect(socket, x.ai_addr, x.ai_addrlen) == 0 || errno == EINPROGRESS)
    return socket;
  ::close(socket);
  return -1;
}

void finish(pointer self, const std::string& address,
            const caf::expected<caf::strong_actor_ptr>& result) {
  auto i = self->state.addresses.find(address);
  if (i == self->state.addresses.end())
    return;
  auto waiting = std::move(i->second.waiting);
  i->second.failed = nullptr;
  if (!result)
    self->state.addresses.erase(i);
  for (auto& x : waiting)
    if (result)
      x.deliver(*result);
    else
      x.deliver(result.error());
}

/// The link has no answer to give, or has ended: once for each.
void fail(pointer self, const caf::actor_addr& link, const caf::error& why) {
  auto& known = self->state.addresses;
  for (auto i = known.begin(); i != known.end(); ++i) {
    if (i->second.link != link)
      continue;
    if (i->second.waiting.empty())
      known.erase(i);
    else if (auto failed = std::exchange(i->second.failed, nullptr))
      failed(why);
    return;
  }
}

/// Goes through the addresses that a name stands for.
void try_next(pointer self, const std::string& address, const hosts& all,
              size_t next, uint16_t port, const caf::error& last) {
  auto socket = -1;
  for (; next < all.size() && socket < 0; ++next)
    socket = begin_connecting(all[next], port);
  if (socket < 0)
    return finish(self, address, last);
  const auto& links = self->state.all;
  auto& backend = links->system().middleman().backend();
  auto made =
    spawn_link(links, side::client, address, backend.new_scribe(socket));
  auto& entry = self->state.addresses[address];
  entry.link = made;
  // Whichever is heard of first, its answer or its end.
  entry.failed = [=](const caf::error& why) {
    self->state.addresses[address].link = nullptr;
    auto known =
      code_of(why) == ec::none ? make_error(
        ec::not_available, fmt::format("{} is not reached: no answer", address))
                               : why;
    try_next(self, address, all, next, port, known);
  };
  self->monitor(made);
  // The link bounds the time itself.
  self->request(made, caf::infinite, caf::connect_atom_v)
    .then(
      [=](caf::strong_actor_ptr& door) {
        finish(self, address, std::move(door));
      },
      [=](const caf::error& why) {
        // One that has ended says why itself.
        if (why == caf::sec::request_receiver_down)
          return;
        self->send_exit(made, caf::exit_reason::user_shutdown);
        fail(self, made.address(), why);
      });
}

void connect(pointer self, const std::string& address, const host_port& where) {
  auto failed = [=](const std::string& why) {
    return make_error(ec::not_available,
                      fmt::format("{} is not reached: {}", address, why));
  };
  auto refused = failed("it cannot be connected to");
  if (look_up(where.host, where.port, AI_NUMERICHOST))
    return try_next(self, address, {where.host}, 0, where.port, refused);
  self
    ->request(self->spawn<caf::detached>(resolver), caf::infinite,
              caf::get_atom_v, where.host)
    .then(
      [=](const hosts& found) {
        try_next(self, address, found, 0, where.port, refused);
      },
      [=](const caf::error& why) { finish(self, address, failed(what(why))); });
}

/// There is a link already.
void ask_again(pointer self, const std::string& address,
               const host_port& where) {
  self
    ->request(self->state.addresses[address].link, caf::infinite,
              caf::connect_atom_v)
    .then(
      [=](caf::strong_actor_ptr& door) {
        finish(self, address, std::move(door));
      },
      // It is just ending.
      [=](const caf::error&) { connect(self, address, where); });
}

caf::error check(const hub& all, const std::string& address,
                 const std::optional<host_port>& where) {
  if (!where)
    return make_error(ec::invalid_argument,
                      fmt::format("'{}' is no host:port", address));
  if (!all.tls() && !all.config().insecure && !is_loopback(where->host))
    return make_error(ec::invalid_argument,
                      fmt::format("{} is another machine, and there is no "
                                  "certificate to encrypt what goes there",
                                  address));
  return {};
}

} // namespace

connector_actor::behavior_type connector(pointer self,
                                         const std::shared_ptr<hub>& all) {
  self->state.all = all;
  self->set_down_handler(
    [self](const caf::down_msg& x) { fail(self, x.source, x.reason); });
  return {
    [self](caf::connect_atom,
           const std::string& address) -> caf::result<caf::strong_actor_ptr> {
      auto& state = self->state;
      auto where = parse_host_port(address);
      if (auto wrong = check(*state.all, address, where))
        return wrong;
      auto promise = self->make_response_promise<connector_state::promise>();
      auto& entry = state.addresses[address];
      if (!entry.waiting.empty()) {
        entry.waiting.push_back(promise);
        return promise;
      }
      entry.waiting.push_back(promise);
      if (entry.link)
        ask_again(self, address, *where);
      else
        connect(self, address, *where);
      return promise;
    },
  };
}

} // namespace troupe::link
