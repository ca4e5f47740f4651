#include "tests/end_to_end/network/network_world.hpp"

#include <signal.h>

#include <algorithm>

#include <fmt/format.h>

namespace troupe::testing {

namespace {

/// Of each node, at its own address.
constexpr uint16_t node_port = 4160;

/// As many of the six lines have a proxy.
constexpr size_t proxy_count = 3;

cluster_site site_of(const namespaces& net) {
  cluster_site result;
  for (host x = 1; x <= 3; ++x) {
    result.addresses[x - 1] =
      fmt::format("{}:{}", net.address_of(x), node_port);
    result.networks[x - 1] = net.of(x);
  }
  result.client_network = net.of(client_host);
  return result;
}

std::vector<line> draw_lines(dice& random) {
  std::vector<line> result;
  for (host x = 1; x <= host_count; ++x)
    for (host y = x + 1; y <= host_count; ++y)
      result.emplace_back(x, y);
  while (result.size() > proxy_count)
    result.erase(result.begin()
                 + random.pick(0, static_cast<int64_t>(result.size()) - 1));
  return result;
}

} // namespace

network_world::network_world(dice& random)
  : net_(scratch_.path()), lines_(draw_lines(random)),
    nodes_(pki_.path(""), site_of(net_)) {
  for (auto [x, y] : lines_) {
    proxy_place where{net_.of_switch(),
                      net_.proxy_of(x, y),
                      {net_.address_of(x), net_.address_of(y)},
                      node_port};
    proxies_[{x, y}] = std::make_unique<line_proxy>(where);
    net_.divert(x, y, node_port);
  }
}

client_place network_world::clients() const {
  return {nodes_.directory(), TROUPE_KILL_CLIENT, nodes_.addresses(),
          pki_.path(""), net_.of(client_host)};
}

std::string network_world::describe() {
  auto result =
    fmt::format("everything is in {}; processes", nodes_.directory());
  for (host x = 1; x <= 3; ++x)
    result += fmt::format(" {}", nodes_.at(x).pid());
  result += "; proxies in the lines";
  for (const auto& x : lines_)
    result += " (" + to_string(x) + ")";
  return result;
}

void network_world::set_line(host from, host to, bool is_cut) {
  if (is_cut)
    net_.cut(from, to);
  else
    net_.mend(from, to);
}

void network_world::isolate(const fault& x, bool is_cut) {
  for (host other = 1; other <= host_count; ++other) {
    if (other == x.node || (other == client_host && !x.from_clients))
      continue;
    if (x.kind != fault_kind::isolate_in)
      set_line(x.node, other, is_cut);
    if (x.kind != fault_kind::isolate_out)
      set_line(other, x.node, is_cut);
  }
}

line_proxy& network_world::proxy_of(const fault& x) {
  return *proxies_.at(std::minmax(x.node, x.other));
}

void network_world::begin(const fault& x) {
  switch (x.kind) {
    case fault_kind::kill:
      down_.insert(x.node);
      nodes_.kill(x.node);
      break;
    case fault_kind::pause:
      nodes_.send(x.node, SIGSTOP);
      break;
    case fault_kind::isolate:
    case fault_kind::isolate_in:
    case fault_kind::isolate_out:
      isolate(x, true);
      break;
    case fault_kind::cut_line:
      set_line(x.node, x.other, true);
      set_line(x.other, x.node, true);
      break;
    case fault_kind::cut_one_way:
      set_line(x.other, x.node, true);
      break;
    case fault_kind::slow:
      proxy_of(x).delay(x.delay);
      break;
    case fault_kind::hold:
      proxy_of(x).hold(true);
      break;
    case fault_kind::reset:
      proxy_of(x).reset();
      break;
    case fault_kind::kill_producer:
    case fault_kind::kill_consumer:
      break;
  }
}

void network_world::end(const fault& x) {
  switch (x.kind) {
    case fault_kind::kill:
      if (down_.erase(x.node) > 0)
        nodes_.start(x.node);
      break;
    case fault_kind::pause:
      nodes_.send(x.node, SIGCONT);
      break;
    case fault_kind::isolate:
    case fault_kind::isolate_in:
    case fault_kind::isolate_out:
      isolate(x, false);
      break;
    case fault_kind::cut_line:
      set_line(x.node, x.other, false);
      set_line(x.other, x.node, false);
      break;
    case fault_kind::cut_one_way:
      set_line(x.other, x.node, false);
      break;
    case fault_kind::slow:
      proxy_of(x).delay({});
      break;
    case fault_kind::hold:
      proxy_of(x).hold(false);
      break;
    case fault_kind::reset:
    case fault_kind::kill_producer:
    case fault_kind::kill_consumer:
      break;
  }
}

void network_world::heal() {
  net_.heal();
  for (auto& [where, proxy] : proxies_) {
    proxy->hold(false);
    proxy->delay({});
  }
}

bool network_world::has_lost_a_node() {
  for (host x = 1; x <= 3; ++x)
    if (down_.count(x) == 0 && !nodes_.at(x).is_running())
      return true;
  return false;
}

uint64_t network_world::connections_broken() const {
  uint64_t result = 0;
  for (const auto& [where, proxy] : proxies_)
    result += proxy->broken();
  return result;
}

} // namespace troupe::testing
