#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/scenario/judge.hpp"
#include "runtime/scenario/step_text.hpp"

namespace troupe::scenario {

namespace {

using lines = std::vector<std::string>;

std::string show_node(uint32_t x) {
  return x == 0 ? "nobody" : fmt::format("node {}", x);
}

/// Whom names mean; nothing, and a line, when one means nobody.
std::optional<std::set<uint32_t>> find_all(const std::vector<host_name>& names,
                                           const observation& seen,
                                           const std::string& what,
                                           lines& out) {
  std::set<uint32_t> result;
  for (const auto& name : names) {
    auto node = seen.find_node ? seen.find_node(name)
                               : caf::expected<uint32_t>{name.number};
    if (!node) {
      out.push_back(fmt::format("{}: '{}' means nobody: {}", what,
                                to_string(name), troupe::what(node.error())));
      return std::nullopt;
    }
    result.insert(*node);
  }
  return result;
}

void judge_choice(const node_choice& wanted, uint32_t found,
                  const observation& seen, const std::string& what,
                  lines& out) {
  auto nodes = find_all(wanted.nodes, seen, what, out);
  if (!nodes)
    return;
  if (nodes->empty())
    nodes->insert(0);
  auto is_in = nodes->count(found) > 0;
  // Nobody is not 'another one'.
  if (wanted.is_not ? !is_in && found != 0 : is_in)
    return;
  lines names;
  for (auto x : *nodes)
    names.push_back(show_node(x));
  out.push_back(fmt::format("{}: expected {}{}, found {}", what,
                            wanted.is_not ? "another one than " : "",
                            fmt::join(names, " or "), show_node(found)));
}

void judge_in_sync(const expect& wanted, const observation& seen, lines& out) {
  for (const auto& [where, set] : wanted.in_sync) {
    auto what = fmt::format("in_sync['{}']", to_string(where));
    auto found = seen.cluster->find(where);
    if (found == nullptr) {
      out.push_back(what + ": there is no such partition");
      continue;
    }
    std::set<uint32_t> now(found->in_sync.begin(), found->in_sync.end());
    if (set.count) {
      if (now.size() != *set.count)
        out.push_back(fmt::format("{}: expected {}, found {} ({})", what,
                                  *set.count, now.size(),
                                  fmt::join(now, ", ")));
      continue;
    }
    auto nodes = find_all(set.nodes, seen, what, out);
    if (nodes && *nodes != now)
      out.push_back(fmt::format("{}: expected [{}], found [{}]", what,
                                fmt::join(*nodes, ", "), fmt::join(now, ", ")));
  }
}

void judge_number(const char* what, const std::optional<bounds>& wanted,
                  int64_t found, lines& out) {
  if (wanted && !wanted->contains(found))
    out.push_back(
      fmt::format("{}: expected {}, found {}", what, show(*wanted), found));
}

} // namespace

void judge_cluster(const expect& wanted, const observation& seen, lines& out) {
  if (wanted.gap && seen.gap_ms > wanted.gap->count())
    out.push_back(fmt::format("gap: expected at most {}, found {}",
                              describe(*wanted.gap),
                              describe(milliseconds{seen.gap_ms})));
  if (wanted.missing && *wanted.missing != seen.missing)
    out.push_back(fmt::format("missing: expected {}, found {}", *wanted.missing,
                              seen.missing));
  judge_number("acknowledged", wanted.acknowledged, seen.posts.acknowledged,
               out);
  judge_number("failed", wanted.failed, seen.posts.failed, out);
  judge_number("waiting", wanted.waiting, seen.posts.waiting, out);
  if (seen.cluster == nullptr)
    return;
  for (const auto& [where, choice] : wanted.leaders)
    judge_choice(choice, seen.cluster->leader_of(where), seen,
                 fmt::format("leaders['{}']", to_string(where)), out);
  judge_in_sync(wanted, seen, out);
  if (wanted.controller)
    judge_choice(*wanted.controller, seen.controller, seen, "controller", out);
  judge_number("under_replicated", wanted.under_replicated,
               seen.cluster->under_replicated(), out);
  if (wanted.replicas_agree.value_or(false))
    for (const auto& x : seen.disagreements)
      out.push_back("replicas_agree: " + x);
  else if (wanted.replicas_agree && seen.disagreements.empty())
    out.push_back("replicas_agree: expected some that differ, found none");
  judge_number("offline", wanted.offline, seen.cluster->offline(), out);
}

} // namespace troupe::scenario
