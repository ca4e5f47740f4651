#include "runtime/cli/client.hpp"

#include <charconv>

#include <caf/io/middleman.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include "runtime/cli/node_link.hpp"
#include "runtime/network.hpp"

namespace troupe::cli {

caf::expected<std::unique_ptr<client>> client::connect(
  const std::string& address) {
  auto colon = address.rfind(':');
  uint16_t port = 0;
  auto port_text =
    colon == std::string::npos ? std::string{} : address.substr(colon + 1);
  auto [end, failed] = std::from_chars(
    port_text.data(), port_text.data() + port_text.size(), port);
  auto host =
    colon == std::string::npos ? std::string{} : address.substr(0, colon);
  // An IPv6 address has colons of its own, so it comes in brackets.
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string::npos)
    host.clear();
  if (host.empty() || port == 0 || failed != std::errc{}
      || end != port_text.data() + port_text.size())
    return make_error(ec::invalid_argument,
                      fmt::format("--connect '{}': expected host:port, such as "
                                  "127.0.0.1:4160 or [::1]:4160",
                                  address));
  std::unique_ptr<client> result{new client};
  result->address_ = address;
  configure_network(result->config_);
  result->system_ = std::make_unique<caf::actor_system>(result->config_);
  auto node = result->system_->middleman().remote_actor<node_actor>(host, port);
  if (!node)
    return make_error(
      ec::not_available,
      fmt::format("no node answers at {}: is one running? start it with "
                  "'troupe node --config config/single_node.json'; is it "
                  "elsewhere? say --connect HOST:PORT",
                  address));
  result->node_ = result->system_->spawn(node_link, *node, host, port);
  return result;
}

client::~client() {
  caf::anon_send_exit(node_, caf::exit_reason::kill);
}

caf::error client::translate(caf::error why) const {
  if (code_of(why) != ec::none)
    return why;
  if (why == caf::sec::request_timeout)
    return make_error(ec::timed_out, "the node at " + address_
                                       + " did not answer within 30 s");
  return make_error(
    ec::not_available,
    fmt::format("the connection to {} was lost ({})", address_, what(why)));
}

} // namespace troupe::cli
