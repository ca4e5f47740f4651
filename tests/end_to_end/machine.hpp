#pragma once

#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tests/catch.hpp"
#include "tests/end_to_end/process.hpp"
#include "tests/scratch_directory.hpp"

namespace troupe::testing {

using args = std::vector<std::string>;

/// A node with a directory and a port of its own, and clients of it.
struct machine {
  explicit machine(std::string settings = "{}",
                   std::string node_program = TROUPE_PROGRAM)
    : program(std::move(node_program)) {
    std::ofstream{dir.path("node.json")} << settings;
  }

  /// Starts the node and waits until it answers.
  void start() {
    node = std::make_unique<process>(
      dir.path(), fmt::format("node{}", ++started), program,
      args{"node", "--config", dir.path("node.json"), "--data", data, "--port",
           std::to_string(port)});
    REQUIRE(eventually(
      [&] {
        return node->err().find("node listens") != std::string::npos
               && run({"status"}).exit_code == 0;
      },
      std::chrono::seconds{60}));
  }

  /// Runs a client command to its end.
  outcome run(args command, const std::string& input = {}) {
    command.push_back("--connect");
    command.push_back(fmt::format("127.0.0.1:{}", port));
    process client{dir.path(), fmt::format("client{}", ++clients),
                   TROUPE_PROGRAM, command, input};
    return client.wait(std::chrono::seconds{60});
  }

  std::string ok(const args& command, const std::string& input = {}) {
    auto result = run(command, input);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return result.out;
  }

  /// False also before the group's first member has come.
  bool is_stable(const std::string& group) {
    return run({"group", "describe", group}).out.find(group + ": stable")
           != std::string::npos;
  }

  std::string program;
  scratch_directory dir;
  std::string data = dir.path("data");
  uint16_t port = free_port();
  int started = 0;
  int clients = 0;
  std::unique_ptr<process> node;
};

/// `m<from>` to `m<to - 1>`, a line each.
inline std::string lines(int from, int to) {
  std::string result;
  for (int i = from; i < to; ++i)
    result += fmt::format("m{}\n", i);
  return result;
}

} // namespace troupe::testing
