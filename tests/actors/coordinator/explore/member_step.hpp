#pragma once

#include "tests/actors/coordinator/explore/bounds.hpp"
#include "tests/actors/coordinator/explore/state.hpp"
#include "tests/actors/coordinator/model_member.hpp"

/// What a member does, as functions on its bytes: each makes the model of a
/// member of them, the one that the randomized worlds use, and lets it act.
/// What the member sends is put on its way; without room for it they throw
/// `no_room`.
namespace troupe::explore {

/// Joins under `number`; 0: sends the join again as it was.
void join(member& x, u8 slot, u8 number, const bounds& limits);

void beat(member& x, u8 slot, const bounds& limits);

void leave(member& x, u8 slot, bool keeps_partitions, const bounds& limits);

/// Its process is gone with all that it had sent or was to get.
void die(member& x);

void receive(member& x, u8 slot, const down_message& what,
             const bounds& limits);

/// Hands the next record of a partition to the handler.
void start(member& x, u8 slot, size_t partition, const bounds& limits);

void finish(member& x, u8 slot, const bounds& limits);

/// The partitions that can be given up now, those that the handler works on
/// included when `is_expired`.
partition_set releasable(const member& x, u8 slot, bool is_expired,
                         const bounds& limits);

void release(member& x, u8 slot, partition_set which, const bounds& limits);

} // namespace troupe::explore
