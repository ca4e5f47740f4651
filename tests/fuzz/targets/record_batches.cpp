// A batch comes from any client and from any disk: reading it gives records or
// an error, and what is accepted reads the same after it was written again.
#include <limits>

#include "actors/protocol/errors.hpp"
#include "actors/protocol/record_batch.hpp"
#include "tests/fuzz/targets/parts.hpp"
#include "tests/fuzz/targets/target.hpp"

namespace troupe::fuzz {

namespace {

bool is_same(const std::vector<placed_record>& xs,
             const std::vector<placed_record>& ys) {
  if (xs.size() != ys.size())
    return false;
  for (size_t i = 0; i < xs.size(); ++i)
    if (xs[i].offset != ys[i].offset || !(xs[i].content == ys[i].content))
      return false;
  return true;
}

/// Records that were read, written and read again.
void write_again(const record_batch& batch,
                 const std::vector<placed_record>& records) {
  const auto& x = batch.header;
  // The writer takes deltas of 31 bits and timestamps near each other.
  for (const auto& one : records)
    if (one.content.timestamp_ms < 0
        || one.content.timestamp_ms > std::numeric_limits<int64_t>::max() / 2)
      return;
  if (x.has_delete_horizon() && x.base_timestamp_ms < 0)
    return;
  auto again = make_sparse_batch(records, x, x.last_offset());
  auto twice = read_records(again);
  must(bool{twice}, "a batch that was written cannot be read");
  must(is_same(*twice, records), "records changed by being written again");
  must(again.header.crc == checksum_of(again), "written with a wrong checksum");
}

/// So that no input can ask for much memory.
constexpr uint64_t decompressed_max = 64 * kib;

caf::expected<std::vector<placed_record>> read(const record_batch& batch) {
  std::vector<placed_record> result;
  record_reader reader{batch, decompressed_max};
  placed_record one;
  while (reader.next(one))
    result.push_back(one);
  if (reader.failure())
    return reader.failure();
  return result;
}

bool run(std::string_view input) {
  auto batch = parse_batch(bytes{std::string{input}});
  if (!batch)
    return false;
  must(batch->encoded_bytes() <= input.size(), "a batch beyond its buffer");
  // A batch is changed by nothing but parsing and writing.
  must(encode_batch(*batch) == input.substr(0, batch->encoded_bytes()),
       "a batch is not written as it was read");
  auto fault = check_batch(*batch, decompressed_max);
  auto records = read(*batch);
  if (!fault)
    must(bool{records}, "a checked batch cannot be read");
  if (!records)
    return false;
  const auto& x = batch->header;
  must(records->size() == static_cast<size_t>(x.record_count),
       "another number of records than the header says");
  auto next = x.base_offset;
  for (const auto& one : *records) {
    must(one.offset >= next && one.offset <= x.last_offset(),
         "an offset outside of the batch, or not ascending");
    next = one.offset + 1;
  }
  if (x.last_offset_delta >= 0)
    write_again(*batch, *records);
  return !fault;
}

std::string compressed(codec how) {
  record repetitive{{}, bytes{std::string(300, 'x')}, {}, 1'767'225'600'000};
  return encode_batch(compress_batch(make_batch({repetitive}), {how, 0}));
}

std::vector<std::string> seeds() {
  auto text = [](const char* x) { return bytes{std::string{x}}; };
  record plain{text("key"), text("value"), {}, 1'767'225'600'000};
  record rich{
    {}, text(""), {{"trace", text("1")}, {"none", {}}}, 1'767'225'600'250};
  record gone{text("key"), {}, {}, 1'767'225'600'100};
  auto sparse = make_batch({plain, gone}, {}, 7).header;
  return {encode_batch(make_batch({plain})),
          encode_batch(make_batch({plain, rich, gone}, {4, 1, 20}, 100)),
          encode_batch(make_sparse_batch({{9, gone}}, sparse, 12)),
          encode_batch(make_sparse_batch({}, sparse, 12)),
          compressed(codec::gzip),
          compressed(codec::snappy),
          compressed(codec::lz4),
          compressed(codec::zstd)};
}

} // namespace

const target record_batches{"record_batches", run, repair_batches, seeds};

} // namespace troupe::fuzz
