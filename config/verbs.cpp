#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "config/node_step_fields.hpp"
#include "config/scenario_fields.hpp"
#include "config/settings_fields.hpp"
#include "config/step_fields.hpp"

/// The verbs that steps can have.
namespace troupe::scenario {

namespace {

// -- reading a step ---------------------------------------------------------

/// Where a text stands for the whole step: {"stop": "SMSGroup"}.
template <class T>
std::string* main_field(T& x) {
  if constexpr (requires { x.group; })
    return &x.group;
  else if constexpr (std::is_same_v<T, delete_topic>)
    return &x.topic;
  else
    return nullptr;
}

/// The same for a node: {"crash_node": 2}.
template <class T>
bool read_node(const json_reader& at, T& x) {
  constexpr auto needs_more =
    std::is_same_v<T, name_node> || std::is_same_v<T, restart_node>;
  if constexpr (!needs_more && requires { x.node = host_name{}; }) {
    if constexpr (std::is_same_v<T, govern>)
      if (x.what == govern::order::move || x.what == govern::order::rebalance)
        return false;
    if (at.is_object())
      return false;
    if (auto node = read_host(at))
      x.node = std::move(*node);
    return true;
  }
  return false;
}

template <class T>
std::optional<action> read_step(const json_reader& at, const std::string& name,
                                T x) {
  if (read_node(at, x))
    return x;
  if (auto main = main_field(x); main && at.is_text()) {
    *main = at.text(1024).value_or("");
    // A reset needs more than its group.
    if constexpr (!std::is_same_v<T, reset> && !std::is_same_v<T, wait>)
      return x;
  }
  read_fields(at, fmt::format("what to {}", name),
              [&](field_visitor& v) { describe(v, x); });
  if (!at.is_object())
    return std::nullopt;
  if constexpr (requires { check(at, x); })
    check(at, x);
  return x;
}

template <class T>
verb make_verb(const char* name, const char* meaning, T fresh = {}) {
  auto shown = fresh;
  return {name, meaning,
          [=](const json_reader& at) { return read_step(at, name, fresh); },
          tabulate_fields([&](field_visitor& v) { describe(v, shown); })};
}

/// A verb whose value is no object.
verb make_plain_verb(
  const char* name, const char* meaning,
  std::function<std::optional<action>(const json_reader&)> read) {
  return {name, meaning, std::move(read), {}};
}

std::optional<action> read_advance(const json_reader& at) {
  auto time = at.duration(1ms, std::chrono::hours{24 * 365});
  return time ? std::optional<action>{advance{*time}} : std::nullopt;
}

std::optional<action> read_mark(const json_reader& at) {
  auto text = at.text(1024);
  return text ? std::optional<action>{mark{*text}} : std::nullopt;
}

std::optional<action> read_note(const json_reader& at) {
  auto text = at.text(4096);
  return text ? std::optional<action>{note{*text}} : std::nullopt;
}

verb make_restart() {
  auto result = make_verb<restart_node>(
    "restart_node", "Ends the node and starts it again on its data; consumers "
                    "go with it. `{\"restart_node\": \"kill\"}` is short for "
                    "the object; in a cluster `{\"restart_node\": 2}`.");
  result.read = [](const json_reader& at) -> std::optional<action> {
    restart_node x;
    if (at.value().is_number()) {
      x.node = read_host(at);
      return x;
    }
    if (!at.is_text())
      return read_step(at, "restart_node", x);
    auto i = at.choice(restart_words());
    if (!i)
      return std::nullopt;
    x.how = static_cast<restart_kind>(*i);
    return x;
  };
  return result;
}

/// {"heal": "all"} stands for {"heal": {}}.
verb make_heal() {
  auto result = make_verb<heal>(
    "heal", "In a cluster: what `cut` and `slow` did to these lines ends; "
            "`{\"heal\": \"all\"}`: everywhere.");
  result.read = [](const json_reader& at) -> std::optional<action> {
    if (!at.is_text())
      return read_step(at, "heal", heal{});
    return at.choice({"all"}) ? std::optional<action>{heal{}} : std::nullopt;
  };
  return result;
}

verb make_order(const char* name, const char* meaning, govern::order what) {
  govern x;
  x.what = what;
  return make_verb(name, meaning, x);
}

/// What happens to the nodes of a cluster, and its network.
std::vector<verb> make_node_verbs() {
  using order = govern::order;
  return {
    make_verb<name_node>("name_node",
                         "In a cluster: gives a node a name, for later steps: "
                         "who leads may be another one then."),
    make_verb<crash_node>("crash_node",
                          "In a cluster: ends a process at once, with the "
                          "clients in it. `{\"crash_node\": 2}` is short."),
    make_verb<stop_node>("stop_node",
                         "In a cluster: stops a node in order: it hands over "
                         "what it leads."),
    make_verb<start_node>("start_node",
                          "In a cluster: starts what was ended or stopped, on "
                          "its disk."),
    make_verb("pause_node",
              "In a cluster: the process stands still, as by "
              "SIGSTOP; others do not know why.",
              pause_node{{}, true}),
    make_verb("resume_node", "Ends that.", pause_node{{}, false}),
    make_verb<cut>("cut", "In a cluster: nothing passes any more between "
                          "processes, both ways or one."),
    make_verb<slow>("slow", "In a cluster: messages between processes take so "
                            "long, drawn anew for each."),
    make_heal(),
    make_order("drain",
               "In a cluster: moves all replicas off a node; lasts until it "
               "has none.",
               order::drain),
    make_order("undrain", "Lets the node have replicas again.", order::undrain),
    make_order("move",
               "In a cluster: puts partitions on these nodes; lasts until they "
               "are there, in sync, and the first one leads.",
               order::move),
    make_order("rebalance",
               "In a cluster: spreads replicas and leaders evenly.",
               order::rebalance),
    make_order("transfer_controller",
               "In a cluster: hands the leadership of the controllers to a "
               "node.",
               order::transfer),
  };
}

std::vector<verb> make_verbs() {
  std::vector<verb> result = {
    make_verb<produce>("produce", "Posts records; lasts until all are "
                                  "acknowledged, unless `in_background`."),
    make_verb<start>("start", "Starts consumers of a group that has none."),
    make_verb("add", "Starts more consumers of a group.",
              start{"", 1, true, true, default_within}),
    make_verb<stop>("stop", "Stops consumers: they drain, commit, leave."),
    make_verb<crash>("crash", "Kills consumers without any clean-up; they stay "
                              "away until an `add` or `start`."),
    make_verb("pause", "Pauses partitions of a group, durably.",
              pause{"", true, "", std::nullopt}),
    make_verb("resume", "Ends that.", pause{"", false, "", std::nullopt}),
    make_restart(),
    make_verb<wait_until_drained>(
      "wait_until_drained",
      "Lasts until all posts are done and the group has committed all there "
      "is; paused partitions do not count."),
    make_verb<wait>("wait", "Lasts until something is so."),
    make_plain_verb("advance", "Lets time pass: `{\"advance\": \"10s\"}`.",
                    read_advance),
    make_verb<create_topic>("create_topic", "Creates a topic."),
    make_verb<delete_topic>("delete_topic",
                            "Deletes a topic with its records."),
    make_verb<grow>("grow", "Gives a topic more partitions."),
    make_verb<reset>("reset", "Moves the positions of a group that has no "
                              "running consumers."),
    make_plain_verb("mark",
                    "Begins new read windows and a new measurement of rates: "
                    "`{\"mark\": \"two consumers\"}`.",
                    read_mark),
    make_plain_verb("note", "Shows a text: `{\"note\": \"Now...\"}`.",
                    read_note),
    make_verb<expect>("expect", "Checks what is so now. A list of objects "
                                "checks each."),
  };
  auto nodes = make_node_verbs();
  std::move(nodes.begin(), nodes.end(), std::back_inserter(result));
  return result;
}

} // namespace

const std::vector<verb>& all_verbs() {
  static const auto result = make_verbs();
  return result;
}

} // namespace troupe::scenario
