#include "runtime/cli/client.hpp"

#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include "config/host_port.hpp"
#include "runtime/link/connect.hpp"
#include "runtime/network.hpp"
#include "runtime/node_link.hpp"

namespace troupe::cli {

namespace {

/// Within this time a node that is there says who it is.
constexpr std::chrono::seconds connect_bound{5};

caf::error check(const tls_settings& x) {
  auto none = x.certificate.empty() && x.key.empty() && x.authority.empty();
  if (none || !(x.certificate.empty() || x.key.empty() || x.authority.empty()))
    return caf::none;
  return make_error(ec::invalid_argument,
                    "--certificate, --key-file and --authority (in the "
                    "environment: TROUPE_CERTIFICATE, TROUPE_KEY and "
                    "TROUPE_AUTHORITY) go together: all three, or none");
}

caf::expected<std::vector<std::string>> read_addresses(
  const std::string& text) {
  std::vector<std::string> result;
  for (size_t begin = 0; begin <= text.size();) {
    auto end = std::min(text.find(',', begin), text.size());
    result.push_back(text.substr(begin, end - begin));
    begin = end + 1;
    if (!parse_host_port(result.back()))
      return make_error(
        ec::invalid_argument,
        fmt::format("--connect '{}': expected host:port, such as "
                    "127.0.0.1:4160 or [::1]:4160, or several with commas "
                    "between",
                    result.back()));
  }
  return result;
}

} // namespace

caf::expected<std::unique_ptr<client>> client::prepare(
  const context& ctx, const report_maker& make_report) {
  auto each = read_addresses(ctx.connect);
  if (!each)
    return each.error();
  if (auto error = check(ctx.tls))
    return error;
  std::unique_ptr<client> result{new client};
  result->addresses_ = ctx.connect;
  result->each_ = std::move(*each);
  configure_network(result->config_);
  result->system_ = std::make_unique<caf::actor_system>(result->config_);
  link::hub_config way;
  way.tls = ctx.tls;
  if (make_report)
    way.report = make_report(*result->system_);
  auto links = link::hub::make(*result->system_, std::move(way));
  if (!links)
    return links.error();
  result->links_ = *links;
  result->reach_ = result->system_->spawn(link::connector, *links);
  return result;
}

caf::expected<std::unique_ptr<client>> client::begin(
  const context& ctx, const report_maker& make_report) {
  auto result = prepare(ctx, make_report);
  if (!result)
    return result;
  auto& x = **result;
  x.node_ = x.system_->spawn(node_link, x.reach_, x.each_, node_actor{},
                             make_report(*x.system_));
  return result;
}

caf::expected<std::unique_ptr<client>> client::connect(const context& ctx) {
  auto result = prepare(ctx, {});
  if (!result)
    return result;
  auto& x = **result;
  std::string reasons;
  for (const auto& address : x.each_) {
    auto node = x.ask_within<caf::strong_actor_ptr>(
      connect_bound, x.reach_, caf::connect_atom_v, address);
    if (!node) {
      auto why = code_of(node.error()) == ec::timed_out
                   ? fmt::format("{} takes the connection and says nothing "
                                 "for {} s",
                                 address, connect_bound.count())
                   : what(node.error());
      reasons += (reasons.empty() ? "" : "; ") + why;
      continue;
    }
    x.node_ =
      x.system_->spawn(node_link, x.reach_, x.each_,
                       caf::actor_cast<node_actor>(*node), log_reporter{});
    return result;
  }
  return make_error(
    ec::not_available,
    fmt::format("no node answers at {}: is one running? start it with "
                "'troupe node --config config/single_node.json'; is it "
                "elsewhere? say --connect HOST:PORT ({})",
                ctx.connect, reasons));
}

caf::expected<node_actor> client::node_at(const std::string& address) {
  auto door = ask_within<caf::strong_actor_ptr>(connect_bound, reach_,
                                                caf::connect_atom_v, address);
  if (!door)
    return door.error();
  return caf::actor_cast<node_actor>(*door);
}

client::~client() {
  if (node_)
    caf::anon_send_exit(node_, caf::exit_reason::kill);
  if (reach_)
    caf::anon_send_exit(reach_, caf::exit_reason::kill);
  if (links_)
    links_->close();
}

caf::error client::translate(caf::error why, std::chrono::seconds bound) const {
  if (code_of(why) != ec::none)
    return why;
  if (why == caf::sec::request_timeout)
    return make_error(ec::timed_out,
                      fmt::format("the node at {} did not answer within {} s",
                                  addresses_, bound.count()));
  return make_error(
    ec::not_available,
    fmt::format("the connection to {} was lost ({})", addresses_, what(why)));
}

} // namespace troupe::cli
