#include <fmt/format.h>

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

template <class T>
std::optional<action> read_step(const json_reader& at, const std::string& name,
                                T x) {
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
                    "the object.");
  result.read = [](const json_reader& at) -> std::optional<action> {
    restart_node x;
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

std::vector<verb> make_verbs() {
  return {
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
}

} // namespace

const std::vector<verb>& all_verbs() {
  static const auto result = make_verbs();
  return result;
}

} // namespace troupe::scenario
