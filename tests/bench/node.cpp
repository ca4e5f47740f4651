// How fast one node is, in process, beside what the same machine does in the
// same run: bare messages between two actors, and bare writes with fdatasync.

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include "actors/protocol/registration.hpp"
#include "runtime/flusher.hpp"
#include "runtime/node.hpp"
#include "runtime/posix_files.hpp"
#include "runtime/random_uuid.hpp"
#include "runtime/wall_epoch.hpp"

using namespace troupe;

namespace {

using steady = std::chrono::steady_clock;

constexpr size_t record_bytes = 100;
constexpr size_t records_at_once = 500;
constexpr size_t in_flight_max = 16;

double seconds_since(steady::time_point begin) {
  return std::chrono::duration<double>(steady::now() - begin).count();
}

void show(const std::string& what, double per_second, double bound,
          const std::string& bound_name) {
  fmt::print("{:<44} {:>12.0f}/s   {:>6.2f} of {}\n", what, per_second,
             per_second / bound, bound_name);
}

/// Sends a countdown back to whoever it came from, until it is at 0.
caf::behavior bouncer(caf::event_based_actor* self,
                      std::atomic<bool>* is_done) {
  return {
    [=](int32_t left) {
      if (left == 0)
        *is_done = true;
      else
        self->send(caf::actor_cast<caf::actor>(self->current_sender()),
                   left - 1);
    },
  };
}

/// Messages between two actors, one under way.
double bare_messages(caf::actor_system& system, int32_t count) {
  std::atomic<bool> is_done = false;
  auto one = system.spawn(bouncer, &is_done);
  auto other = system.spawn(bouncer, &is_done);
  auto begin = steady::now();
  caf::send_as(one, other, count);
  while (!is_done)
    std::this_thread::yield();
  return static_cast<double>(count) / seconds_since(begin);
}

/// fdatasync after each write of `size` bytes.
double bare_syncs(const std::string& path, size_t size, size_t count) {
  auto fd = open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  std::string block(size, 'x');
  auto begin = steady::now();
  for (size_t i = 0; i < count; ++i)
    if (write(fd, block.data(), block.size()) < 0 || fdatasync(fd) != 0)
      break;
  auto result = static_cast<double>(count) / seconds_since(begin);
  close(fd);
  return result;
}

/// A node with real files and threads below `directory`.
struct bench_node {
  bench_node(caf::actor_system& sys, const std::string& directory)
    : system(sys) {
    config.disk = std::make_shared<posix_files>(directory);
    config.cluster_id = random_uuid();
    config.seed = random_uuid();
    config.epoch = wall_epoch();
    config.spawn_flusher = [](caf::actor_system& x) -> flusher_actor {
      return x.spawn<caf::detached>(flusher);
    };
    config.handlers.add("count", [this](const delivery&) -> caf::error {
      ++handled;
      return caf::none;
    });
    players = std::make_unique<cast>(sys, config);
    handle = sys.spawn(node, config);
  }

  template <class Result, class Handle, class... Ts>
  Result ask(const Handle& whom, Ts... xs) {
    caf::scoped_actor self{system};
    Result result;
    self->request(whom, caf::infinite, xs...)
      .receive([&](Result& x) { result = std::move(x); },
               [](caf::error& why) {
                 fmt::print(stderr, "refused: {}\n", what(why));
                 std::exit(1);
               });
    return result;
  }

  /// Posts `count` records and waits for all answers; records a second.
  double produce(const std::string& topic, enum acks acks, size_t count) {
    producer_settings settings;
    settings.acks = acks;
    auto producer = players->spawn_producer(settings, handle);
    std::vector<posting> some(records_at_once);
    bytes value{std::string(record_bytes, 'x')};
    for (auto& x : some)
      x = {topic, -1, {bytes{}, value, {}, -1}};
    using places = std::vector<record_metadata>;
    caf::scoped_actor self{system};
    auto begin = steady::now();
    size_t sent = 0;
    size_t answered = 0;
    auto send = [&] {
      self->send(producer, post_atom_v, some);
      sent += some.size();
    };
    while (sent < in_flight_max * records_at_once && sent < count)
      send();
    while (answered < sent)
      self->receive([&](const places& x) {
        answered += x.size();
        if (sent < count)
          send();
      });
    auto result = static_cast<double>(answered) / seconds_since(begin);
    ask<caf::ok_atom>(producer, stop_atom_v);
    return result;
  }

  /// Reads `count` records with one consumer; records a second.
  double consume(const std::string& topic, size_t count) {
    consumer_settings settings;
    settings.group = "bench-" + topic;
    settings.topics = {topic};
    settings.handler = "count";
    settings.commit.what = commit_policy::kind::interval;
    settings.group_rules.start.what = start_rule::kind::earliest;
    handled = 0;
    auto consumer = players->spawn_consumer(settings, settings.group, handle);
    while (handled == 0)
      std::this_thread::yield();
    auto begin = steady::now();
    auto before = handled.load();
    while (handled < count)
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    auto result = static_cast<double>(handled - before) / seconds_since(begin);
    ask<caf::ok_atom>(*consumer, stop_atom_v, false);
    return result;
  }

  caf::actor_system& system;
  cast_config config;
  std::atomic<size_t> handled = 0;
  std::unique_ptr<cast> players;
  node_actor handle;
};

} // namespace

int main() {
  auto pattern =
    (std::filesystem::temp_directory_path() / "troupe-bench-XXXXXX").string();
  std::string directory = mkdtemp(pattern.data());
  caf::actor_system_config config;
  register_messages(config);
  {
    caf::actor_system system{config};
    auto messages = bare_messages(system, 300'000);
    auto syncs = bare_syncs(directory + "/bare", 64 * 1024, 500);
    fmt::print("{:<44} {:>12.0f}/s\n", "bare: message between two actors",
               messages);
    fmt::print("{:<44} {:>12.0f}/s\n", "bare: write 64 KiB and fdatasync",
               syncs);
    bench_node bench{system, directory + "/data"};
    for (int32_t partitions : {1, 6}) {
      auto topic = fmt::format("p{}", partitions);
      bench.ask<topic_info>(bench.handle, create_atom_v,
                            topic_spec{topic, partitions, {}});
      constexpr size_t count = 2'000'000;
      auto name = fmt::format("100 B records, {} partition{}", partitions,
                              partitions == 1 ? "" : "s");
      show(name + ", produce, acks=1",
           bench.produce(topic, acks::leader, count), messages,
           "bare messages");
      show(name + ", produce, acks=all",
           bench.produce(topic, acks::all, count / 4), messages,
           "bare messages");
      show(name + ", consume", bench.consume(topic, count + count / 4),
           messages, "bare messages");
    }
    bench.ask<caf::ok_atom>(bench.handle, stop_atom_v);
  }
  std::filesystem::remove_all(directory);
}
