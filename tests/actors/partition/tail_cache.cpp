// Readers that follow the end of a log live on this cache: what it answers must
// be what the log would have answered, and it must share, not copy.
#include "actors/partition/tail_cache.hpp"

#include "tests/catch.hpp"

using namespace troupe;

namespace {

/// `count` records from `offset` on, of `bytes` in all.
record_batch batch(int64_t offset, int32_t count, size_t bytes) {
  record_batch result;
  result.header.base_offset = offset;
  result.header.record_count = count;
  result.header.last_offset_delta = count - 1;
  result.records =
    troupe::bytes{std::string(bytes - batch_header::encoded_bytes, 'x')};
  return result;
}

/// The base offsets answered, `{-1}` for 'ask the log'.
std::vector<int64_t> bases(const tail_cache& cache, int64_t offset,
                           uint64_t bytes_max) {
  auto found = cache.read(offset, bytes_max);
  if (!found)
    return {-1};
  std::vector<int64_t> result;
  for (auto& x : *found)
    result.push_back(x.header.base_offset);
  return result;
}

using list = std::vector<int64_t>;

} // namespace

TEST_CASE("an empty tail knows nothing") {
  tail_cache cache{1000};
  CHECK(bases(cache, 0, 1000) == list{-1});
}

TEST_CASE("whole batches from the one that holds the offset") {
  tail_cache cache{1000};
  cache.add(batch(10, 5, 100));
  cache.add(batch(15, 1, 100));
  cache.add(batch(16, 4, 100));
  CHECK(bases(cache, 9, 1000) == list{-1});
  CHECK(bases(cache, 10, 1000) == list{10, 15, 16});
  CHECK(bases(cache, 14, 1000) == list{10, 15, 16});
  CHECK(bases(cache, 15, 1000) == list{15, 16});
  CHECK(bases(cache, 19, 1000) == list{16});
  CHECK(bases(cache, 20, 1000) == list{});
}

TEST_CASE("as many batches as fit, but at least one") {
  tail_cache cache{1000};
  for (int i = 0; i < 5; ++i)
    cache.add(batch(i, 1, 100));
  CHECK(bases(cache, 0, 0) == list{0});
  CHECK(bases(cache, 0, 99) == list{0});
  CHECK(bases(cache, 0, 199) == list{0});
  CHECK(bases(cache, 0, 200) == list{0, 1});
  CHECK(bases(cache, 3, 1000) == list{3, 4});
}

TEST_CASE("old batches make room; the last one always stays") {
  tail_cache cache{250};
  cache.add(batch(0, 1, 100));
  cache.add(batch(1, 1, 100));
  cache.add(batch(2, 1, 100));
  CHECK(cache.bytes() == 200);
  CHECK(bases(cache, 0, 1000) == list{-1});
  CHECK(bases(cache, 1, 1000) == list{1, 2});
  cache.add(batch(3, 1, 900));
  CHECK(cache.bytes() == 900);
  CHECK(bases(cache, 3, 10) == list{3});
  cache.clear();
  CHECK(cache.bytes() == 0);
  CHECK(bases(cache, 3, 10) == list{-1});
}

TEST_CASE("a tail of no bytes keeps nothing") {
  tail_cache cache{0};
  cache.add(batch(0, 1, 100));
  CHECK(cache.size() == 0);
}

TEST_CASE("readers share the producer's buffer") {
  tail_cache cache{1000};
  auto sent = batch(0, 1, 100);
  cache.add(sent);
  auto answer = cache.read(0, 1000);
  REQUIRE(answer);
  CHECK(answer->front().records.data() == sent.records.data());
}
