#include "runtime/simulation/virtual_network.hpp"

#include <algorithm>
#include <stdexcept>

#include <caf/actor_registry.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "runtime/simulation/virtual_host.hpp"

namespace troupe::simulation {

virtual_network::virtual_network(uint64_t seed)
  : random_(seed), in_order_(seed == 0) {}

virtual_network::~virtual_network() {
  while (!hosts_.empty())
    end(hosts_.begin()->first);
}

// -- processes ---------------------------------------------------------------

virtual_system& virtual_network::start(host_id id) {
  if (runs(id))
    throw std::logic_error("virtual_network: this host runs already");
  auto seed = in_order_ ? 0 : random_() | 1;
  auto x = std::make_unique<host>(this, id, seed);
  // Of 256 systems in a row two have the same name.
  while (find(x->node()) != nullptr)
    x = std::make_unique<host>(this, id, seed);
  x->sys->set_time(now_);
  return *(hosts_[id] = std::move(x))->sys;
}

void virtual_network::end(host_id id) {
  auto i = hosts_.find(id);
  if (i == hosts_.end())
    return;
  i->second->is_ending = true;
  auto node = i->second->node();
  // Others look for it in vain from now on.
  auto ending = hosts_.extract(i);
  ending.mapped().reset();
  for (auto& [between, way] : lines_)
    if (between.first == id || between.second == id) {
      way.letters.clear();
      way.held_since.reset();
    }
  for (auto& [other, x] : hosts_)
    forget(*x, node);
  for (auto& [other, x] : hosts_)
    answer_pending(*x, id);
}

bool virtual_network::runs(host_id id) const {
  return hosts_.count(id) > 0;
}

virtual_system& virtual_network::at(host_id id) {
  return *hosts_.at(id)->sys;
}

virtual_network::host_id virtual_network::host_of(const caf::node_id& node) {
  auto* x = find(node);
  if (x == nullptr)
    throw std::logic_error("virtual_network: of no process that runs");
  return x->id;
}

virtual_system* virtual_network::system_of(const caf::node_id& node) {
  auto* x = find(node);
  return x == nullptr ? nullptr : x->sys.get();
}

void virtual_network::publish(host_id id, const std::string& address,
                              const caf::strong_actor_ptr& door) {
  auto& x = *hosts_.at(id);
  x.sys->system().registry().put(door->id(), door);
  x.doors[address] = door;
}

caf::strong_actor_ptr virtual_network::look_up(host_id from,
                                               const std::string& address) {
  // One that is ending reaches nobody.
  auto self = hosts_.find(from);
  if (self == hosts_.end())
    return nullptr;
  for (auto& [id, x] : hosts_) {
    auto door = x->doors.find(address);
    if (door == x->doors.end())
      continue;
    if (id == from)
      return door->second;
    if (!passes({from, id}) || !passes({id, from}))
      return nullptr;
    return self->second->proxies->get_or_put(x->node(), door->second->id());
  }
  return nullptr;
}

connector_actor virtual_network::connector_of(host_id id) {
  return at(id).spawn(
    [this, id](connector_actor::pointer) -> connector_actor::behavior_type {
      return {
        [this,
         id](caf::connect_atom,
             const std::string& address) -> caf::result<caf::strong_actor_ptr> {
          if (auto found = look_up(id, address))
            return found;
          return make_error(ec::not_available, address + " is not reached");
        },
      };
    });
}

virtual_network::host* virtual_network::find(const caf::node_id& node) {
  for (auto& [id, x] : hosts_)
    if (x->node() == node)
      return x.get();
  return nullptr;
}

// -- faults ------------------------------------------------------------------

bool virtual_network::passes(const key& between) const {
  auto i = lines_.find(between);
  return (i == lines_.end() || !i->second.is_cut) && !is_paused(between.first)
         && !is_paused(between.second);
}

void virtual_network::hold(const key& between) {
  auto& x = lines_[between];
  if (!x.held_since)
    x.held_since = now_;
}

void virtual_network::release() {
  for (auto& [between, x] : lines_)
    if (passes(between))
      x.held_since.reset();
}

void virtual_network::cut(host_id from, host_id to) {
  lines_[{from, to}].is_cut = true;
  hold({from, to});
}

void virtual_network::mend(host_id from, host_id to) {
  lines_[{from, to}].is_cut = false;
  release();
}

void virtual_network::mend_all() {
  for (auto& [between, x] : lines_)
    x.is_cut = false;
  release();
}

void virtual_network::set_latency(host_id from, host_id to, caf::timespan min,
                                  caf::timespan max) {
  auto& x = lines_[{from, to}];
  x.latency_min = min;
  x.latency_max = max;
}

void virtual_network::pause(host_id id) {
  hosts_.at(id)->is_paused = true;
  for (auto& [other, x] : hosts_)
    if (other != id) {
      hold({id, other});
      hold({other, id});
    }
}

void virtual_network::resume(host_id id) {
  auto& x = *hosts_.at(id);
  x.is_paused = false;
  x.sys->set_time(now_);
  release();
}

bool virtual_network::is_paused(host_id id) const {
  auto i = hosts_.find(id);
  return i != hosts_.end() && i->second->is_paused;
}

void virtual_network::break_connection(host_id a, host_id b) {
  for (auto between : {key{a, b}, key{b, a}}) {
    auto& x = lines_[between];
    x.letters.clear();
    x.held_since.reset();
  }
  auto first = hosts_.find(a);
  auto second = hosts_.find(b);
  if (first == hosts_.end() || second == hosts_.end())
    return;
  forget(*first->second, second->second->node());
  forget(*second->second, first->second->node());
  answer_pending(*first->second, b);
  answer_pending(*second->second, a);
}

void virtual_network::forget(host& x, const caf::node_id& other) {
  x.proxies->erase(other);
}

void virtual_network::answer_pending(host& x, host_id other) {
  auto why = make_error(caf::exit_reason::remote_link_unreachable);
  for (auto i = x.pending.begin(); i != x.pending.end();) {
    if (i->second != other) {
      ++i;
      continue;
    }
    auto [asker, mid] = i->first;
    i = x.pending.erase(i);
    if (auto whom = x.sys->system().registry().get(asker))
      whom->enqueue(nullptr, caf::make_message_id(mid), caf::make_message(why),
                    nullptr);
  }
}

// -- time --------------------------------------------------------------------

epoch_offset virtual_network::epoch() const noexcept {
  return virtual_system::begin_epoch();
}

bool virtual_network::step() {
  std::vector<host*> ready;
  for (auto& [id, x] : hosts_)
    if (!x->is_paused && x->sys->is_ready())
      ready.push_back(x.get());
  if (ready.empty())
    return false;
  auto chosen = in_order_ ? 0 : random_() % ready.size();
  return ready[chosen]->sys->step();
}

bool virtual_network::fire(caf::actor_clock::time_point end) {
  auto due = end;
  std::function<void()> act;
  auto consider = [&](caf::actor_clock::time_point when, auto what) {
    if (when > end || (act && when >= due))
      return;
    due = when;
    act = std::move(what);
  };
  for (auto& [id, x] : hosts_)
    if (!x->is_paused)
      if (auto timer = x->sys->next_timer())
        consider(*timer, [sys = x->sys.get()] { sys->fire(); });
  for (auto& [between, way] : lines_) {
    auto [from, to] = between;
    if (!runs(from) || !runs(to))
      continue;
    if (way.held_since)
      consider(*way.held_since + silence,
               [this, from = from, to = to] { break_connection(from, to); });
    if (!way.letters.empty() && passes(between))
      consider(way.letters.front().due,
               [this, &way = way, from = from, to = to] {
                 auto x = std::move(way.letters.front());
                 way.letters.pop_front();
                 arrive(*hosts_.at(from), *hosts_.at(to), std::move(x));
               });
  }
  set_time(std::max(now_, due));
  if (!act)
    return false;
  act();
  return true;
}

void virtual_network::set_time(caf::actor_clock::time_point x) {
  now_ = x;
  for (auto& [id, each] : hosts_)
    if (!each->is_paused)
      each->sys->set_time(x);
}

void virtual_network::run(size_t steps_max) {
  while (step())
    if (steps_max-- == 0)
      throw std::runtime_error(
        "virtual_network: the actors do not come to rest");
}

void virtual_network::advance(caf::timespan duration) {
  auto end = now_ + duration;
  do
    run();
  while (fire(end));
}

bool virtual_network::run_until(const std::function<bool()>& done,
                                caf::timespan bound) {
  auto end = now_ + bound;
  for (;;) {
    while (!done())
      if (!step())
        break;
    if (done())
      return true;
    if (!fire(end))
      return false;
  }
}

} // namespace troupe::simulation
