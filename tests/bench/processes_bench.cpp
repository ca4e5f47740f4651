// Clients in one process, the node in another: what the command line's protocol
// costs.

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <caf/actor_cast.hpp>

#include "runtime/cli/client.hpp"
#include "runtime/link/listener.hpp"
#include "runtime/network.hpp"
#include "tests/bench/bench.hpp"
#include "tests/bench/bounds.hpp"

namespace troupe::bench {

namespace {

constexpr size_t batch_bytes = 64 * 1024;
constexpr uint32_t record_bytes = 100;

/// A node in a process of its own, until this goes.
class node_there {
public:
  explicit node_there(const std::string& directory) {
    int told[2];
    int held[2];
    if (::pipe(told) != 0 || ::pipe(held) != 0)
      throw std::runtime_error("cannot make a pipe");
    child_ = ::fork();
    if (child_ < 0)
      throw std::runtime_error("cannot fork");
    if (child_ == 0) {
      ::close(told[0]);
      ::close(held[1]);
      serve(directory, told[1], held[0]);
    }
    ::close(told[1]);
    ::close(held[0]);
    held_ = held[1];
    auto got = ::read(told[0], &port_, sizeof(port_));
    ::close(told[0]);
    if (got != sizeof(port_) || port_ == 0)
      throw std::runtime_error("the node does not start");
  }

  ~node_there() {
    ::close(held_);
    ::waitpid(child_, nullptr, 0);
  }

  node_there(const node_there&) = delete;

  std::string address() const {
    return fmt::format("127.0.0.1:{}", port_);
  }

private:
  /// Serves until nobody holds the other end of `held`.
  [[noreturn]] static void serve(const std::string& directory, int told,
                                 int held) {
    uint16_t port = 0;
    try {
      caf::actor_system_config config;
      configure_network(config);
      caf::actor_system system{config};
      auto node = must(embedded_node::start(system, settings_in(directory)));
      link::hub_config way;
      way.kind = link::party::node;
      way.node_id = 1;
      auto links = must(link::hub::make(system, std::move(way)));
      links->set_door(caf::actor_cast<caf::strong_actor_ptr>(node->handle()));
      port = must(link::listen(links, "127.0.0.1", 0));
      auto sent = ::write(told, &port, sizeof(port));
      char ignored = 0;
      while (sent > 0 && ::read(held, &ignored, 1) > 0)
        ;
      must(node->stop());
      links->close();
    } catch (const std::exception& e) {
      fmt::print(stderr, "  the node: {}\n", e.what());
    }
    ::_exit(0);
  }

  pid_t child_ = -1;
  int held_ = -1;
  uint16_t port_ = 0;
};

cli::context at(const std::string& address) {
  cli::context result;
  result.connect = address;
  return result;
}

double us(std::chrono::nanoseconds x) {
  return static_cast<double>(x.count()) / 1e3;
}

class processes_bench {
public:
  explicit processes_bench(context& ctx)
    : ctx_(ctx), node_(ctx.directory + "/data"),
      client_(must(cli::client::connect(at(node_.address())))) {}

  void run() {
    for (size_t round = 0; round < ctx_.rounds(); ++round)
      measure(fmt::format("t{}", round));
    bound socket{"TCP", socket_.median()};
    bound syncs{"write() and fdatasync of each batch", syncs_.median()};
    add_rate("produce, acks=1", produced_, {socket});
    add_rate("produce, acks=all", durable_, {socket, syncs});
    add_rate("consume", consumed_, {socket});
    ctx_.add({"one after the other, produce to acknowledged, acks=1, p50",
              "us",
              to_ack_.median(),
              {{"a TCP round trip", trip_.median()}},
              {}});
    ctx_.add({"one after the other, produce to handler, acks=1, p50",
              "us",
              to_handler_.median(),
              {{"a TCP round trip", trip_.median()}},
              {}});
  }

private:
  void measure(const std::string& topic) {
    must(client_->ask<topic_info>(client_->node(), create_atom_v,
                                  topic_spec{topic, 6, {}}));
    socket_.add(socket_bytes_per_second(batch_bytes, 128 << 20)
                / (record_bytes + 8));
    trip_.add(us(socket_round_trips(200, 2'000).at(0.5)));
    syncs_.add(syncs_per_second(ctx_.directory, batch_bytes, 100) * batch_bytes
               / (record_bytes + 8));
    load_plan plan;
    plan.topic = topic;
    plan.group = topic;
    plan.records = ctx_.pick(200'000, 50'000);
    plan.record_bytes = record_bytes;
    plan.acks = acks::leader;
    auto& system = client_->system();
    const auto& node = client_->node();
    produced_.add(must(run_producers(system, node, plan)).records_per_second());
    consumed_.add(must(run_consumers(system, node, plan)).records_per_second());
    plan.acks = acks::all;
    durable_.add(must(run_producers(system, node, plan)).records_per_second());
    plan.acks = acks::leader;
    plan.topic = topic + "-one";
    plan.group = plan.topic;
    plan.records = ctx_.pick(1'000, 200);
    must(client_->ask<topic_info>(node, create_atom_v,
                                  topic_spec{plan.topic, 1, {}}));
    auto one =
      must(run_unloaded(system, node, plan, std::chrono::microseconds{0}));
    to_ack_.add(us(one.to_ack.at(0.5)));
    to_handler_.add(us(one.to_handler.at(0.5)));
  }

  void add_rate(const std::string& what, const samples& x,
                std::vector<bound> bounds) {
    ctx_.add({fmt::format("{} B, 6 partitions, {}", record_bytes, what),
              "records/s",
              x.median(),
              std::move(bounds),
              {}});
  }

  context& ctx_;
  node_there node_;
  std::unique_ptr<cli::client> client_;
  samples produced_, durable_, consumed_, to_ack_, to_handler_;
  samples socket_, trip_, syncs_;
};

} // namespace

void run_processes_bench(context& ctx) {
  processes_bench{ctx}.run();
}

} // namespace troupe::bench
