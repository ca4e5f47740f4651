#include "tests/end_to_end/network/network_run.hpp"

#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <memory>

#include <fmt/format.h>

#include "runtime/posix_files.hpp"
#include "tests/checker/disk_image.hpp"
#include "tests/end_to_end/kill/client/roles.hpp"
#include "tests/end_to_end/kill/record_book.hpp"
#include "tests/end_to_end/network/network_world.hpp"

namespace troupe::testing {

using namespace checker;

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;

/// Bounds of what must come at last, on the slowest machine.
constexpr auto start_bound = 60s;
constexpr auto progress_bound = 90s;
constexpr auto health_bound = 120s;
constexpr auto drain_bound = 180s;
constexpr auto stop_bound = 60s;

/// What clients tell is in their journals this long after it happened, so that
/// all of it is there when it is put in order.
constexpr int64_t telling_ns = 10'000'000'000;

/// A fault that costs a node both others, and some again while they come back.
constexpr size_t losses_per_fault_max = 4;

/// Records that were posted so long ago do not show that there is work now.
constexpr int64_t forgotten_ns = 200'000'000'000;

class network_run {
public:
  explicit network_run(const network_plan& plan)
    : plan_(plan), random_(plan.seed), world_(random_) {}

  network_findings play();

private:
  // -- the cast ---------------------------------------------------------------

  void start();
  client_ptr start_client(const std::string& role);
  /// Kills one and starts another in its place.
  void replace(client_ptr& x);

  // -- faults -----------------------------------------------------------------

  /// One fault, or two at once, until all got over it.
  void strike();
  void begin(const fault& x);
  /// Lets time pass and listens to clients; nodes must not end by themselves.
  void pass(milliseconds time);

  // -- what is waited for -----------------------------------------------------

  /// Reads what clients tell, judges what is old.
  void listen();
  void on_read(const moment& x);
  /// Every partition acknowledges a record, and each group gets one of it, that
  /// is posted from now on. Groups are not waited for when one of their members
  /// was killed: that takes its session, and the next fault may come earlier.
  void await_work(const std::string& after, bool of_groups = true);
  void await_health();
  bool is_drained(const std::string& group);

  // -- the end ----------------------------------------------------------------

  void finish();
  void stop_nodes();
  /// Nodes lose each other in faults, and not again and again on their own.
  void judge_losses(host x);
  void look_at_disks();
  void conclude();

  void say(const std::string& x) const {
    fmt::print(stderr, "{:7.1f} s  {}\n",
               static_cast<double>(shared_now_ns() - begun_ns_) / 1e9, x);
  }

  void problem(const std::string& x) {
    say("PROBLEM: " + x);
    book_.problem(x);
  }

  bool is_well() const {
    return book_.problems().empty() && book_.judged().empty()
           && deliveries_.problems().empty();
  }

