#include "tests/end_to_end/kill/kill_run.hpp"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include <fmt/format.h>

#include "runtime/posix_files.hpp"
#include "tests/checker/disk_image.hpp"
#include "tests/end_to_end/kill/client/roles.hpp"
#include "tests/end_to_end/kill/record_book.hpp"

namespace troupe::testing {

using namespace checker;

namespace {

using namespace std::chrono_literals;

/// Bounds of what must come at last, on the slowest machine.
constexpr auto progress_bound = 60s;
constexpr auto end_bound = 120s;

class kill_run {
public:
  explicit kill_run(const kill_plan& plan)
    : plan_(plan), random_(plan.seed), port_(free_port()) {}

  kill_findings play();

private:
  // -- the node ---------------------------------------------------------------

  void start_node();
  void live_and_die();
  void stop_node();
  /// Looks at the disk while nobody changes it.
  void look_at_disk();

  // -- clients ----------------------------------------------------------------

  client_ptr start_client(const std::string& role);
  /// Ends one, mostly by a kill, and starts another in its place.
  void strike_client(bool may_ask);

  // -- the end ----------------------------------------------------------------

  void finish();
  /// Ends all at once, after a problem.
  void abandon();
  bool is_drained(const std::string& group);

  bool draw(uint64_t one_in) {
    return random_() % one_in == 0;
  }

  std::chrono::milliseconds draw_time(uint64_t ms_max) {
    return std::chrono::milliseconds{random_() % (ms_max + 1)};
  }

  /// Lets time pass; false: the node has ended meanwhile.
  bool node_lives_for(std::chrono::milliseconds time);
  void problem(std::string x) {
    book_.problem(std::move(x));
  }

  const kill_plan& plan_;
  std::mt19937_64 random_;
  uint16_t port_;
  kill_findings out_;
  record_book book_;
  std::unique_ptr<process> node_;
  int nodes_ = 0;
  int clients_ = 0;
  /// These live from the beginning to the end...
  client_ptr producer_;
  client_ptr consumer_;
  /// ... and these are struck.
  std::vector<client_ptr> victims_;
};

// -- the node -----------------------------------------------------------------

void kill_run::start_node() {
  node_ = std::make_unique<process>(
    plan_.directory, fmt::format("node{}", ++nodes_), plan_.node_program,
    std::vector<std::string>{"node", "--config", plan_.directory + "/node.json",
                             "--data", plan_.directory + "/data", "--port",
                             std::to_string(port_)});
}

bool kill_run::node_lives_for(std::chrono::milliseconds time) {
  return !eventually([this] { return !node_->is_running(); }, time);
}

void kill_run::live_and_die() {
  // Most are killed at work, some while they start.
  auto is_early = draw(4);
  if (!is_early) {
    auto before = book_.acknowledged();
    auto is_at_work = eventually(
      [&] {
        book_.read(*producer_);
        return book_.acknowledged() > before || !node_->is_running();
      },
      progress_bound);
    if (!is_at_work)
      problem(fmt::format("node {} acknowledged nothing", nodes_));
  }
  auto strikes = draw(2);
  auto first = draw_time(is_early ? 150 : 600);
  auto second = draw_time(is_early ? 150 : 600);
  auto lives = node_lives_for(first);
  // Who is asked to leave has to find the node at work.
  if (strikes)
    strike_client(lives && !is_early);
  lives = lives && node_lives_for(second);
  if (!lives)
    problem(fmt::format("node {} ended by itself: {}", nodes_, node_->err()));
  node_->send(SIGKILL);
  node_->wait(end_bound);
  ++out_.kills;
  book_.note(node_ended{node_end::killed});
  look_at_disk();
}

void kill_run::look_at_disk() {
  posix_files disk{plan_.directory + "/data"};
  auto image = read_disk(disk);
  for (const auto& x : image.problems)
    problem(fmt::format("after node {}: {}", nodes_, x));
  for (auto& x : image.logs)
    book_.note(std::move(x));
  book_.note(std::move(image.positions));
}

void kill_run::stop_node() {
  node_->send(SIGTERM);
  auto end = node_->wait(end_bound);
  if (end.exit_code != 0)
    problem(fmt::format("the last node's stop ended with {}: {}", end.exit_code,
                        end.err));
  book_.note(node_ended{node_end::clean});
  look_at_disk();
}

// -- clients ------------------------------------------------------------------

client_ptr kill_run::start_client(const std::string& role) {
  client_place where{plan_.directory,
                     plan_.client_program,
                     fmt::format("127.0.0.1:{}", port_),
                     {}};
  return std::make_unique<client_process>(
    where, fmt::format("{}{}", role, ++clients_), role, random_());
}

void kill_run::strike_client(bool may_ask) {
  auto& x = victims_[random_() % victims_.size()];
  auto role = x->role;
  auto is_asked = may_ask && draw(4) && x->is_up();
  book_.end(x, is_asked ? SIGTERM : SIGKILL);
  out_.client_kills += !is_asked;
  x = start_client(role);
}

// -- the end ------------------------------------------------------------------

bool kill_run::is_drained(const std::string& group) {
  process asking{plan_.directory,
                 "describe",
                 plan_.node_program,
                 {"group", "describe", group, "--json", "--connect",
                  fmt::format("127.0.0.1:{}", port_)}};
  auto said = asking.wait(end_bound);
  return said.exit_code == 0 && has_no_lag(said.out);
}

void kill_run::finish() {
  // No more faults: everything has to come to its end.
  for (auto& x : victims_)
    if (x->role == "produce")
      book_.end(x, SIGTERM);
  book_.end(producer_, SIGTERM);
  for (const auto* group : group_names)
    if (!eventually([&] { return is_drained(group); }, end_bound))
      problem(fmt::format("group {} does not come to its end", group));
  for (auto& x : victims_)
    if (x)
      book_.end(x, SIGTERM);
  book_.end(consumer_, SIGTERM);
  stop_node();
}

void kill_run::abandon() {
  for (auto& x : victims_)
    book_.end(x, SIGKILL);
  book_.end(producer_, SIGKILL);
  book_.end(consumer_, SIGKILL);
  node_->send(SIGKILL);
  node_->wait(end_bound);
}

kill_findings kill_run::play() {
  std::ofstream{plan_.directory + "/node.json"} << fmt::format(
    R"({{"topics": [{{"name": "{}", "partitions": {}}}],
         "topic_defaults": {{"segment_bytes": "64KiB"}},
         "partition": {{"upkeep_interval": "1s"}}}})",
    topic_name, partition_count);
  start_node();
  producer_ = start_client("produce");
  consumer_ = start_client("consume");
  victims_.push_back(start_client("produce"));
  victims_.push_back(start_client("consume"));
  while (out_.kills < plan_.kills && book_.problems().empty()) {
    live_and_die();
    start_node();
  }
  if (book_.problems().empty())
    finish();
  else
    abandon();
  book_.judge();
  out_.problems = book_.problems();
  out_.acknowledged = book_.acknowledged();
  out_.handed_out = book_.handed_out();
  out_.events = book_.events();
  return out_;
}

} // namespace

kill_findings play(const kill_plan& plan) {
  return kill_run{plan}.play();
}

} // namespace troupe::testing
