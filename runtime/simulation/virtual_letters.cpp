// What passes between the processes of a virtual network.

#include <algorithm>
#include <stdexcept>

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/scoped_execution_unit.hpp>

#include "runtime/simulation/virtual_host.hpp"

namespace troupe::simulation {

namespace {

/// Reads and writes messages of one process.
class unit : public caf::scoped_execution_unit {
public:
  unit(caf::actor_system& system, caf::proxy_registry& proxies)
    : caf::scoped_execution_unit(&system) {
    proxy_registry_ptr(&proxies);
  }
};

} // namespace

void virtual_network::send(host& from, const caf::node_id& node,
                           caf::actor_id to, caf::mailbox_element& what) {
  auto* other = find(node);
  if (other == nullptr)
    return;
  letter x;
  x.to = to;
  x.mid = what.mid;
  unit context{from.sys->system(), *from.proxies};
  caf::binary_serializer sink{&context, x.content};
  auto content = what.move_content_to_message();
  if (auto failed = sink(what.sender, content))
    throw std::runtime_error("virtual_network: a message cannot be written");
  if (what.mid.is_request() && what.sender
      && what.sender->node() == from.node())
    from.pending[{what.sender->id(), what.mid.response_id().integer_value()}] =
      other->id;
  post(from, *other, std::move(x));
}

void virtual_network::post(host& from, host& to, letter x) {
  key between{from.id, to.id};
  auto& way = lines_[between];
  std::uniform_int_distribution<int64_t> length{way.latency_min.count(),
                                                way.latency_max.count()};
  auto latency = in_order_ ? way.latency_min : caf::timespan{length(random_)};
  x.due = std::max(way.last_due, now_ + latency);
  way.last_due = x.due;
  way.letters.push_back(std::move(x));
  ++letters_;
  if (!passes(between))
    hold(between);
}

void virtual_network::arrive(host& from, host& to, letter x) {
  switch (x.kind) {
    case letter_kind::message:
      return deliver(to, x);
    case letter_kind::watch:
      return watch(from, to, x.to);
    case letter_kind::down:
      break;
  }
  caf::error why;
  unit context{to.sys->system(), *to.proxies};
  caf::binary_deserializer source{&context, x.content};
  if (source(why) != caf::none)
    throw std::runtime_error("virtual_network: an error cannot be read");
  to.proxies->erase(from.node(), x.to, why);
}

void virtual_network::deliver(host& to, letter& x) {
  unit context{to.sys->system(), *to.proxies};
  caf::binary_deserializer source{&context, x.content};
  caf::strong_actor_ptr sender;
  caf::message content;
  if (source(sender, content) != caf::none)
    throw std::runtime_error("virtual_network: a message cannot be read");
  if (x.mid.is_response())
    to.pending.erase({x.to, x.mid.integer_value()});
  if (auto whom = to.sys->system().registry().get(x.to)) {
    whom->enqueue(caf::make_mailbox_element(std::move(sender), x.mid, {},
                                            std::move(content)),
                  &context);
  } else if (x.mid.is_request() && sender) {
    sender->enqueue(
      nullptr, x.mid.response_id(),
      caf::make_message(make_error(caf::sec::request_receiver_down)), &context);
  }
}

void virtual_network::watch(host& from, host& to, caf::actor_id whom) {
  auto tell = [this, watcher = from.id, owner = to.id, node = to.node(),
               whom](const caf::error& why) {
    auto a = hosts_.find(watcher);
    auto b = hosts_.find(owner);
    if (a == hosts_.end() || b == hosts_.end() || b->second->node() != node
        || b->second->is_ending)
      return;
    letter x;
    x.kind = letter_kind::down;
    x.to = whom;
    unit context{b->second->sys->system(), *b->second->proxies};
    caf::binary_serializer sink{&context, x.content};
    static_cast<void>(sink(why));
    post(*b->second, *a->second, std::move(x));
  };
  if (auto found = to.sys->system().registry().get(whom))
    found->get()->attach_functor(tell);
  else
    tell(make_error(caf::exit_reason::unknown));
}

} // namespace troupe::simulation
