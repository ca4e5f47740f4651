// The small files of a log, each by itself: what is accepted is written again
// as something that reads the same.
#include "actors/partition/producer_snapshot.hpp"
#include "actors/storage/log_state.hpp"
#include "actors/storage/segment_index.hpp"
#include "tests/fuzz/targets/parts.hpp"
#include "tests/fuzz/targets/target.hpp"

namespace troupe::fuzz {

namespace {

using namespace storage;

enum kind : uint8_t { state, checkpoint, index, producers, kinds };

constexpr segment_name name{40, -1};

bool read_state(const std::string& text) {
  auto x = decode_state(text, "state");
  if (!x)
    return false;
  auto again = decode_state(encode(*x), "state");
  must(again && *again == *x, "a state changed by being written again");
  leader_epochs epochs{x->epochs};
  (void)epochs.end_of(1, x->end);
  epochs.begin(epochs.current(), x->end);
  epochs.forget_before(x->start);
  epochs.cut(x->end);
  return true;
}

bool read_checkpoint(const std::string& text) {
  auto x = decode_checkpoint(text, "checkpoint");
  if (!x)
    return false;
  auto again = decode_checkpoint(encode(*x), "checkpoint");
  must(again && *again == *x, "a checkpoint changed by being written again");
  return true;
}

bool read_index(const std::string& content) {
  auto x = segment_index::decode(content, name, 1000);
  if (!x)
    return false;
  must(x->encode(name) == content, "an index is written in another way");
  (void)x->find_offset(50);
  (void)x->find_time(50);
  return true;
}

bool read_producers(const std::string& text) {
  auto x = decode_producer_snapshot(text);
  if (!x)
    return false;
  auto again = decode_producer_snapshot(encode(*x));
  must(again && *again == *x, "a snapshot changed by being written again");
  producer_table table{3, x->producers};
  must(table.size() <= 3, "more producers than there is room for");
  batch_header next;
  for (const auto& producer : x->producers) {
    next.producer_id = producer.id;
    next.producer_epoch = producer.epoch;
    next.base_sequence = producer.batches.back().last_sequence;
    (void)table.check(next);
    table.add(next);
  }
  return true;
}

bool run(std::string_view input) {
  auto parts = split(input);
  bool is_accepted = !parts.empty();
  for (const auto& x : parts) {
    bool is_good = false;
    switch (x.kind % kinds) {
      case state:
        is_good = read_state(x.content);
        break;
      case checkpoint:
        is_good = read_checkpoint(x.content);
        break;
      case index:
        is_good = read_index(x.content);
        break;
      default:
        is_good = read_producers(x.content);
    }
    is_accepted = is_accepted && is_good;
  }
  return is_accepted;
}

std::string repair(std::string input) {
  auto parts = split(input);
  for (auto& x : parts)
    x.content = x.kind % kinds == index ? repair_index(std::move(x.content))
                                        : repair_lines(std::move(x.content));
  return join(parts);
}

segment_index full_index() {
  segment_index result{name.base, 5};
  record_batch batch;
  batch.header.base_offset = name.base;
  batch.header.max_timestamp_ms = 7;
  batch.records = bytes{std::string(439, 'x')};
  for (int i = 0; i < 2; ++i) {
    result.add(batch, 100);
    ++batch.header.base_offset;
  }
  return result;
}

std::vector<std::string> seeds() {
  producer_snapshot known{9, 1, {{7, 0, {{0, 3, 0, 3}, {4, 4, 4, 4}}}}};
  known.producers.push_back({8, 2, {{5, 8, 5, 8}}});
  return {join({{state, encode(log_state{false, 5, 6, 3, {{0, 0}, {2, 4}}})}}),
          join({{state, encode(log_state{true, 50, 600, 30, {{1, 20}}})}}),
          join({{checkpoint, encode(log_checkpoint{30, 20})}}),
          join({{index, full_index().encode(name)}}),
          join({{producers, encode(known)}})};
}

} // namespace

const target log_files{"log_files", run, repair, seeds};

} // namespace troupe::fuzz
