#include "actors/controller/replay.hpp"

#include <fmt/format.h>

#include "actors/protocol/record_batch.hpp"

namespace troupe {

namespace {

/// Bytes of log in memory at once.
constexpr size_t chunk_bytes = 256 * kib;

caf::error at_offset(const caf::error& x, int64_t offset) {
  return make_error(
    code_of(x), fmt::format("metadata log, offset {}: {}", offset, what(x)));
}

caf::error replay_batch(const record_batch& batch, metadata& state) {
  auto records = read_records(batch);
  if (!records)
    return at_offset(records.error(), batch.header.base_offset);
  for (const auto& [offset, content] : *records) {
    auto given = decode_command(content.value.view(), state.rules().levels);
    if (!given)
      return at_offset(given.error(), offset);
    if (auto change = state.apply(*given, batch.header.leader_epoch); !change)
      return at_offset(change.error(), offset);
  }
  return caf::none;
}

} // namespace

caf::error replay(const storage::log& log, metadata& state) {
  if (log.start() != 0)
    return make_error(ec::corrupt_log,
                      fmt::format("the metadata log begins at offset {}, its "
                                  "first commands are gone",
                                  log.start()));
  for (int64_t offset = 0; offset < log.end();) {
    auto batches = log.read(offset, chunk_bytes);
    if (!batches)
      return batches.error();
    for (const auto& batch : *batches) {
      if (auto error = replay_batch(batch, state))
        return error;
      offset = batch.header.last_offset() + 1;
    }
    if (state.index() != static_cast<uint64_t>(offset))
      return make_error(ec::corrupt_log,
                        fmt::format("the metadata log has {} commands below "
                                    "offset {}",
                                    state.index(), offset));
  }
  return caf::none;
}

} // namespace troupe
