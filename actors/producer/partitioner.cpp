#include "actors/producer/partitioner.hpp"

#include <utility>

#include <fmt/format.h>

#include "actors/protocol/murmur2.hpp"

namespace troupe {

partitioner::partitioner(std::string topic, uint64_t batch_bytes,
                         uint64_t first)
  : topic_(std::move(topic)), batch_bytes_(batch_bytes), turn_(first) {
  // nop
}

caf::expected<int32_t> partitioner::choose(int32_t wanted, const bytes& key,
                                           uint64_t record_bytes,
                                           int32_t partitions) {
  if (wanted >= partitions || wanted < -1 || partitions <= 0)
    return make_error(ec::unknown_partition,
                      fmt::format("{}-{}: no such partition; the topic has {}",
                                  topic_, wanted, partitions));
  if (wanted >= 0)
    return wanted;
  auto count = static_cast<uint32_t>(partitions);
  if (!key.is_null())
    return static_cast<int32_t>(to_positive(murmur2(key.view())) % count);
  if (sticky_bytes_ >= batch_bytes_)
    next_turn();
  sticky_ = static_cast<int32_t>(turn_ % count);
  sticky_bytes_ += record_bytes;
  return sticky_;
}

void partitioner::batch_left(int32_t partition) {
  if (partition == sticky_)
    next_turn();
}

void partitioner::next_turn() {
  ++turn_;
  sticky_ = -1;
  sticky_bytes_ = 0;
}

} // namespace troupe
