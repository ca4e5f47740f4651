#include "runtime/cli/cluster_overview.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/cli/client.hpp"

namespace troupe::cli {

namespace {

bool contains(const std::vector<uint32_t>& xs, uint32_t x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

} // namespace

overview summarize(cluster_status status, const std::vector<topic_info>& all) {
  overview result;
  result.status = std::move(status);
  for (const auto& topic : all)
    for (size_t i = 0; i < topic.placement.size(); ++i) {
      const auto& x = topic.placement[i];
      auto name = fmt::format("{}-{}", topic.name, i);
      ++result.partitions;
      if (x.leader == 0)
        result.offline.push_back(name);
      if (x.in_sync.size() < x.replicas.size())
        result.under_replicated.push_back(name);
      if (x.replicas.size() == 1)
        result.single.push_back(name);
      for (auto node : x.replicas) {
        auto& has = result.shares[node];
        ++has.replicas;
        has.leads += node == x.leader ? 1 : 0;
        has.behind += contains(x.in_sync, node) ? 0 : 1;
      }
    }
  return result;
}

caf::expected<overview> look(client& to) {
  auto status = to.ask<cluster_status>(to.node(), nodes_atom_v);
  if (!status)
    return status.error();
  auto all = to.ask<std::vector<topic_info>>(to.node(), topics_atom_v);
  if (!all)
    return all.error();
  return summarize(std::move(*status), *all);
}

namespace {

/// Who could vote and does not, as far as more are to vote.
struct candidates {
  /// As many of them as make the number odd are made voters.
  size_t waiting = 0;
  std::string demoted;
};

candidates candidates_of(const cluster_status& x) {
  candidates result;
  size_t voters = 0;
  size_t free = 0;
  for (const auto& node : x.nodes) {
    auto votes = std::any_of(x.members.begin(), x.members.end(), [&](auto& y) {
      return y.node == node.id && y.role == "voter";
    });
    voters += votes ? 1 : 0;
    if (node.is_standby)
      result.demoted +=
        fmt::format("{}{}", result.demoted.empty() ? "" : ", ", node.id);
    else if (!votes && !node.is_draining)
      ++free;
  }
  auto wanted = std::min<size_t>(x.voters, voters + free);
  wanted -= wanted % 2 == 0 && wanted > voters ? 1 : 0;
  result.waiting = wanted > voters ? wanted - voters : 0;
  if (voters >= x.voters)
    result.demoted.clear();
  return result;
}

std::string promotion_of(const std::string& demoted) {
  return fmt::format("node {0} was demoted: 'troupe cluster promote {0}'",
                     demoted);
}

/// What to do so that one more may be lost; empty: there is nothing to do.
std::string advice_for(const quorum_state& x, const cluster_status& all,
                       size_t away) {
  if (x.up < x.voters)
    return fmt::format("start {} again", away == 1 ? "it" : "one of them");
  auto others = candidates_of(all);
  if (others.waiting > 0)
    return "others are being made voters";
  if (!others.demoted.empty())
    return promotion_of(others.demoted);
  if (all.voters < 3)
    return fmt::format("cluster.voters is {}", all.voters);
  switch (all.nodes.size()) {
    case 1:
      return "add two nodes";
    case 2:
      return "add a third node";
    default:
      return "";
  }
}

/// Whether what votes is there, for all that the leader knows.
bool is_up(const cluster_status& x, const quorum_member& member) {
  auto lives = std::any_of(x.nodes.begin(), x.nodes.end(), [&](const auto& y) {
    return y.id == member.node && !y.is_fenced;
  });
  return lives && (x.leader == 0 || member.answers);
}

} // namespace

std::string flaw_of_voters(const overview& x) {
  for (const auto& member : x.status.members)
    if (x.status.leader != 0 && member.role == "voter"
        && !is_up(x.status, member))
      return fmt::format("node {}, which votes, does not answer the "
                         "controllers' leader",
                         member.node);
  if (candidates_of(x.status).waiting > 0)
    return fmt::format("fewer than {} controllers vote: others are being made "
                       "voters, or are down",
                       x.status.voters);
  // One that restarts would stop the others.
  if (auto demoted = candidates_of(x.status).demoted;
      !demoted.empty() && quorum_of(x.status).spare <= 0)
    return promotion_of(demoted);
  return "";
}

quorum_state quorum_of(const cluster_status& x) {
  quorum_state result;
  std::string away;
  size_t away_count = 0;
  for (const auto& member : x.members) {
    if (member.role != "voter")
      continue;
    ++result.voters;
    if (is_up(x, member)) {
      ++result.up;
      continue;
    }
    ++away_count;
    away += fmt::format("{}{}", away.empty() ? "" : ", ", member.node);
  }
  auto majority = result.voters / 2 + 1;
  result.spare =
    static_cast<int32_t>(result.up) - static_cast<int32_t>(majority);
  auto text = fmt::format("{} of {} voters up", result.up, result.voters);
  if (away_count > 0)
    text += fmt::format(" (not: node {})", away);
  auto advice = advice_for(result, x, away_count);
  if (!advice.empty())
    advice = "; " + advice;
  // Who answers may not know yet who is down; but it knows that nobody leads.
  if (result.spare < 0 || x.leader == 0)
    result.meaning = fmt::format(
      "{}: no changes, and nobody takes over from nodes that fail, until {} of "
      "{} voters are up",
      x.leader == 0 ? "the controllers have no leader" : text, majority,
      result.voters);
  else if (result.spare == 0)
    result.meaning = fmt::format("{}: one {}lost stops changes, and nobody "
                                 "takes over from nodes that fail{}",
                                 text, away_count > 0 ? "more " : "", advice);
  else
    result.meaning = fmt::format("{}: {} more may be lost", text, result.spare);
  return result;
}

std::string flaw_of(const overview& x) {
  if (x.status.leader == 0)
    return "the controllers have no leader";
  for (const auto& node : x.status.nodes)
    if (node.is_fenced)
      return fmt::format("node {} is down", node.id);
  if (!x.offline.empty())
    return fmt::format("{} partitions are offline: {}", x.offline.size(),
                       some_of(x.offline));
  if (!x.under_replicated.empty())
    return fmt::format("{} partitions have replicas behind: {}",
                       x.under_replicated.size(), some_of(x.under_replicated));
  return flaw_of_voters(x);
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr size_t shown = 10;
  std::string result;
  for (size_t i = 0; i < std::min(shown, names.size()); ++i)
    result += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > shown)
    result += fmt::format(" and {} more", names.size() - shown);
  return result;
}

} // namespace troupe::cli
