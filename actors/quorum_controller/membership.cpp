#include "actors/quorum_controller/membership.hpp"

#include <algorithm>

namespace troupe {

namespace {

using namespace consensus;

bool is_voter(const member& x) {
  return x.role == member_role::voter;
}

/// Whether it can vote, or could once it has what it lacks.
bool may_vote(const membership_view& x, const member& who) {
  auto id = static_cast<uint32_t>(who.id);
  auto i = x.nodes->find(id);
  return i != x.nodes->end() && !i->second.is_fenced && !i->second.is_draining
         && !x.demoted.contains(id);
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
    auto node = x.nodes->find(static_cast<uint32_t>(i.id));
    auto stays = node != x.nodes->end()
                 && i.address == to_string(node->second.directory_id);
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
  size_t voters = 0;
  size_t candidates = 0;
  for (const auto& i : x.members)
    if (is_voter(i))
      ++voters;
    else if (may_vote(x, i))
      ++candidates;
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

std::optional<membership_step> demote(const membership_view& x) {
  for (const auto& i : x.members)
    if (is_voter(i) && i.id != x.self
        && x.demoted.contains(static_cast<uint32_t>(i.id)))
      return with_role(x, i.id, member_role::standby);
  return std::nullopt;
}

} // namespace

membership_step next_step(const membership_view& x) {
  for (auto step : {put_out, demote, take_in, promote})
    if (auto result = step(x))
      return *result;
  return {};
}

} // namespace troupe
