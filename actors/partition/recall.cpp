#include "actors/partition/partition.hpp"
#include "actors/partition/producer_snapshot.hpp"

namespace troupe {

namespace {

/// Bytes of the log read at once.
constexpr size_t recall_step_bytes = 1 * mib;

constexpr const char* snapshot_name = "/producers";

} // namespace

caf::error partition_state::recall_producers() {
  for (auto offset = read_snapshot(); offset < log->end();) {
    auto batches = log->read(offset, recall_step_bytes);
    if (!batches)
      return std::move(batches.error());
    for (auto& batch : *batches) {
      producers.add(batch.header);
      bytes_since_snapshot_ += batch.encoded_bytes();
    }
    offset = batches->back().header.last_offset() + 1;
  }
  return caf::none;
}

int64_t partition_state::read_snapshot() {
  producers = producer_table{config.limits.producers_max};
  auto path = config.directory + snapshot_name;
  if (!config.disk->exists(path))
    return log->start();
  auto content = config.disk->read_all(path);
  if (!content)
    return log->start();
  // Damaged or of another version: the log has it all.
  auto found = decode_producer_snapshot(*content);
  if (!found || found->end < log->start())
    return log->start();
  auto epoch = log->end_of_epoch(found->leader_epoch);
  if (epoch.epoch != found->leader_epoch || epoch.start_offset < found->end)
    return log->start();
  producers = producer_table{config.limits.producers_max, found->producers};
  snapshot_end_ = found->end;
  return found->end;
}

void partition_state::write_snapshot() {
  bytes_since_snapshot_ = 0;
  if (snapshot_end_ == log->end())
    return;
  auto content =
    encode(producer_snapshot{log->end(), log->leader_epoch(), producers.all()});
  // Without it the next open takes longer, that is all.
  auto failed =
    config.disk->replace(config.directory + snapshot_name, content, false);
  if (failed)
    upkeep_failure_ = what(failed);
  else
    snapshot_end_ = log->end();
}

} // namespace troupe
