#include "tests/end_to_end/cluster/three_nodes.hpp"

#include <signal.h>

#include <sstream>

#include <boost/json/parse.hpp>

namespace troupe::testing {

using namespace std::chrono_literals;

three_nodes::three_nodes(std::string pki, cluster_site site)
  : pki_(std::move(pki)), site_(std::move(site)) {
  for (auto& address : site_.addresses)
    if (address.empty())
      address = fmt::format("127.0.0.1:{}", free_port());
}

void three_nodes::start(uint32_t node, const std::string& program,
                        uint32_t claimed) {
  auto tls = pki_.empty()
               ? std::string{}
               : fmt::format(R"("tls": {{"certificate": "{0}/node-{1}.pem",
                                         "key": "{0}/node-{1}.key",
                                         "authority": "{0}/authority.pem"}},)",
                             pki_, node);
  auto file = dir_.path(fmt::format("node_{}.json", node));
  const auto& own = site_.addresses[node - 1];
  auto colon = own.rfind(':');
  std::ofstream{file} << fmt::format(
    R"({{"node_id": {}, "data_directory": "{}", {}
         "listen_address": "{}", "listen_port": {},
         "coordination": {{"shards": 4}},
         "cluster": {{"nodes": ["{}", "{}", "{}"]}},
         "topics": [{{"name": "messages", "partitions": 3}}]}})",
    claimed != 0 ? claimed : node, data_of(node), tls, own.substr(0, colon),
    own.substr(colon + 1), site_.addresses[0], site_.addresses[1],
    site_.addresses[2]);
  args command{"node", "--config", file};
  if (node == 1 && !std::exchange(is_founded_, true))
    command.push_back("--new-cluster");
  nodes_[node - 1] = std::make_unique<process>(
    dir_.path(), fmt::format("node{}-{}", node, ++started_), program, command,
    std::string{}, site_.networks[node - 1]);
}

void three_nodes::start_all() {
  for (uint32_t node : {1, 2, 3})
    start(node);
  if (eventually([this] { return is_healthy(); }, 60s))
    return;
  auto seen = run({"cluster", "status"});
  FAIL(log_of(1) << log_of(2) << log_of(3) << seen.out << seen.err);
}

void three_nodes::kill(uint32_t node) {
  send(node, SIGKILL);
  at(node).wait(10s);
}

std::string three_nodes::addresses() const {
  return fmt::format("{},{},{}", site_.addresses[0], site_.addresses[1],
                     site_.addresses[2]);
}

args three_nodes::client(args command, const std::string& as) const {
  command.push_back("--connect");
  command.push_back(addresses());
  if (!pki_.empty() && !as.empty())
    for (const auto& [option, file] :
         {std::pair{"--certificate", as + ".pem"},
          std::pair{"--key-file", as + ".key"},
          std::pair{"--authority", std::string{"authority.pem"}}}) {
      command.push_back(option);
      command.push_back(pki_ + "/" + file);
    }
  return command;
}

outcome three_nodes::run(args command, const std::string& input,
                         const std::string& as) {
  process it{dir_.path(),    fmt::format("client{}", ++started_),
             TROUPE_PROGRAM, client(std::move(command), as),
             input,          site_.client_network};
  return it.wait(60s);
}

outcome three_nodes::run_offline(const args& command) {
  process it{dir_.path(), fmt::format("client{}", ++started_), TROUPE_PROGRAM,
             command};
  return it.wait(60s);
}

std::string three_nodes::ok(const args& command, const std::string& input) {
  auto result = run(command, input);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return result.out;
}

std::unique_ptr<process> three_nodes::begin(args command,
                                            const std::string& input) {
  return std::make_unique<process>(
    dir_.path(), fmt::format("client{}", ++started_), TROUPE_PROGRAM,
    client(std::move(command), "admin"), input, site_.client_network);
}

bool three_nodes::is_healthy(size_t nodes) {
  auto seen = run({"cluster", "status", "--json"});
  return seen.exit_code == 0
         && boost::json::parse(seen.out).at("nodes").as_array().size() == nodes;
}

std::multiset<std::string> three_nodes::all_of(const std::string& topic) {
  std::multiset<std::string> result;
  std::istringstream in{ok({"consume", topic, "-b", "-e"})};
  for (std::string line; std::getline(in, line);)
    result.insert(line);
  return result;
}

} // namespace troupe::testing
