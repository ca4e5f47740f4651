#include "tests/end_to_end/kill/kill_run.hpp"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>

#include <fmt/format.h>

#include "runtime/posix_files.hpp"
#include "tests/checker/disk_image.hpp"
#include "tests/end_to_end/kill/client/roles.hpp"

namespace troupe::testing {

using namespace checker;

namespace {

using namespace std::chrono_literals;

/// Bounds of what must come at last, on the slowest machine.
constexpr auto progress_bound = 60s;
constexpr auto end_bound = 120s;

using told_event = std::variant<client_event, member_lost, node_ended,
                                log_found, positions_found>;

struct moment {
  int64_t at_ns = 0;
  told_event what;
};

/// Tells a checker of one event.
struct teller {
  checker::checker& judge;

  void operator()(const client_event& x) const {
    std::visit([this](const auto& y) { judge.on(y); }, x);
  }

  template <class Event>
  void operator()(const Event& x) const {
    judge.on(x);
  }
};

/// A process of clients, with what it tells.
struct client_process {
  client_process(const kill_plan& plan, uint16_t port, std::string its_name,
                 std::string its_role, uint64_t seed)
    : name(std::move(its_name)), role(std::move(its_role)),
      told(plan.directory + "/" + name + ".journal"),
      running(plan.directory, name, plan.client_program,
              {name, std::to_string(port), std::to_string(seed),
               plan.directory + "/" + name + ".journal", role}) {}

  /// It can be asked to stop: it has begun its journal.
  bool is_up() const {
    return std::filesystem::exists(told.path());
  }

  std::string name;
  std::string role;
  journal_reader told;
  process running;
};

using client_ptr = std::unique_ptr<client_process>;

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
  /// Ends a client and takes down what it told and lost.
  void end_client(client_ptr& x, int signal);
  /// Ends one, mostly by a kill, and starts another in its place.
  void strike_client(bool may_ask);
  void read(client_process& x);

  // -- the end ----------------------------------------------------------------

  void finish();
  /// Ends all at once, after a problem.
  void abandon();
  bool is_drained(const std::string& group);
  void judge();

  bool draw(uint64_t one_in) {
    return random_() % one_in == 0;
  }

  std::chrono::milliseconds draw_time(uint64_t ms_max) {
    return std::chrono::milliseconds{random_() % (ms_max + 1)};
  }

  /// Lets time pass; false: the node has ended meanwhile.
  bool node_lives_for(std::chrono::milliseconds time);
  void problem(std::string x) {
    out_.problems.push_back(std::move(x));
  }

  const kill_plan& plan_;
  std::mt19937_64 random_;
  uint16_t port_;
  kill_findings out_;
  std::vector<moment> told_;
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
    auto before = out_.acknowledged;
    auto is_at_work = eventually(
      [&] {
        read(*producer_);
        return out_.acknowledged > before || !node_->is_running();
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
  told_.push_back({shared_now_ns(), node_ended{node_end::killed}});
  look_at_disk();
}

void kill_run::look_at_disk() {
  posix_files disk{plan_.directory + "/data"};
  auto image = read_disk(disk);
  for (const auto& x : image.problems)
    problem(fmt::format("after node {}: {}", nodes_, x));
  auto now = shared_now_ns();
  for (auto& x : image.logs)
    told_.push_back({now, std::move(x)});
  told_.push_back({now, std::move(image.positions)});
}

void kill_run::stop_node() {
  node_->send(SIGTERM);
  auto end = node_->wait(end_bound);
  if (end.exit_code != 0)
    problem(fmt::format("the last node's stop ended with {}: {}", end.exit_code,
                        end.err));
  told_.push_back({shared_now_ns(), node_ended{node_end::clean}});
  look_at_disk();
}

// -- clients ------------------------------------------------------------------

client_ptr kill_run::start_client(const std::string& role) {
  return std::make_unique<client_process>(
    plan_, port_, fmt::format("{}{}", role, ++clients_), role, random_());
}

void kill_run::read(client_process& x) {
  for (auto& y : x.told.next()) {
    out_.acknowledged += std::holds_alternative<post_acknowledged>(y.what);
    out_.handed_out += std::holds_alternative<handing_begun>(y.what);
    told_.push_back({y.at_ns, std::move(y.what)});
  }
}

void kill_run::end_client(client_ptr& x, int signal) {
  if (signal != SIGKILL && !eventually([&] { return x->is_up(); }, end_bound))
    problem(fmt::format("client {} does not begin", x->name));
  x->running.send(signal);
  auto end = x->running.wait(end_bound);
  auto expected = signal == SIGKILL ? 128 + SIGKILL : 0;
  if (end.exit_code != expected)
    problem(fmt::format("client {} ended with {}, not {}: {}", x->name,
                        end.exit_code, expected, end.err));
  read(*x);
  for (const auto* group : group_names)
    told_.push_back({shared_now_ns(),
                     member_lost{group, fmt::format("{}.{}", x->name, group)}});
  x.reset();
}

void kill_run::strike_client(bool may_ask) {
  auto& x = victims_[random_() % victims_.size()];
  auto role = x->role;
  auto is_asked = may_ask && draw(4) && x->is_up();
  end_client(x, is_asked ? SIGTERM : SIGKILL);
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
  if (said.exit_code != 0)
    return false;
  auto is_there = said.out.find("\"lag\":") != std::string::npos;
  for (size_t at = 0; (at = said.out.find("\"lag\":", at)) != std::string::npos;
       at += 6)
    is_there = is_there && said.out.compare(at + 6, 1, "0") == 0;
  return is_there;
}

void kill_run::finish() {
  // No more faults: everything has to come to its end.
  for (auto& x : victims_)
    if (x->role == "produce")
      end_client(x, SIGTERM);
  end_client(producer_, SIGTERM);
  for (const auto* group : group_names)
    if (!eventually([&] { return is_drained(group); }, end_bound))
      problem(fmt::format("group {} does not come to its end", group));
  for (auto& x : victims_)
    if (x)
      end_client(x, SIGTERM);
  end_client(consumer_, SIGTERM);
  stop_node();
}

void kill_run::abandon() {
  for (auto& x : victims_)
    end_client(x, SIGKILL);
  end_client(producer_, SIGKILL);
  end_client(consumer_, SIGKILL);
  node_->send(SIGKILL);
  node_->wait(end_bound);
}

void kill_run::judge() {
  std::stable_sort(
    told_.begin(), told_.end(),
    [](const auto& a, const auto& b) { return a.at_ns < b.at_ns; });
  checker::checker judge;
  judge.on(topic_served{topic_name, partition_count, false});
  teller tell{judge};
  for (const auto& x : told_)
    std::visit(tell, x.what);
  // After a problem the run was cut short.
  judge.finish(out_.problems.empty());
  out_.events = judge.events();
  out_.problems.insert(out_.problems.end(), judge.problems().begin(),
                       judge.problems().end());
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
  while (out_.kills < plan_.kills && out_.problems.empty()) {
    live_and_die();
    start_node();
  }
  if (out_.problems.empty())
    finish();
  else
    abandon();
  judge();
  return out_;
}

} // namespace

kill_findings play(const kill_plan& plan) {
  return kill_run{plan}.play();
}

} // namespace troupe::testing
