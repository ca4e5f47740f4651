#include <fmt/format.h>

#include "tests/actors/consumer/stage.hpp"

namespace troupe::stage {

void log::append(int count, int16_t attributes) {
  std::vector<record> records;
  for (int i = 0; i < count; ++i)
    records.push_back(
      {bytes{"k"}, bytes{fmt::format("v{}", end + i)}, {}, 1'000});
  append_records(records, attributes);
}

void log::append_records(const std::vector<record>& records,
                         int16_t attributes) {
  auto batch = make_batch(records, {}, end);
  batch.header.leader_epoch = epoch;
  batch.header.attributes |= attributes;
  batches.push_back(std::move(batch));
  end += static_cast<int64_t>(records.size());
}

void log::compact(const std::function<bool(int64_t)>& keeps) {
  std::vector<record_batch> result;
  for (const auto& batch : batches) {
    auto records = read_records(batch);
    std::erase_if(*records, [&](auto& x) { return !keeps(x.offset); });
    if (!records->empty())
      result.push_back(
        make_sparse_batch(*records, batch.header, batch.header.last_offset()));
  }
  batches = std::move(result);
}

void log::cut(int64_t offset) {
  std::erase_if(
    batches, [&](const auto& x) { return x.header.last_offset() >= offset; });
  end = offset;
  ++epoch;
}

fetch_result log::read(const fetch_request& x) const {
  fetch_result result;
  result.log_start = start;
  result.high_watermark = result.log_end = end;
  result.leader_epoch = epoch;
  if (x.offset < start)
    result.status = fetch_status::below_start;
  else if (x.offset > end)
    result.status = fetch_status::above_end;
  if (result.status != fetch_status::ok)
    return result;
  uint64_t size = 0;
  for (const auto& batch : batches) {
    if (batch.header.last_offset() < x.offset)
      continue;
    if (!result.batches.empty() && size + batch.encoded_bytes() > x.bytes_max)
      break;
    size += batch.encoded_bytes();
    result.batches.push_back(batch);
  }
  return result;
}

} // namespace troupe::stage
