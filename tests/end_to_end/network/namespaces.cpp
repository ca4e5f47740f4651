#include "tests/end_to_end/network/namespaces.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "tests/end_to_end/process.hpp"

namespace troupe::testing {

namespace {

/// A command takes milliseconds; a machine may be slow.
constexpr std::chrono::seconds command_bound{30};

/// The descriptor of a new network namespace; throws.
int make_network() {
  int result = -1;
  int why = 0;
  // Only the thread enters it.
  std::thread{[&] {
    if (unshare(CLONE_NEWNET) == 0)
      result = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    why = errno;
  }}.join();
  if (result < 0)
    throw std::runtime_error(
      fmt::format("no network namespace: {}", std::strerror(why)));
  return result;
}

/// Runs a command to its end in a network; throws when it fails.
void run_in(int network, const std::string& directory,
            std::vector<std::string> command, const std::string& input = {}) {
  auto text = fmt::format("{}", fmt::join(command, " "));
  process it{directory, "network_command", "/usr/bin/env", command, input,
             network};
  auto end = it.wait(command_bound);
  if (end.exit_code != 0)
    throw std::runtime_error(
      fmt::format("'{}' ended with {}: {}", text, end.exit_code, end.err));
}

/// How a process or a command finds a namespace of this process.
std::string path_of(int network) {
  return fmt::format("/proc/{}/fd/{}", getpid(), network);
}

} // namespace

std::string namespaces::obstacle(const std::string& directory) {
  if (geteuid() != 0)
    return "it takes root to make network namespaces";
  try {
    auto network = make_network();
    std::string result;
    try {
      run_in(network, directory, {"ip", "-batch", "-"},
             "link add br0 type bridge\n"
             "link add one type veth peer name other\n");
      run_in(network, directory, {"iptables-restore"},
             "*nat\n-A OUTPUT -p tcp -d 10.77.0.1 -j DNAT --to 10.77.0.2\n"
             "COMMIT\n*filter\n-A INPUT -s 10.77.0.1 -j DROP\nCOMMIT\n");
    } catch (const std::exception& e) {
      result = e.what();
    }
    close(network);
    return result;
  } catch (const std::exception& e) {
    return e.what();
  }
}

namespaces::namespaces(std::string directory)
  : directory_(std::move(directory)) {
  networks_.fill(-1);
  for (auto& x : networks_)
    x = make_network();
  std::string plug = "link set lo up\n"
                     "link add br0 type bridge\n"
                     "link set br0 up\n";
  for (host x = 1; x <= host_count; ++x) {
    plug += fmt::format("link add port{0} type veth peer name eth0 netns {1}\n"
                        "link set port{0} master br0\n"
                        "link set port{0} up\n",
                        x, path_of(of(x)));
    for (host y = x + 1; y <= host_count; ++y)
      plug += fmt::format("address add {}/24 dev br0\n", proxy_of(x, y));
  }
  run_in(of_switch(), directory_, {"ip", "-batch", "-"}, plug);
  for (host x = 1; x <= host_count; ++x)
    run_in(of(x), directory_, {"ip", "-batch", "-"},
           fmt::format("link set lo up\n"
                       "address add {}/24 dev eth0\n"
                       "link set eth0 up\n",
                       address_of(x)));
}

namespaces::~namespaces() {
  for (auto x : networks_)
    if (x >= 0)
      close(x);
}

std::string namespaces::address_of(host x) {
  return fmt::format("10.77.0.{}", x);
}

std::string namespaces::proxy_of(host x, host y) {
  return fmt::format("10.77.0.1{}{}", std::min(x, y), std::max(x, y));
}

void namespaces::cut(host from, host to) {
  cuts_.emplace(from, to);
  filter();
}

void namespaces::mend(host from, host to) {
  cuts_.erase({from, to});
  filter();
}

void namespaces::heal() {
  cuts_.clear();
  filter();
}

void namespaces::filter() {
  for (host x = 1; x <= host_count; ++x) {
    std::string rules = "*filter\n";
    for (auto [from, to] : cuts_)
      for (const auto& other :
           {address_of(x == from ? to : from), proxy_of(from, to)}) {
        if (x == from)
          rules += fmt::format("-A OUTPUT -d {} -j DROP\n", other);
        if (x == to)
          rules += fmt::format("-A INPUT -s {} -j DROP\n", other);
      }
    run_in(of(x), directory_, {"iptables-restore"}, rules + "COMMIT\n");
  }
}

void namespaces::divert(host x, host y, uint16_t port) {
  for (auto [from, to] : {std::pair{x, y}, std::pair{y, x}})
    run_in(of(from), directory_,
           {"iptables", "-t", "nat", "-A", "OUTPUT", "-p", "tcp", "-d",
            address_of(to), "--dport", std::to_string(port), "-j", "DNAT",
            "--to-destination", fmt::format("{}:{}", proxy_of(x, y), port)});
}

} // namespace troupe::testing
