#include "actors/quorum_controller/recovery.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/consensus/configuration.hpp"
#include "actors/consensus/server_store.hpp"
#include "actors/protocol/errors.hpp"

namespace troupe {

namespace {

/// More elections than the lost ones can have held meanwhile, and more ids than
/// they can have given to producers: one that was given twice would let a
/// partition take a producer's new records for another one's old ones.
constexpr int32_t epochs_left_out = 1 << 16;
constexpr int32_t producer_ids_left_out = 1 << 30;

/// All that the entries say, agreed on or not: what was agreed on is among it.
caf::expected<metadata> replay(const consensus::stored_state& stored,
                               const metadata_rules& rules,
                               consensus::configuration& members) {
  metadata result{rules};
  uint64_t applied = 0;
  if (stored.base) {
    auto state = metadata::decode(rules, stored.base->state);
    if (!state)
      return std::move(state.error());
    result = std::move(*state);
    applied = stored.base->index;
    members = stored.base->members;
  }
  for (size_t i = 0; i < stored.entries.size(); ++i) {
    const auto& x = stored.entries[i];
    if (stored.first_index + i <= applied)
      continue;
    if (x.kind == consensus::entry_kind::change) {
      auto changed = consensus::read_configuration(x.data);
      if (!changed)
        return std::move(changed.error());
      members = std::move(*changed);
    }
    if (x.kind != consensus::entry_kind::command)
      continue;
    auto given = decode_command(x.data, rules.levels);
    if (!given)
      return std::move(given.error());
    if (auto change = result.apply(*given, static_cast<int32_t>(x.term));
        !change)
      return std::move(change.error());
  }
  return result;
}

/// `node` leads what it has a counting copy of, nobody the rest.
set_partitions lead_alone(const metadata& x, uint32_t node) {
  set_partitions result;
  for (const auto& [name, topic] : x.topics())
    for (size_t i = 0; i < topic.placement.size(); ++i) {
      auto wanted = topic.placement[i];
      auto may_lead =
        std::find(wanted.in_sync.begin(), wanted.in_sync.end(), node)
        != wanted.in_sync.end();
      wanted.leader = may_lead ? node : 0;
      wanted.leader_epoch += epochs_left_out;
      ++wanted.epoch;
      result.changes.push_back(
        {{topic.id, static_cast<int32_t>(i)}, std::move(wanted), {}});
    }
  return result;
}

} // namespace

caf::expected<quorum_recovery> plan_recovery(
  const consensus::stored_state& stored, const metadata_rules& rules,
  uint32_t node, const std::string& address) {
  quorum_recovery result;
  auto state = replay(stored, rules, result.members);
  if (!state)
    return std::move(state.error());
  if (!state->nodes().contains(node))
    return make_error(ec::invalid_argument,
                      fmt::format("node {} knows nothing of its cluster: it "
                                  "was not taken in yet, or was told to join "
                                  "another one",
                                  node));
  result.last_index = stored.base ? stored.base->index : 0;
  result.last_term = stored.base ? stored.base->term : 0;
  if (auto end = stored.first_index + stored.entries.size() - 1;
      !stored.entries.empty() && end > result.last_index) {
    result.last_index = end;
    result.last_term = stored.entries.back().term;
  }
  auto term = std::max(stored.voted.term, result.last_term) + 1;
  auto lead = lead_alone(*state, node);
  result.partitions = static_cast<uint32_t>(lead.changes.size());
  for (const auto& x : lead.changes)
    if (x.wanted.leader == 0)
      result.offline.push_back(fmt::format(
        "{}-{}", std::as_const(*state).find(x.id.topic)->name, x.id.partition));
  std::vector<command> last{state->plan_reserve(producer_ids_left_out)};
  if (!lead.changes.empty())
    last.push_back(std::move(lead));
  for (const auto& x : last)
    if (auto change = state->apply(x, static_cast<int32_t>(term)); !change)
      return std::move(change.error());
  result.voted = {term, 0};
  result.base.index = result.last_index + 1;
  result.base.term = term;
  result.base.members = {{node, address, consensus::member_role::voter}};
  result.base.members_index = result.last_index;
  result.base.state = state->encode();
  return result;
}

caf::expected<quorum_recovery> plan_recovery(const storage::files_ptr& disk,
                                             const std::string& directory,
                                             const metadata_rules& rules,
                                             uint32_t node,
                                             const std::string& address,
                                             int64_t now_ms) {
  auto store = consensus::server_store::open(disk, directory, now_ms);
  if (!store)
    return std::move(store.error());
  return plan_recovery((*store)->stored(), rules, node, address);
}

caf::error carry_out(const storage::files_ptr& disk,
                     const std::string& directory, const quorum_recovery& x,
                     int64_t now_ms) {
  auto store = consensus::server_store::open(disk, directory, now_ms);
  if (!store)
    return std::move(store.error());
  if (auto error = (*store)->save(x.voted))
    return error;
  return (*store)->replace(x.base, x.base.index + 1, {}, now_ms);
}

} // namespace troupe
