#include "runtime/backup_keeper.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "runtime/cast.hpp"

namespace troupe {

namespace {

/// Partitions that are asked at once.
constexpr size_t in_flight_max = 32;

/// How often the metadata are held anew because topics came and went, and the
/// pause before.
constexpr uint32_t rounds_max = 20;
constexpr caf::timespan round_pause = std::chrono::milliseconds{250};

constexpr caf::timespan answer_timeout = std::chrono::seconds{30};
constexpr caf::timespan look_interval = std::chrono::seconds{5};

/// Clients that wait until all is held.
constexpr size_t waiting_max = 100;

/// About what one message to the client carries.
constexpr size_t message_bytes_max = 256 * 1024;

/// Logs that are let go between two other messages.
constexpr size_t let_go_step = 64;

size_t bytes_of(const log_snapshot& x) {
  size_t result =
    x.directory.size() + x.state.size() + x.checkpoint.size() + 64;
  for (const auto& file : x.files)
    result += file.name.size() + 16;
  return result;
}

} // namespace

backup_keeper_state::backup_keeper_state(backup_actor::pointer ptr)
  : self(ptr) {}

backup_keeper_state::~backup_keeper_state() {
  auto reason = make_error(ec::shutting_down, "the backup ended");
  for (auto& waiting : describers_)
    waiting.deliver(reason);
  for (auto& waiting : stoppers_)
    waiting.deliver(reason);
}

std::string backup_keeper_state::held_in(const std::string& directory) {
  return fmt::format("{}/{}", backup_directory, directory);
}

void backup_keeper_state::begin(backup_keeper_config with) {
  config_ = std::move(with);
  config_.about.held_in = backup_directory;
  config_.about.data_directory = config_.disk->location();
  config_.about.begun_ms = now_ms(self, config_.epoch);
  renew();
  self->delayed_send(backup_actor{self}, look_interval, tick_atom_v);
  if (auto error = config_.disk->remove(backup_directory))
    return fail(error);
  hold_shards();
}

// -- what is held, in this order ---------------------------------------------

void backup_keeper_state::hold_shards() {
  self
    ->request(config_.node, answer_timeout, topic_atom_v, config_.offsets_topic)
    .then(
      [this](const topic_info& topic) {
        add_missing(topic);
        hold_next();
      },
      [this](const caf::error& why) { fail(why); });
}

void backup_keeper_state::hold_metadata() {
  ++in_flight_;
  self
    ->request(config_.controller, answer_timeout, snapshot_atom_v,
              held_in("metadata"))
    .then([this](log_snapshot& log,
                 const metadata_update& all) { on_metadata(log, all); },
          [this](const caf::error& why) {
            --in_flight_;
            fail(why);
          });
}

void backup_keeper_state::on_metadata(log_snapshot& log,
                                      const metadata_update& content) {
  --in_flight_;
  metadata_ = std::move(log);
  config_.about.topics = static_cast<uint32_t>(content.changed.size());
  std::set<topic_id> topics;
  for (const auto& topic : content.changed) {
    topics.insert(topic.id);
    add_missing(topic);
  }
  std::erase_if(partitions_,
                [&](const auto& x) { return !topics.contains(x.first.topic); });
  hold_next();
}

void backup_keeper_state::add_missing(const topic_info& topic) {
  for (int32_t p = 0; p < topic.partitions(); ++p)
    if (topic_partition id{topic.id, p}; !partitions_.contains(id))
      missing_.push_back({id, fmt::format("{}/{}", topic_directory(topic), p)});
}

void backup_keeper_state::hold_next() {
  if (is_releasing_) {
    release();
    return;
  }
  while (!missing_.empty() && in_flight_ < in_flight_max) {
    ++in_flight_;
    auto next = std::move(missing_.back());
    missing_.pop_back();
    locate(next);
  }
  if (in_flight_ == 0)
    round_done();
}

void backup_keeper_state::locate(const wanted& what) {
  self->request(config_.node, answer_timeout, locate_atom_v, what.id)
    .then(
      [this, what](const partition_actor& where) { on_located(what, where); },
      [this, what](const caf::error& why) { on_failed(what, why); });
}

void backup_keeper_state::on_located(const wanted& what,
                                     const partition_actor& where) {
  self->request(where, answer_timeout, snapshot_atom_v, held_in(what.directory))
    .then([this, what](log_snapshot& x) { on_held(what, std::move(x)); },
          [this, what](const caf::error& why) { on_failed(what, why); });
}

void backup_keeper_state::on_held(const wanted& what, log_snapshot log) {
  --in_flight_;
  partitions_[what.id] = std::move(log);
  renew();
  hold_next();
}

void backup_keeper_state::on_failed(const wanted& what, const caf::error& why) {
  --in_flight_;
  auto code = code_of(why);
  // Deleted, not made yet, or started again this moment: the next round tells.
  auto may_pass = code == ec::none || code == ec::unknown_topic
                  || code == ec::unknown_partition || code == ec::shutting_down
                  || code == ec::not_available;
  if (is_releasing_)
    return release();
  if (!may_pass || rounds_ >= rounds_max)
    return fail(make_error(
      code == ec::none ? ec::not_available : code,
      fmt::format("{} cannot be held for the backup: {}; a backup without it "
                  "is not made",
                  what.directory, troupe::what(why))));
  is_round_void_ = true;
  hold_next();
}

void backup_keeper_state::round_done() {
  if (std::exchange(is_round_void_, false)) {
    ++rounds_;
    self->delayed_send(backup_actor{self}, round_pause, upkeep_atom_v);
  } else if (!std::exchange(has_shards_, true)) {
    hold_metadata();
  } else {
    ready();
  }
}

void backup_keeper_state::ready() {
  logs_.push_back(std::move(metadata_));
  for (auto& [id, log] : partitions_)
    logs_.push_back(std::move(log));
  auto& about = config_.about;
  about.logs = static_cast<uint32_t>(logs_.size());
  for (const auto& log : logs_)
    for (const auto& file : log.files)
      about.bytes += static_cast<uint64_t>(std::max<int64_t>(file.bytes, 0));
  is_ready_ = true;
  renew();
  for (auto& waiting : std::exchange(describers_, {}))
    waiting.deliver(about);
}

// -- what the clauses do -----------------------------------------------------

caf::result<backup_summary> backup_keeper_state::describe() {
  renew();
  if (failure_)
    return failure_;
  if (is_ready_)
    return config_.about;
  if (describers_.size() >= waiting_max)
    return make_error(ec::queue_full, "too many wait for this backup");
  auto promise =
    self->make_response_promise<caf::typed_response_promise<backup_summary>>();
  describers_.push_back(promise);
  return promise;
}

caf::result<std::vector<log_snapshot>> backup_keeper_state::logs_from(
  uint32_t number) {
  renew();
  if (failure_)
    return failure_;
  if (!is_ready_)
    return make_error(ec::not_available, "not everything is held yet");
  std::vector<log_snapshot> result;
  size_t bytes = 0;
  for (size_t i = number; i < logs_.size() && bytes < message_bytes_max; ++i) {
    bytes += bytes_of(logs_[i]);
    result.push_back(logs_[i]);
  }
  return result;
}

caf::result<caf::ok_atom> backup_keeper_state::stop() {
  auto promise =
    self->make_response_promise<caf::typed_response_promise<caf::ok_atom>>();
  stoppers_.push_back(promise);
  fail(make_error(ec::shutting_down, "the backup is let go"));
  return promise;
}

void backup_keeper_state::tick() {
  if (is_releasing_)
    return;
  if (now() >= lease_end_)
    return fail(make_error(ec::timed_out, "nobody asked for the backup any "
                                          "more: it was let go"));
  self->delayed_send(backup_actor{self}, look_interval, tick_atom_v);
}

void backup_keeper_state::go_on() {
  if (is_releasing_)
    let_go();
  else if (has_shards_)
    hold_metadata();
  else
    hold_shards();
}

// -- the end -----------------------------------------------------------------

void backup_keeper_state::fail(const caf::error& why) {
  if (!failure_)
    failure_ = why;
  for (auto& waiting : std::exchange(describers_, {}))
    waiting.deliver(failure_);
  if (!is_releasing_)
    release();
}

void backup_keeper_state::release() {
  is_releasing_ = true;
  missing_.clear();
  // What is asked for already would be left behind.
  if (in_flight_ > 0)
    return;
  for (auto& [id, log] : std::exchange(partitions_, {}))
    if (!is_ready_)
      logs_.push_back(std::move(log));
  let_go();
}

void backup_keeper_state::let_go() {
  for (size_t i = 0; i < let_go_step && !logs_.empty(); ++i) {
    // What stays goes with the whole directory, or at the node's next start.
    static_cast<void>(config_.disk->remove(held_in(logs_.back().directory)));
    logs_.pop_back();
  }
  if (!logs_.empty()) {
    self->send(backup_actor{self}, upkeep_atom_v);
    return;
  }
  auto failed = config_.disk->remove(backup_directory);
  for (auto& waiting : std::exchange(stoppers_, {}))
    if (failed)
      waiting.deliver(failed);
    else
      waiting.deliver(caf::ok_atom_v);
  self->quit();
}

void backup_keeper_state::renew() {
  lease_end_ = now() + config_.lease;
}

caf::timespan backup_keeper_state::now() const {
  return self->clock().now().time_since_epoch();
}

// -- the actor ---------------------------------------------------------------

backup_actor::behavior_type backup_keeper(
  backup_actor::stateful_pointer<backup_keeper_state> self,
  backup_keeper_config config) {
  auto& state = self->state;
  self->set_exit_handler([self, disk = config.disk](caf::exit_msg& x) {
    if (!x.reason)
      return;
    static_cast<void>(disk->remove(backup_directory));
    self->quit(std::move(x.reason));
  });
  state.begin(std::move(config));
  return {
    [&state](describe_atom) { return state.describe(); },
    [&state](fetch_atom, uint32_t n) { return state.logs_from(n); },
    [&state](beat_atom) {
      state.renew();
      return caf::ok_atom_v;
    },
    [&state](stop_atom) { return state.stop(); },
    [&state](tick_atom) { state.tick(); },
    [&state](upkeep_atom) { state.go_on(); },
  };
}

} // namespace troupe
