#include "runtime/link/hub.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_registry.hpp>
#include <caf/make_actor.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include "runtime/link/proxy.hpp"

namespace troupe::link {

namespace {

proxy* as_proxy(const caf::strong_actor_ptr& x) {
  return static_cast<proxy*>(caf::actor_cast<caf::abstract_actor*>(x));
}

const std::shared_ptr<outlet>& way_of(const caf::strong_actor_ptr& x) {
  return as_proxy(x)->way();
}

} // namespace

hub::hub(caf::actor_system& system, hub_config config)
  : system_(system), config_(std::move(config)),
    pending_(std::make_shared<pending_requests>()), proxies_(system, *this) {}

caf::expected<std::shared_ptr<hub>> hub::make(caf::actor_system& system,
                                              hub_config config) {
  std::shared_ptr<hub> result{new hub{system, std::move(config)}};
  if (result->config_.tls != tls_settings{}) {
    auto loaded = tls_context::load(result->config_.tls);
    if (!loaded)
      return loaded.error();
    result->tls_ = std::move(*loaded);
  }
  return result;
}

hub::~hub() {
  close();
}

void hub::close() {
  is_closed_ = true;
  std::map<caf::actor_addr, caf::actor> ending;
  {
    std::lock_guard guard{mutex_};
    ending.swap(brokers_);
  }
  for (auto& [address, broker] : ending)
    caf::anon_send_exit(broker, caf::exit_reason::user_shutdown);
}

// -- who this is -------------------------------------------------------------

void hub::set_cluster_id(const uuid& x) {
  std::lock_guard guard{mutex_};
  cluster_id_ = x;
}

void hub::set_door(const caf::strong_actor_ptr& x) {
  if (x)
    system_.registry().put(x->id(), x);
  std::lock_guard guard{mutex_};
  door_ = x ? x->id() : 0;
}

hello hub::introduction() const {
  std::lock_guard guard{mutex_};
  return {config_.kind, config_.node_id, cluster_id_, door_,
          caf::to_string(system_.node())};
}

std::string hub::refusal(const hello& peer, peer_role role) const {
  auto own = introduction();
  if (!peer.cluster_id.is_nil() && !own.cluster_id.is_nil()
      && peer.cluster_id != own.cluster_id)
    return fmt::format("it is of cluster {}, this one is of {}",
                       to_string(peer.cluster_id), to_string(own.cluster_id));
  if (!tls_)
    return {};
  if (role == peer_role::none)
    return "its certificate gives it no role: one OU is wanted: node, worker, "
           "admin or reader";
  if (peer.kind == party::node && role != peer_role::node)
    return fmt::format("a node needs a certificate with OU=node, and its one "
                       "has OU={}",
                       to_string(role));
  return {};
}

void hub::report(log_level level, std::string_view event,
                 const std::vector<log_field>& facts) const {
  if (config_.report)
    config_.report(level, event, facts);
}

void hub::report_refusal(log_level level, const std::string& address,
                         const std::string& why) {
  constexpr auto pause = std::chrono::seconds{30};
  constexpr size_t known_max = 1024;
  uint64_t unsaid = 0;
  {
    std::lock_guard guard{mutex_};
    // Each attempt comes from another port.
    auto key = address.substr(0, address.rfind(':')) + ' ' + why;
    auto now = system_.clock().now();
    if (turned_away_.size() >= known_max && !turned_away_.contains(key))
      turned_away_.clear();
    auto [i, is_new] =
      turned_away_.try_emplace(std::move(key), turned_away{now, 0});
    if (!is_new && now - i->second.said < pause) {
      ++i->second.unsaid;
      return;
    }
    i->second.said = now;
    unsaid = std::exchange(i->second.unsaid, 0);
  }
  std::vector<log_field> facts{{"address", address}, {"why", why}};
  if (unsaid > 0)
    facts.push_back({"times", std::to_string(unsaid + 1)});
  report(level, "connection refused", facts);
}

link_metrics hub::metrics() const {
  link_metrics result;
  {
    std::lock_guard guard{mutex_};
    result.open = static_cast<uint32_t>(ways_.size());
    for (const auto& x : ways_)
      result.unanswered_bytes += x->frames().unanswered();
  }
  result.bytes_sent = counters_.bytes_sent;
  result.bytes_received = counters_.bytes_received;
  result.opened = counters_.opened;
  result.lost = counters_.lost;
  result.refused_tls = counters_.refused_tls;
  result.refused_garbage = counters_.refused_garbage;
  result.refused_other = counters_.refused_other;
  result.requests_refused = counters_.requests_refused;
  return result;
}

// -- who is there ------------------------------------------------------------

bool hub::adopt(const caf::actor& broker) {
  std::lock_guard guard{mutex_};
  if (is_closed_)
    return false;
  brokers_.emplace(broker.address(), broker);
  return true;
}

void hub::release(const caf::actor_addr& broker) {
  // What may be the last reference goes without the lock.
  caf::actor last;
  std::lock_guard guard{mutex_};
  auto i = brokers_.find(broker);
  if (i == brokers_.end())
    return;
  last = std::move(i->second);
  brokers_.erase(i);
}

bool hub::admit_stranger() {
  std::lock_guard guard{mutex_};
  if (is_closed_ || strangers_ >= config_.bounds.strangers_max
      || brokers_.size() >= config_.bounds.links_max)
    return false;
  ++strangers_;
  return true;
}

void hub::stranger_known() {
  std::lock_guard guard{mutex_};
  --strangers_;
}

// -- proxies -----------------------------------------------------------------

void hub::opened(const std::shared_ptr<outlet>& way) {
  counters::add(counters_.opened);
  std::lock_guard guard{mutex_};
  ways_.push_back(way);
}

void hub::lost(const std::shared_ptr<outlet>& way) {
  way->frames().close();
  counters::add(counters_.lost);
  {
    std::lock_guard guard{mutex_};
    ways_.erase(std::remove(ways_.begin(), ways_.end(), way), ways_.end());
  }
  auto forget = [&](const caf::node_id& process) {
    for (auto& x : proxies_.get_all(process))
      if (way_of(x) == way)
        proxies_.erase(process, x->id());
  };
  forget(way->process());
  for (const auto& process : way->relayed)
    forget(process);
  pending_->fail(way->number(), caf::exit_reason::remote_link_unreachable);
}

std::shared_ptr<outlet> hub::way_to(const caf::node_id& process) const {
  for (const auto& x : ways_)
    if (x->process() == process)
      return x;
  return nullptr;
}

caf::strong_actor_ptr hub::make_proxy(caf::node_id process, caf::actor_id id) {
  auto way = way_to(process);
  if (!way) {
    way = current_;
    way->relayed.insert(process);
  }
  caf::actor_config config;
  auto result = caf::make_actor<proxy, caf::strong_actor_ptr>(
    id, process, &system_, config, way);
  way->frames().put_control(write_monitor(system_, {process, id}));
  return result;
}

caf::strong_actor_ptr hub::proxy_for(const std::shared_ptr<outlet>& way,
                                     const actor_name& x) {
  current_ = way;
  auto result = proxies_.get_or_put(x.process, x.id);
  current_ = nullptr;
  return result;
}

caf::strong_actor_ptr hub::renew(const std::shared_ptr<outlet>& way,
                                 const caf::strong_actor_ptr& last) {
  // Ending this way for it would take the other side's proxies along, which
  // would end its way back in turn, and so on.
  return way_of(last)->is_open() ? nullptr
                                 : proxy_for(way, {last->node(), last->id()});
}

caf::error hub::read_message(const std::shared_ptr<outlet>& way,
                             std::string_view content, envelope& x) {
  current_ = way;
  auto failed = read(system_, proxies_, content, x);
  current_ = nullptr;
  return failed;
}

caf::strong_actor_ptr hub::find(const actor_name& x, const outlet& from) {
  if (x.process == system_.node())
    return system_.registry().get(x.id);
  auto way = way_to(x.process);
  // What comes from there is not sent back there.
  if (!way || way.get() == &from || way->process() == from.process())
    return nullptr;
  return proxy_for(way, x);
}

void hub::ended(const outlet& way, const actor_name& x,
                const caf::error& reason) {
  auto known = proxies_.get(x.process, x.id);
  if (!known || way_of(known).get() != &way)
    return;
  proxies_.erase(x.process, x.id);
  as_proxy(known)->end(reason);
  pending_->fail(x.process, x.id, caf::sec::request_receiver_down);
}

} // namespace troupe::link
