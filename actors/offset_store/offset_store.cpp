#include "actors/offset_store/offset_store.hpp"

#include <utility>

#include <caf/sec.hpp>
#include <fmt/format.h>

namespace troupe {

namespace {

/// Bytes of log in memory at once during the replay.
constexpr uint64_t replay_chunk_bytes = 256 * kib;

/// How long a fetch waits for the replicas of its partition.
constexpr caf::timespan replay_wait = std::chrono::milliseconds{500};

/// An append whose answer did not come may have happened.
caf::error unknown_outcome(const caf::error& x, const std::string& where) {
  if (code_of(x) != ec::none)
    return x;
  auto cause = x == caf::sec::request_timeout ? "did not answer" : "ended";
  return make_error(ec::timed_out,
                    fmt::format("{}: its partition {}; what was written last "
                                "may be durable or not",
                                where, cause));
}

} // namespace

offset_store_state::offset_store_state(offset_store_actor::pointer ptr)
  : self(ptr) {}

offset_store_state::~offset_store_state() {
  auto reason = make_error(ec::shutting_down, here() + " stops");
  answer_all(reason, reason);
}

// -- what the clauses do -----------------------------------------------------

caf::result<group_image> offset_store_state::load(const std::string& group) {
  // The record itself is made in its turn: it takes the next number then.
  auto bytes = encoded_bytes_max(life_record(0, 0));
  if (auto error = admit(group, bytes))
    return error;
  // Whoever wrote before is gone.
  stalled.erase(group);
  auto promise = enqueue<load_promise>(group, {}, bytes);
  proceed();
  return promise;
}

caf::result<caf::ok_atom> offset_store_state::write(
  const std::string& group, const std::vector<keyed_record>& records) {
  std::vector<record> encoded;
  encoded.reserve(records.size());
  uint64_t bytes = 0;
  auto now = now_ms(self, config.epoch);
  for (const auto& x : records)
    bytes += encoded_bytes_max(
      encoded.emplace_back(encode_shard_record(group, x, now)));
  if (auto error = admit(group, bytes))
    return error;
  if (encoded.empty())
    stalled.erase(group);
  else if (stalled.count(group) > 0)
    return make_error(ec::storage_full,
                      fmt::format("{}: a write of '{}' before this one found "
                                  "no room",
                                  here(), group));
  auto promise = enqueue<write_promise>(group, std::move(encoded), bytes);
  proceed();
  return promise;
}

caf::result<std::vector<std::string>> offset_store_state::groups() {
  if (refusal)
    return refusal;
  if (waiting.size() >= config.waiting_max)
    return make_error(ec::queue_full,
                      fmt::format("{}: {} requests wait, the most that may",
                                  here(), waiting.size()));
  auto promise = enqueue<groups_promise>({}, {}, 0);
  proceed();
  return promise;
}

// -- the replay --------------------------------------------------------------

void offset_store_state::replay_from(int64_t offset, caf::timespan wait) {
  fetch_request request;
  request.offset = offset;
  request.bytes_max = replay_chunk_bytes;
  request.wait_max = wait;
  self
    ->request(config.partition, config.partition_timeout, fetch_atom_v, request)
    .then(
      [this, offset](const fetch_result& chunk) { on_chunk(offset, chunk); },
      [this](const caf::error& reason) {
        fail(make_error(
          ec::not_available,
          fmt::format("{}: its log cannot be read: {}", here(), what(reason))));
      });
}

void offset_store_state::on_chunk(int64_t offset, const fetch_result& chunk) {
  if (chunk.status == fetch_status::below_start && chunk.log_start > offset)
    return replay_from(chunk.log_start);
  if (chunk.status != fetch_status::ok)
    return fail(make_error(ec::not_available,
                           fmt::format("{}: its log was cut below offset {} "
                                       "during the replay",
                                       here(), offset)));
  auto next = offset;
  for (const auto& batch : chunk.batches) {
    if (auto error = apply_batch(batch, next))
      return refuse(std::move(error));
    next = batch.header.last_offset() + 1;
  }
  // What a leader has above the watermark when it takes over is committed
  // sooner or later: nothing of it may be missing here.
  if (next >= chunk.log_end) {
    log_end = next;
    is_replaying = false;
    return proceed();
  }
  if (next == offset && next < chunk.high_watermark)
    return refuse(make_error(
      ec::corrupt_log, fmt::format("{}: no records at offset {}, below "
                                   "the high watermark {}",
                                   here(), offset, chunk.high_watermark)));
  replay_from(next, next == offset ? replay_wait : caf::timespan{0});
}

caf::error offset_store_state::apply_batch(const record_batch& batch,
                                           int64_t offset) {
  auto records = read_records(batch);
  if (!records)
    return make_error(ec::corrupt_log, fmt::format("{}, offset {}: {}", here(),
                                                   batch.header.base_offset,
                                                   what(records.error())));
  for (const auto& x : *records)
    if (x.offset >= offset)
      if (auto error = table.apply(x.content))
        return make_error(
          code_of(error),
          fmt::format("{}, offset {}: {}", here(), x.offset, what(error)));
  return caf::none;
}

// -- the appends -------------------------------------------------------------

caf::error offset_store_state::admit(const std::string& group,
                                     uint64_t bytes) const {
  if (refusal)
    return refusal;
  if (group.empty() || group.size() > group_bytes_max)
    return make_error(ec::invalid_argument,
                      fmt::format("a group id has 1 to {} bytes, this one has "
                                  "{}",
                                  group_bytes_max, group.size()));
  if (batch_header::encoded_bytes + bytes > config.batch_bytes_max)
    return make_error(ec::invalid_argument,
                      fmt::format("group '{}': the records of one write take "
                                  "up to {} bytes, the most is {}",
                                  group, batch_header::encoded_bytes + bytes,
                                  config.batch_bytes_max));
  if (waiting.size() >= config.waiting_max
      || waiting_bytes + bytes > config.waiting_bytes_max)
    return make_error(ec::queue_full,
                      fmt::format("{}: {} requests with {} bytes wait; {} "
                                  "requests, {} bytes may",
                                  here(), waiting.size(), waiting_bytes,
                                  config.waiting_max,
                                  config.waiting_bytes_max));
  return caf::none;
}

template <class Promise>
Promise offset_store_state::enqueue(const std::string& group,
                                    std::vector<record> records,
                                    uint64_t bytes) {
  auto promise = self->make_response_promise<Promise>();
  waiting.push_back({group, promise, std::move(records), bytes});
  waiting_bytes += bytes;
  return promise;
}

void offset_store_state::proceed() {
  if (is_replaying || !in_flight.empty())
    return;
  while (!waiting.empty()) {
    auto records = next_batch();
    if (records.empty()) {
      finish();
      continue;
    }
    append_request request{make_batch(records), acks::all};
    self
      ->request(config.partition, config.partition_timeout, append_atom_v,
                std::move(request))
      .then([this, count = records.size()](
              const append_result& result) { on_appended(result, count); },
            [this](const caf::error& reason) { on_append_failed(reason); });
    return;
  }
}

std::vector<record> offset_store_state::next_batch() {
  std::vector<record> result;
  auto life = table.life();
  auto bytes = uint64_t{batch_header::encoded_bytes};
  while (!waiting.empty()
         && bytes + waiting.front().bytes <= config.batch_bytes_max) {
    auto& next = in_flight.emplace_back(std::move(waiting.front()));
    waiting.pop_front();
    waiting_bytes -= next.bytes;
    bytes += next.bytes;
    if (std::holds_alternative<load_promise>(next.promise))
      next.records = {life_record(++life, now_ms(self, config.epoch))};
    result.insert(result.end(), next.records.begin(), next.records.end());
  }
  return result;
}

void offset_store_state::on_appended(const append_result& result,
                                     size_t record_count) {
  if (result.base_offset != log_end)
    return fail(make_error(ec::not_available,
                           fmt::format("{}: somebody else wrote into its log: "
                                       "offset {} expected, {} given",
                                       here(), log_end, result.base_offset)));
  log_end += static_cast<int64_t>(record_count);
  finish();
  proceed();
}

void offset_store_state::on_append_failed(const caf::error& reason) {
  // Of these nothing was written.
  if (code_of(reason) != ec::storage_full
      && code_of(reason) != ec::not_enough_replicas)
    return fail(unknown_outcome(reason, here()));
  refuse_for_now(reason);
  proceed();
}

void offset_store_state::refuse_for_now(const caf::error& reason) {
  for (auto& x : std::exchange(in_flight, {})) {
    auto* writing = std::get_if<write_promise>(&x.promise);
    if (auto* listing = std::get_if<groups_promise>(&x.promise)) {
      listing->deliver(table.groups());
    } else if (auto* loading = std::get_if<load_promise>(&x.promise)) {
      loading->deliver(reason);
    } else if (x.records.empty()) {
      writing->deliver(caf::ok_atom_v);
    } else {
      stalled.insert(x.group);
      writing->deliver(reason);
    }
  }
  std::erase_if(waiting, [&](operation& x) {
    auto* writing = std::get_if<write_promise>(&x.promise);
    if (!writing || x.records.empty() || stalled.count(x.group) == 0)
      return false;
    waiting_bytes -= x.bytes;
    writing->deliver(reason);
    return true;
  });
}

void offset_store_state::finish() {
  for (auto& x : in_flight) {
    for (const auto& each : x.records)
      if (auto error = table.apply(each))
        return fail(error);
    if (auto* loading = std::get_if<load_promise>(&x.promise))
      loading->deliver(
        group_image{table.life(), log_end, table.records_of(x.group)});
    else if (auto* writing = std::get_if<write_promise>(&x.promise))
      writing->deliver(caf::ok_atom_v);
    else
      std::get<groups_promise>(x.promise).deliver(table.groups());
  }
  in_flight.clear();
}

// -- the end -----------------------------------------------------------------

void offset_store_state::refuse(caf::error reason) {
  answer_all(reason, reason);
  refusal = std::move(reason);
}

void offset_store_state::fail(const caf::error& reason) {
  answer_all(reason, make_error(ec::not_available,
                                fmt::format("{}: starts again after: {}",
                                            here(), what(reason))));
  self->quit(reason);
}

void offset_store_state::answer_all(const caf::error& in_flight_reason,
                                    const caf::error& waiting_reason) {
  auto answer = [](operation& x, const caf::error& reason) {
    std::visit([&](auto& promise) { promise.deliver(reason); }, x.promise);
  };
  for (auto& x : in_flight)
    answer(x, in_flight_reason);
  for (auto& x : waiting)
    answer(x, waiting_reason);
  in_flight.clear();
  waiting.clear();
  waiting_bytes = 0;
}

std::string offset_store_state::here() const {
  return fmt::format("shard {} of the offset store", config.shard);
}

// -- the actor ---------------------------------------------------------------

offset_store_actor::behavior_type offset_store(
  offset_store_actor::stateful_pointer<offset_store_state> self,
  offset_store_config config) {
  auto& state = self->state;
  state.config = std::move(config);
  self->monitor(state.config.partition);
  self->set_down_handler([self](const caf::down_msg&) {
    self->state.fail(
      unknown_outcome(caf::sec::request_receiver_down, self->state.here()));
  });
  state.replay_from(0);
  return {
    [self](load_atom, const std::string& group) {
      return self->state.load(group);
    },
    [self](write_atom, const std::string& group,
           const std::vector<keyed_record>& records) {
      return self->state.write(group, records);
    },
    [self](groups_atom) { return self->state.groups(); },
  };
}

} // namespace troupe
