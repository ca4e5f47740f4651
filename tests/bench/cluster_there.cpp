#include "tests/bench/cluster_there.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include <fmt/format.h>

namespace troupe::bench {

namespace {

using namespace std::chrono_literals;

std::string read_proc(pid_t pid, const char* name) {
  std::ifstream in{fmt::format("/proc/{}/{}", pid, name)};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// The fields of /proc/PID/stat behind the command's name.
std::vector<uint64_t> stat_of(pid_t pid) {
  auto text = read_proc(pid, "stat");
  auto name_end = text.rfind(')');
  if (name_end == std::string::npos)
    throw std::runtime_error("a node has ended");
  // The state is a letter.
  std::istringstream in{text.substr(name_end + 4)};
  return {std::istream_iterator<int64_t>{in}, {}};
}

} // namespace

cluster_there::cluster_there(std::string directory, std::string consumers)
  : directory_(std::filesystem::absolute(directory).string()),
    consumers_(std::move(consumers)) {
  std::filesystem::create_directories(directory_);
  for (auto& port : ports_)
    port = testing::free_port();
  for (uint32_t node : {1, 2, 3})
    start(node);
  cli::context at;
  at.connect = fmt::format("127.0.0.1:{},127.0.0.1:{},127.0.0.1:{}", ports_[0],
                           ports_[1], ports_[2]);
  for (auto end = std::chrono::steady_clock::now() + 30s; !client_;) {
    auto made = cli::client::connect(at);
    if (made)
      client_ = std::move(*made);
    else if (std::chrono::steady_clock::now() > end)
      throw std::runtime_error(what(made.error()));
  }
  wait_until_healthy();
}

void cluster_there::start(uint32_t node) {
  auto file = fmt::format("{}/node_{}.json", directory_, node);
  std::ofstream{file} << fmt::format(
    R"({{"node_id": {}, "data_directory": "{}/data_{}", "listen_port": {},
         "cluster": {{"nodes": ["127.0.0.1:{}", "127.0.0.1:{}",
                                "127.0.0.1:{}"]}},
         "topics": [{{"name": "messages", "partitions": 3}}],
         "consumers": {}}})",
    node, directory_, node, ports_[node - 1], ports_[0], ports_[1], ports_[2],
    consumers_);
  std::vector<std::string> args{"node", "--config", file};
  if (started_ == 0)
    args.push_back("--new-cluster");
  nodes_[node - 1] = std::make_unique<testing::process>(
    directory_, fmt::format("node_{}-{}", node, ++started_), TROUPE_PROGRAM,
    args);
}

void cluster_there::kill(uint32_t node) {
  nodes_[node - 1]->send(SIGKILL);
  nodes_[node - 1]->wait(10s);
}

cluster_status cluster_there::status() {
  return must(client_->ask_patiently<cluster_status>(nodes_atom_v));
}

topic_info cluster_there::create(const std::string& topic, int32_t partitions,
                                 uint32_t replicas) {
  topic_spec spec{topic, partitions, {}};
  spec.replication_factor = replicas;
  return must(client_->ask_patiently<topic_info>(create_atom_v, spec));
}

bool cluster_there::is_healthy() {
  auto seen = client_->ask<cluster_status>(client_->node(), nodes_atom_v);
  if (!seen || seen->leader == 0 || seen->nodes.size() < 3
      || std::any_of(seen->nodes.begin(), seen->nodes.end(),
                     [](const auto& x) { return x.is_fenced; })
      || std::count_if(seen->members.begin(), seen->members.end(),
                       [](const auto& x) { return x.role == "voter"; })
           != 3
      || seen->partitions_moving > 0)
    return false;
  auto all =
    client_->ask<std::vector<topic_info>>(client_->node(), topics_atom_v);
  if (!all || all->size() < 2)
    return false;
  for (const auto& topic : *all)
    for (const auto& x : topic.placement)
      if (x.leader == 0 || x.in_sync.size() < x.replicas.size()
          || (topic.name == "messages" && x.replicas.size() < 3))
        return false;
  return true;
}

void cluster_there::wait_until_healthy() {
  if (!testing::eventually([this] { return is_healthy(); }, 60s))
    throw std::runtime_error("the cluster does not become healthy");
}

double cluster_there::cpu_seconds() const {
  uint64_t ticks = 0;
  for (const auto& node : nodes_) {
    auto fields = stat_of(node->pid());
    // utime and stime.
    ticks += fields.at(10) + fields.at(11);
  }
  return static_cast<double>(ticks)
         / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

uint64_t cluster_there::resident_bytes() const {
  uint64_t result = 0;
  for (const auto& node : nodes_)
    result += stat_of(node->pid()).at(20)
              * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return result;
}

} // namespace troupe::bench
