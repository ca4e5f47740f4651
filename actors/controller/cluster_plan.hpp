#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include <caf/expected.hpp>

#include "actors/controller/metadata.hpp"
#include "actors/controller/placement.hpp"

/// What the leader of a cluster's controllers decides: metadata in, commands
/// out. Leaders are elected among living replicas in sync only, so that nothing
/// that was acknowledged is lost; each election begins a new leader epoch.
/// Source: the controller of Apache Kafka (KIP-497, KIP-631).
namespace troupe {

/// Nodes that may take replicas, and what they hold.
std::vector<node_load> loads_of(const metadata& x);

/// The state that a node has, to be changed in part.
set_node_state state_of(const node_info& x);

/// A node that is heard of for the first time, with another process or under
/// another address: it is fenced until it knows that, and stays in sync with
/// whom it was, unless it has another disk. None: nothing changed.
std::vector<command> plan_registration(const metadata& x,
                                       const node_info& about);

/// The node is gone: it leads nothing. It stays in sync: nobody adds to what it
/// has before another one leads, and who is to take over may be gone, too.
std::vector<command> plan_fence(const metadata& x, uint32_t node);

/// Node `leader` lives and knows which nodes are gone, or `leaving`: what it
/// leads waits for them no more.
std::vector<command> plan_shrink(const metadata& x, uint32_t leader,
                                 const std::set<uint32_t>& leaving = {});

/// The node is back: partitions that only it can lead have a leader again.
std::vector<command> plan_unfence(const metadata& x, uint32_t node);

/// The node is about to stop: what it leads and others can is led by them; not
/// by those in `leaving`, which are about to stop, too.
std::vector<command> plan_leave(const metadata& x, uint32_t node,
                                const std::set<uint32_t>& leaving = {});

/// A leader that lost part of its log asks to lead no more, or under another
/// epoch: `x.wanted` has leader 0. Another one leads that `lives` for all that
/// is known, else itself, else one that may live. None: somebody else leads
/// already.
std::vector<command> plan_resignation(
  const metadata& x, const partition_change& change,
  const std::function<bool(uint32_t)>& lives);

/// Partitions of a node that was a single one belong to it alone.
std::vector<command> plan_adoption(const metadata& x, uint32_t node);

/// Gives leadership back to preferred replicas that are in sync; not to those
/// in `leaving`.
std::vector<command> plan_return(const metadata& x,
                                 const std::vector<uint32_t>& leaving);

/// Begins the moves that are due: off nodes that are drained, and to as many
/// replicas as topics without a factor of their own are to have by now. At most
/// `moves_max` partitions are being moved at a time.
std::vector<command> plan_moves(const metadata& x, uint32_t moves_max);

/// Begins the moves that make nodes hold and lead alike.
std::vector<command> plan_rebalance(const metadata& x);

/// What an operator's order comes to; those about the quorum are none of this.
/// Errors: `invalid_argument` and `not_available`, with what to do,
/// `unknown_topic`, `unknown_partition`.
caf::expected<std::vector<command>> plan_order(const metadata& x,
                                               const cluster_order& order);

/// When all that a partition is being moved to are in sync, they are what it
/// has.
void finish_move(partition_placement& x);

/// Partitions that `node` leads.
uint32_t count_led(const metadata& x, uint32_t node);

/// Of these, the ones that a replica on another one of the nodes `staying` may
/// come to lead, and those that such a one leads while `node` is in sync: a
/// node that is about to stop waits until nobody waits for it.
uint32_t count_to_hand_over(const metadata& x, uint32_t node,
                            const std::set<uint32_t>& staying);

/// Partitions that are being moved.
uint32_t count_moving(const metadata& x);

} // namespace troupe
