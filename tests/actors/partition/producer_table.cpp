// 'Exactly once in the log' rests on this table: what it calls a repetition is
// not appended, what it calls a gap is refused.
#include "actors/partition/producer_table.hpp"

#include "actors/protocol/sequence.hpp"

#include "tests/catch.hpp"

using namespace troupe;

namespace {

batch_header header(int64_t id, int16_t epoch, int32_t sequence, int32_t count,
                    int64_t offset = 0) {
  batch_header result;
  result.producer_id = id;
  result.producer_epoch = epoch;
  result.base_sequence = sequence;
  result.record_count = count;
  result.last_offset_delta = count - 1;
  result.base_offset = offset;
  return result;
}

/// `append`, the error's name, or `@` and the offset of the batch repeated.
std::string verdict(const producer_table& table, const batch_header& x) {
  auto result = table.check(x);
  if (!result)
    return to_string(code_of(result.error()));
  return *result ? "@" + std::to_string((*result)->base_offset) : "append";
}

} // namespace

TEST_CASE("sequences go on at 0 after the largest") {
  CHECK(sequence_after(0, 0) == 0);
  CHECK(sequence_after(5, 3) == 8);
  CHECK(sequence_after(INT32_MAX, 1) == 0);
  CHECK(sequence_after(INT32_MAX - 1, 3) == 1);
}

TEST_CASE("a batch is appended, repeated, early, late or fenced") {
  producer_table table{10};
  table.add(header(7, 1, 0, 3, 100));
  table.add(header(7, 1, 3, 2, 103));
  struct row {
    batch_header batch;
    const char* expected;
  };
  const row rows[] = {
    {header(7, 1, 5, 1), "append"},
    {header(7, 1, 0, 3), "@100"},
    {header(7, 1, 3, 2), "@103"},
    {header(7, 1, 6, 1), "out_of_order_sequence"},
    // The first of a batch that was in, but not with this last one.
    {header(7, 1, 3, 3), "out_of_order_sequence"},
    {header(7, 1, 4, 1), "out_of_order_sequence"},
    {header(7, 0, 5, 1), "producer_fenced"},
    {header(7, 2, 0, 1), "append"},
    {header(7, 2, 5, 1), "out_of_order_sequence"},
    // Nothing is known of it: its earlier records may be gone.
    {header(8, 0, 17, 1), "append"},
    {header(8, -1, 0, 1), "invalid_argument"},
    {header(8, 0, -1, 1), "invalid_argument"},
    {header(-1, -1, -1, 1), "append"},
  };
  for (auto& [batch, expected] : rows) {
    CAPTURE(batch.producer_id, batch.producer_epoch, batch.base_sequence,
            batch.record_count);
    CHECK(verdict(table, batch) == expected);
  }
}

TEST_CASE("the text of a refusal has the facts") {
  producer_table table{10};
  table.add(header(7, 1, 0, 3));
  CHECK(what(table.check(header(7, 1, 9, 1)).error())
        == "out_of_order_sequence: producer 7 sent sequence 9; expected 3");
  CHECK(what(table.check(header(7, 0, 3, 1)).error())
        == "producer_fenced: producer 7 has epoch 1; epoch 0 has passed");
}

TEST_CASE("five batches are remembered") {
  producer_table table{10};
  for (int i = 0; i < 6; ++i)
    table.add(header(7, 0, i, 1, i));
  CHECK(verdict(table, header(7, 0, 0, 1)) == "out_of_order_sequence");
  for (int i = 1; i < 6; ++i)
    CHECK(verdict(table, header(7, 0, i, 1)) == "@" + std::to_string(i));
  CHECK(verdict(table, header(7, 0, 6, 1)) == "append");
}

TEST_CASE("a batch across the largest sequence is followed and recognized") {
  producer_table table{10};
  table.add(header(7, 0, INT32_MAX - 1, 3, 50));
  CHECK(verdict(table, header(7, 0, INT32_MAX - 1, 3)) == "@50");
  CHECK(verdict(table, header(7, 0, 1, 1)) == "append");
  CHECK(verdict(table, header(7, 0, 0, 1)) == "out_of_order_sequence");
}

TEST_CASE("a new epoch forgets the batches of the old one") {
  producer_table table{10};
  table.add(header(7, 0, 0, 1, 5));
  table.add(header(7, 1, 0, 1, 6));
  CHECK(verdict(table, header(7, 1, 0, 1)) == "@6");
  CHECK(verdict(table, header(7, 1, 1, 1)) == "append");
  CHECK(verdict(table, header(7, 0, 1, 1)) == "producer_fenced");
}

TEST_CASE("the producer that was silent longest is forgotten") {
  producer_table table{2};
  table.add(header(1, 0, 0, 1));
  table.add(header(2, 0, 0, 1));
  table.add(header(1, 0, 1, 1));
  table.add(header(3, 0, 0, 1));
  CHECK(table.size() == 2);
  CHECK(verdict(table, header(1, 0, 9, 1)) == "out_of_order_sequence");
  CHECK(verdict(table, header(3, 0, 9, 1)) == "out_of_order_sequence");
  // Unknown again.
  CHECK(verdict(table, header(2, 0, 9, 1)) == "append");
}

TEST_CASE("batches without producer leave no trace") {
  producer_table table{2};
  table.add(header(-1, -1, -1, 4));
  CHECK(table.size() == 0);
}
