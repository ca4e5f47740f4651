#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/scenario/judge.hpp"
#include "runtime/scenario/step_text.hpp"

namespace troupe::scenario {

namespace {

/// Values in words; only their number when there are many.
std::string show_values(const std::vector<std::string>& values) {
  return values.size() <= 5 ? fmt::format("{}", fmt::join(values, " "))
                            : fmt::format("{} records", values.size());
}

/// `committed messages-0: 4, messages-1: null`
void add_offsets(std::vector<std::string>& parts, const char* what,
                 const offsets_expectation& offsets) {
  std::vector<std::string> shown;
  for (const auto& [where, offset] : offsets)
    shown.push_back(fmt::format("{}: {}", to_string(where),
                                offset ? std::to_string(*offset) : "null"));
  if (!shown.empty())
    parts.push_back(fmt::format("{} {}", what, fmt::join(shown, ", ")));
}

void add_reads(std::vector<std::string>& parts, const expect& wanted) {
  if (wanted.reads) {
    std::vector<std::string> shown;
    for (const auto& [where, values] : *wanted.reads)
      shown.push_back(
        fmt::format("{}: {}", to_string(where), show_values(values)));
    parts.push_back(shown.empty()
                      ? "reads nothing"
                      : fmt::format("reads {}", fmt::join(shown, ", ")));
  }
  if (wanted.reads_any_order)
    parts.push_back("reads " + show_values(*wanted.reads_any_order));
  if (wanted.reads_count)
    parts.push_back("so many records read");
}

std::string show_choice(const node_choice& x) {
  if (x.nodes.empty())
    return "by nobody";
  return (x.is_not ? "not by " : "by ") + describe_all(x.nodes);
}

void add_cluster(std::vector<std::string>& parts, const expect& wanted) {
  auto add = [&](const std::optional<bounds>& x, const char* what) {
    if (x)
      parts.push_back(fmt::format("{} {}", show(*x), what));
  };
  auto posts =
    wanted.posts.empty() ? std::string{} : "of '" + wanted.posts + "' ";
  if (wanted.missing)
    parts.push_back(
      fmt::format("{} acknowledged records missing", *wanted.missing));
  add(wanted.acknowledged, (posts + "acknowledged").c_str());
  add(wanted.failed, (posts + "failed").c_str());
  add(wanted.waiting, (posts + "waiting").c_str());
  for (const auto& [where, choice] : wanted.leaders)
    parts.push_back(
      fmt::format("{} led {}", to_string(where), show_choice(choice)));
  for (const auto& [where, set] : wanted.in_sync)
    parts.push_back(fmt::format("{} in sync at {}", to_string(where),
                                set.count ? fmt::format("{} nodes", *set.count)
                                          : describe_all(set.nodes)));
  if (wanted.controller)
    parts.push_back("controllers led " + show_choice(*wanted.controller));
  add(wanted.under_replicated, "partitions lack replicas");
  add(wanted.offline, "partitions offline");
  if (wanted.replicas_agree)
    parts.push_back(*wanted.replicas_agree ? "all replicas hold the same"
                                           : "replicas differ");
}

} // namespace

std::string summarize(const expect& wanted) {
  std::vector<std::string> parts;
  add_reads(parts, wanted);
  add_offsets(parts, "committed", wanted.committed);
  add_offsets(parts, "next", wanted.next);
  add_offsets(parts, "start", wanted.start);
  add_offsets(parts, "end", wanted.end);
  add_offsets(parts, "lag", wanted.lag);
  if (wanted.lag_total)
    parts.push_back(fmt::format("lag {}", *wanted.lag_total));
  for (const auto& [where, owner] : wanted.owners)
    parts.push_back(fmt::format("{} owned by {}", to_string(where),
                                owner.value_or("nobody")));
  if (wanted.owners_count)
    parts.push_back(fmt::format("{} own something", *wanted.owners_count));
  if (wanted.idle)
    parts.push_back(fmt::format("{} idle", *wanted.idle));
  if (wanted.lost)
    parts.push_back(fmt::format("{} lost", *wanted.lost));
  if (wanted.delivered_twice)
    parts.push_back(show(*wanted.delivered_twice) + " delivered twice");
  if (wanted.delivered_twice_committed)
    parts.push_back(fmt::format("{} committed ones delivered again",
                                *wanted.delivered_twice_committed));
  if (wanted.rate)
    parts.push_back(fmt::format("{:g} records/s", wanted.rate->value));
  if (wanted.gap)
    parts.push_back("never idle for more than " + describe(*wanted.gap));
  add_cluster(parts, wanted);
  for (const auto& event : wanted.events)
    parts.push_back(fmt::format("timeline says '{}'", event));
  auto about_cluster = !wanted.leaders.empty() || !wanted.in_sync.empty()
                       || wanted.controller || wanted.under_replicated
                       || wanted.offline || wanted.replicas_agree;
  auto about_posts =
    wanted.missing || wanted.acknowledged || wanted.failed || wanted.waiting;
  auto whom = !wanted.group.empty() ? wanted.group
              : about_cluster       ? std::string{"cluster"}
              : about_posts         ? std::string{"posts"}
                                    : std::string{"all"};
  return fmt::format("{}: {}", whom, fmt::join(parts, "; "));
}

} // namespace troupe::scenario
