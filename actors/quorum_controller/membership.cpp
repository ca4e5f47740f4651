#include "actors/quorum_controller/membership.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"

namespace troupe {

namespace {

using namespace consensus;

bool is_voter(const member& x) {
  return x.role == member_role::voter;
}

size_t count_voters(const membership_view& x) {
  return static_cast<size_t>(
    std::count_if(x.members.begin(), x.members.end(), is_voter));
}

const node_info* find(const membership_view& x, uint64_t id) {
  auto i = x.nodes->find(static_cast<uint32_t>(id));
  return i == x.nodes->end() ? nullptr : &i->second;
}

/// Whether it can vote, or could once it has what it lacks.
bool may_vote(const membership_view& x, const member& who) {
  const auto* node = find(x, who.id);
  return node && !node->is_fenced && !node->is_draining && !node->is_standby;
}

membership_step with_role(const membership_view& x, uint64_t id,
                          member_role role) {
  membership_step result;
  result.members = x.members;
  for (auto& i : result.members)
    if (i.id == id)
      i.role = role;
  return result;
}

/// Members that are no more: of a node that was removed, or that has another
/// data directory now.
std::optional<membership_step> put_out(const membership_view& x) {
  for (const auto& i : x.members) {
    const auto* node = find(x, i.id);
    auto stays = node && i.address == to_string(node->directory_id);
    if (stays || i.id == x.self)
      continue;
    membership_step result;
    for (const auto& other : x.members)
      if (other.id != i.id)
        result.members.push_back(other);
    return result;
  }
  return std::nullopt;
}

std::optional<membership_step> take_in(const membership_view& x) {
  for (const auto& [id, node] : *x.nodes) {
    auto is_it = [id = id](const member& i) { return i.id == id; };
    // Also a fenced one: it is to learn the metadata first.
    if (!x.alive.contains(id)
        || std::any_of(x.members.begin(), x.members.end(), is_it))
      continue;
    membership_step result;
    result.members = x.members;
    result.members.push_back(
      {id, to_string(node.directory_id), member_role::standby});
    std::sort(result.members.begin(), result.members.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    return result;
  }
  return std::nullopt;
}

std::optional<membership_step> promote(const membership_view& x) {
  auto voters = count_voters(x);
  auto candidates = static_cast<size_t>(
    std::count_if(x.members.begin(), x.members.end(), [&](const member& i) {
      return !is_voter(i) && may_vote(x, i);
    }));
  auto wanted = std::min<size_t>(x.voters, voters + candidates);
  if (wanted % 2 == 0 && wanted > voters)
    --wanted;
  if (voters >= wanted)
    return std::nullopt;
  for (const auto& i : x.members) {
    if (is_voter(i) || !may_vote(x, i))
      continue;
    auto state = x.catching_up.find(i.id);
    if (state != x.catching_up.end()
        && state->second == catch_up_state::finished)
      return with_role(x, i.id, member_role::voter);
    membership_step result;
    result.catch_up = i.id;
    return result;
  }
  return std::nullopt;
}

/// Without the vote of `node` a majority keeps up.
bool can_do_without(const membership_view& x, uint64_t node) {
  size_t left = 0;
  size_t up = 0;
  for (const auto& i : x.members)
    if (is_voter(i) && i.id != node) {
      ++left;
      up += i.id == x.self || x.keeping_up.contains(i.id) ? 1 : 0;
    }
  return up >= left / 2 + 1;
}

/// Those that an operator does not want to vote; and of the nodes that are
/// drained one for which another node can vote. The next one only when that one
/// does: else those that vote would become fewer with each.
std::optional<membership_step> demote(const membership_view& x) {
  auto may_follow = [&](const member& i) {
    return !is_voter(i) && may_vote(x, i) && x.keeping_up.contains(i.id);
  };
  auto has_candidate =
    count_voters(x) % 2 == 1
    && std::any_of(x.members.begin(), x.members.end(), may_follow);
  for (const auto& i : x.members) {
    const auto* node = find(x, i.id);
    if (!is_voter(i) || i.id == x.self || !node)
      continue;
    if ((node->is_standby || (node->is_draining && has_candidate))
        && can_do_without(x, i.id))
      return with_role(x, i.id, member_role::standby);
  }
  return std::nullopt;
}

/// A leader that is not to vote lets another one lead, which can take it its
/// vote.
std::optional<membership_step> hand_over(const membership_view& x) {
  const auto* own = find(x, x.self);
  if (!own || (!own->is_draining && !own->is_standby))
    return std::nullopt;
  for (const auto& i : x.members)
    if (i.id != x.self && is_voter(i) && may_vote(x, i)
        && x.keeping_up.contains(i.id)) {
      membership_step result;
      result.new_leader = i.id;
      return result;
    }
  return std::nullopt;
}

} // namespace

caf::error check_demotion(const membership_view& x, uint32_t node) {
  auto i = std::find_if(x.members.begin(), x.members.end(),
                        [&](const member& y) { return y.id == node; });
  if (i == x.members.end() || !is_voter(*i))
    return find(x, node) ? caf::none
                         : make_error(ec::invalid_argument,
                                      fmt::format("there is no node {}", node));
  if (count_voters(x) == 1)
    return make_error(ec::invalid_argument,
                      fmt::format("node {} is the only one that votes", node));
  if (node == x.self)
    return make_error(ec::invalid_argument,
                      fmt::format("node {} leads the controllers; 'troupe "
                                  "cluster transfer' first",
                                  node));
  if (can_do_without(x, node))
    return caf::none;
  std::string away;
  for (const auto& y : x.members)
    if (is_voter(y) && y.id != node && y.id != x.self
        && !x.keeping_up.contains(y.id))
      away += fmt::format("{}{}", away.empty() ? "" : ", ", y.id);
  return make_error(ec::not_available,
                    fmt::format("without the vote of node {} the controllers "
                                "would have no majority: of the others that "
                                "vote, node {} is down or far behind",
                                node, away));
}

caf::error check_promotion(const membership_view& x, uint32_t node) {
  const auto* about = find(x, node);
  if (!about)
    return make_error(ec::invalid_argument,
                      fmt::format("there is no node {}", node));
  auto is_it = [&](const member& y) { return y.id == node && is_voter(y); };
  if (about->is_standby
      || std::any_of(x.members.begin(), x.members.end(), is_it))
    return caf::none;
  if (about->is_draining)
    return make_error(ec::invalid_argument,
                      fmt::format("node {0} is being drained; 'troupe cluster "
                                  "undrain {0}' first",
                                  node));
  if (count_voters(x) >= x.voters)
    return make_error(ec::invalid_argument,
                      fmt::format("{} nodes vote, as many as are to "
                                  "(cluster.voters); 'troupe cluster demote' "
                                  "one of them to let node {} take its place",
                                  count_voters(x), node));
  return caf::none;
}

membership_step next_step(const membership_view& x) {
  for (auto step : {put_out, demote, take_in, promote, hand_over})
    if (auto result = step(x))
      return *result;
  return {};
}

} // namespace troupe