  const network_plan& plan_;
  dice random_;
  int64_t begun_ns_ = shared_now_ns();
  network_world world_;
  three_nodes& nodes_ = world_.nodes();
  record_book book_;
  delivery_book deliveries_;
  network_findings out_;
  int clients_ = 0;
  /// Clients that live from the beginning to the end, and those that are
  /// killed.
  client_ptr producer_;
  client_ptr consumer_;
  client_ptr mortal_producer_;
  client_ptr mortal_consumer_;
  /// When records were posted that are not acknowledged yet or not delivered;
  /// and the latest of those that are, by partition and by group.
  std::map<std::string, int64_t> posted_ns_;
  std::map<std::pair<std::string, place>, int64_t> worked_ns_;
};

// -- the cast -----------------------------------------------------------------

client_ptr network_run::start_client(const std::string& role) {
  return std::make_unique<client_process>(
    world_.clients(), fmt::format("{}{}", role, ++clients_), role,
    static_cast<uint64_t>(random_.pick(1, 1 << 30)));
}

void network_run::replace(client_ptr& x) {
  auto role = x->role;
  book_.end(x, SIGKILL);
  x = start_client(role);
}

void network_run::start() {
  book_.on_read = [this](const moment& x) { on_read(x); };
  book_.on_judge = [this](const moment& x) { deliveries_.on(x); };
  nodes_.start_all();
  say("three nodes serve; " + world_.describe());
  auto number = deliveries_.begin("the first members join");
  consumer_ = start_client("consume");
  mortal_consumer_ = start_client("consume");
  // Groups begin before the first record: all of them are theirs.
  auto is_everything_assigned = [this] {
    listen();
    for (const auto* group : group_names)
      for (int32_t p = 0; p < partition_count; ++p)
        if (worked_ns_.count({group, {topic_name, p}}) == 0)
          return false;
    return true;
  };
  if (!eventually(is_everything_assigned, start_bound))
    problem("the groups do not begin");
  producer_ = start_client("produce_all");
  mortal_producer_ = start_client("produce_all");
  await_work("the start");
  deliveries_.end(number);
}

// -- faults -------------------------------------------------------------------

void network_run::begin(const fault& x) {
  say(to_string(x));
  ++out_.faults[x.kind];
  if (x.kind == fault_kind::kill_producer)
    replace(mortal_producer_);
  else if (x.kind == fault_kind::kill_consumer)
    replace(mortal_consumer_);
  else
    world_.begin(x);
}

void network_run::pass(milliseconds time) {
  auto has_died = [this] {
    listen();
    return world_.has_lost_a_node();
  };
  if (eventually(has_died, time))
    problem("a node has ended by itself");
}

void network_run::strike() {
  auto first = draw_fault(random_, world_.lines());
  auto second = draw_fault(random_, world_.lines());
  auto is_double = random_.chance(25);
  auto number = deliveries_.begin(to_string(first.kind));
  begin(first);
  pass(is_double ? first.length / 2 : first.length);
  auto both = number;
  if (is_double) {
    both = deliveries_.begin("two at once");
    begin(second);
    pass(second.length);
    world_.end(second);
  }
  world_.end(first);
  await_work(to_string(first), first.kind != fault_kind::kill_consumer);
  if (random_.chance(50))
    await_health();
  deliveries_.end(number);
  deliveries_.end(both);
}

// -- what is waited for -------------------------------------------------------

void network_run::on_read(const moment& x) {
  auto* told = std::get_if<client_event>(&x.what);
  if (!told)
    return;
  auto note = [&](const std::string& who, const place& where,
                  const std::string& value) {
    if (auto i = posted_ns_.find(value); i != posted_ns_.end()) {
      auto& latest = worked_ns_[{who, where}];
      latest = std::max(latest, i->second);
    }
  };
  if (auto* begun = std::get_if<post_begun>(told))
    posted_ns_[begun->value] = x.at_ns;
  else if (auto* posted = std::get_if<post_acknowledged>(told))
    note("", posted->where, posted->value);
  else if (auto* handed = std::get_if<handing_begun>(told))
    note(handed->group, handed->where, handed->value);
  else if (auto* given = std::get_if<assigned>(told))
    worked_ns_[{given->group, given->where}];
}

void network_run::listen() {
  for (auto* x : {&producer_, &mortal_producer_, &consumer_, &mortal_consumer_})
    if (*x)
      book_.read(**x);
  book_.judge_until(shared_now_ns() - telling_ns);
}

void network_run::await_work(const std::string& after, bool of_groups) {
  auto since = shared_now_ns();
  std::erase_if(posted_ns_,
                [&](const auto& x) { return x.second < since - forgotten_ns; });
  std::vector<std::string> who{""};
  if (of_groups)
    who.insert(who.end(), std::begin(group_names), std::end(group_names));
  std::string missing;
  auto works = [&] {
    listen();
    missing.clear();
    for (int32_t p = 0; p < partition_count; ++p)
      for (const auto& x : who)
        if (worked_ns_[{x, {topic_name, p}}] < since)
          missing +=
            fmt::format(" {}-{} {}{}", topic_name, p,
                        x.empty() ? "acknowledged" : "delivered to ", x);
    return missing.empty();
  };
  if (!eventually(works, progress_bound))
    problem(fmt::format("{} s after '{}' there is no new record:{}",
                        progress_bound.count(), after, missing));
}

void network_run::await_health() {
  auto is_healthy = [this] {
    listen();
    return nodes_.is_healthy();
  };
  if (!eventually(is_healthy, health_bound))
    problem("the cluster does not get well: "
            + nodes_.run({"cluster", "status"}).out);
}

bool network_run::is_drained(const std::string& group) {
  listen();
  auto said = nodes_.run({"group", "describe", group, "--json"});
  return said.exit_code == 0 && has_no_lag(said.out);
}

// -- the end ------------------------------------------------------------------

void network_run::finish() {
  say("the end: no more faults");
  await_health();
  book_.end(producer_, SIGTERM);
  book_.end(mortal_producer_, SIGTERM);
  for (const auto* group : group_names)
    if (!eventually([&] { return is_drained(group); }, drain_bound))
      problem(fmt::format("group {} does not come to its end: {}", group,
                          nodes_.run({"group", "describe", group}).out));
  book_.end(consumer_, SIGTERM);
  book_.end(mortal_consumer_, SIGTERM);
  await_health();
  stop_nodes();
  look_at_disks();
}

void network_run::stop_nodes() {
  for (host x = 1; x <= 3; ++x) {
    nodes_.send(x, SIGTERM);
    auto end = nodes_.at(x).wait(stop_bound);
    if (end.exit_code != 0)
      problem(fmt::format("node {} was stopped and ended with {}: {}", x,
                          end.exit_code, end.err));
    judge_losses(x);
  }
  book_.note(node_ended{node_end::clean});
}

void network_run::judge_losses(host x) {
  auto log = nodes_.log_of(x);
  const std::string line = "node lost";
  size_t losses = 0;
  for (auto at = log.find(line); at != log.npos; at = log.find(line, at + 1))
    ++losses;
  size_t faults = 0;
  for (auto [kind, count] : out_.faults)
    faults += static_cast<size_t>(count);
  if (losses > losses_per_fault_max * (faults + 1))
    problem(fmt::format("node {} lost others {} times since its last start, in "
                        "{} faults",
                        x, losses, faults));
}

void network_run::look_at_disks() {
  std::map<place, log_found> first;
  for (host x = 1; x <= 3; ++x) {
    posix_files disk{nodes_.data_of(x)};
    auto image = read_disk(disk);
    for (const auto& y : image.problems)
      problem(fmt::format("node {}: {}", x, y));
    for (auto& log : image.logs) {
      if (x == 1) {
        deliveries_.judge(log);
        first[log.where] = log;
        book_.note(std::move(log));
      } else if (first[log.where].records != log.records) {
        problem(fmt::format("{}: nodes 1 and {} hold other records, up to {} "
                            "and {}",
                            to_string(log.where), x, first[log.where].end,
                            log.end));
      }
    }
    if (image.logs.size() != partition_count)
      problem(fmt::format("node {} has {} logs", x, image.logs.size()));
    if (x == 1)
      book_.note(std::move(image.positions));
  }
}

void network_run::conclude() {
  book_.judge_until(std::numeric_limits<int64_t>::max());
  for (const auto& x : deliveries_.problems())
    book_.problem(x);
  book_.judge();
  out_.problems = book_.problems();
  out_.acknowledged = book_.acknowledged();
  out_.handed_out = book_.handed_out();
  out_.events = book_.events();
  out_.repeats = deliveries_.repeats();
  out_.reasons = deliveries_.reasons();
  out_.silences = deliveries_.silences();
  for (auto& [what, x] : out_.silences)
    x.from_ns -= begun_ns_;
  out_.connections_broken = world_.connections_broken();
  if (!out_.problems.empty())
    nodes_.keep();
  out_.directory = nodes_.directory();
}

network_findings network_run::play() {
  start();
  auto end = clock::now() + plan_.time;
  while (clock::now() < end && is_well())
    strike();
  world_.heal();
  if (is_well())
    finish();
  conclude();
  return std::move(out_);
}

} // namespace

network_findings play(const network_plan& plan) {
  return network_run{plan}.play();
}

} // namespace troupe::testing
