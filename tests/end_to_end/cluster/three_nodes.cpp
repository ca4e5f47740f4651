#include "tests/end_to_end/cluster/three_nodes.hpp"

#include <signal.h>

#include <sstream>

#include <boost/json/parse.hpp>

namespace troupe::testing {

using namespace std::chrono_literals;

three_nodes::three_nodes(std::string pki) : pki_(std::move(pki)) {
  for (auto& port : ports_)
    port = free_port();
}

void three_nodes::start(uint32_t node) {
  auto tls = pki_.empty()
               ? std::string{}
               : fmt::format(R"("tls": {{"certificate": "{0}/node-{1}.pem",
                                         "key": "{0}/node-{1}.key",
                                         "authority": "{0}/authority.pem"}},)",
                             pki_, node);
  auto file = dir_.path(fmt::format("node_{}.json", node));
  std::ofstream{file} << fmt::format(
    R"({{"node_id": {}, "data_directory": "{}", "listen_port": {}, {}
         "coordination": {{"shards": 4}},
         "cluster": {{"nodes": ["127.0.0.1:{}", "127.0.0.1:{}",
                                "127.0.0.1:{}"]}},
         "topics": [{{"name": "messages", "partitions": 3}}]}})",
    node, dir_.path(fmt::format("data_{}", node)), ports_[node - 1], tls,
    ports_[0], ports_[1], ports_[2]);
  args command{"node", "--config", file};
  if (node == 1 && !std::exchange(is_founded_, true))
    command.push_back("--new-cluster");
  nodes_[node - 1] = std::make_unique<process>(
    dir_.path(), fmt::format("node{}-{}", node, ++started_), TROUPE_PROGRAM,
    command);
}

void three_nodes::start_all() {
  for (uint32_t node : {1, 2, 3})
    start(node);
  if (!eventually([this] { return is_healthy(); }, 60s))
    FAIL(log_of(1) << log_of(2) << log_of(3));
}

void three_nodes::kill(uint32_t node) {
  send(node, SIGKILL);
  at(node).wait(10s);
}

args three_nodes::client(args command, const std::string& as) const {
  command.push_back("--connect");
  command.push_back(fmt::format("127.0.0.1:{},127.0.0.1:{},127.0.0.1:{}",
                                ports_[0], ports_[1], ports_[2]));
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
  process it{dir_.path(), fmt::format("client{}", ++started_), TROUPE_PROGRAM,
             client(std::move(command), as), input};
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
    client(std::move(command), "admin"), input);
}

bool three_nodes::is_healthy() {
  auto seen = run({"cluster", "status", "--json"});
  return seen.exit_code == 0
         && boost::json::parse(seen.out).at("nodes").as_array().size() == 3;
}

std::multiset<std::string> three_nodes::all_of(const std::string& topic) {
  std::multiset<std::string> result;
  std::istringstream in{ok({"consume", topic, "-b", "-e"})};
  for (std::string line; std::getline(in, line);)
    result.insert(line);
  return result;
}

} // namespace troupe::testing
