#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "actors/consensus/entry_log.hpp"
#include "actors/consensus/server.hpp"
#include "actors/consensus/server_store.hpp"
#include "runtime/simulation/memory_files.hpp"
#include "tests/actors/consensus/agenda.hpp"
#include "tests/actors/consensus/history.hpp"
#include "tests/dice.hpp"

namespace troupe::testing {

using milliseconds = std::chrono::milliseconds;

/// What the hosts of a quorum share.
struct surroundings {
  explicit surroundings(uint64_t seed) : chance(seed), random(seed) {}

  dice chance;
  std::mt19937_64 random;
  agenda plan;
  history seen;
  /// Takes a message to where it is addressed, or loses it.
  std::function<void(uint64_t from, const consensus::envelope&)> send;
};

/// A server with its store on a disk that takes its time, and a state machine
/// that writes down which commands it was given.
class host {
public:
  /// `first`: what it begins with on a disk that is empty.
  host(surroundings& all, uint64_t id, consensus::stored_state first);

  // -- what happens to it ----------------------------------------------------

  void start();
  /// The process ends, or the machine loses its power: then so does the disk
  /// what is not durable.
  void crash();
  void receive(const consensus::envelope& x);
  void submit(uint64_t command);

  void set_disk_time_max(int64_t ms) {
    disk_ms_max_ = ms;
  }

  // -- what a caretaker of the members does
  // ------------------------------------

  void change(consensus::configuration members);
  void catch_up(uint64_t id);
  void transfer(uint64_t id);

  // -- what it is
  // --------------------------------------------------------------

  uint64_t id() const noexcept {
    return id_;
  }

  std::string address() const {
    return "host:" + std::to_string(id_);
  }

  bool is_running() const noexcept {
    return server_ != nullptr;
  }

  bool leads() const {
    return server_ && server_->role() == consensus::server_role::leader;
  }

  const consensus::server& server() const {
    return *server_;
  }

  /// Changes with every start and crash.
  uint64_t life() const noexcept {
    return life_;
  }

  const std::vector<uint64_t>& applied() const noexcept {
    return applied_;
  }

  uint64_t installed() const noexcept {
    return installed_;
  }

  simulation::memory_files& disk() {
    return *disk_;
  }

private:
  struct taking {
    consensus::snapshot what;
  };
  struct installing {
    consensus::snapshot what;
  };
  using write = std::variant<consensus::entries_written, installing, taking>;

  /// Entries that stay below a snapshot that was taken, and how many make one.
  static constexpr uint64_t trailing = 20;
  static constexpr uint64_t snapshot_after = 60;

  caf::error open();
  void carry_out(caf::expected<consensus::effects> x);
  void put_in_queue(consensus::effects& x);
  void apply(const consensus::committed_entry& x);
  void restore(const consensus::snapshot& x);
  void take_snapshot_if_due();
  void begin_write();
  void finish_write();
  caf::error finish(const consensus::entries_written& x);
  caf::error finish(const installing& x);
  caf::error finish(const taking& x);
  /// What a disk that fails makes of a server: one that starts again.
  void give_up();
  void arm();

  surroundings& all_;
  uint64_t id_;
  consensus::stored_state first_;
  std::shared_ptr<simulation::memory_files> disk_;
  std::unique_ptr<consensus::server_store> store_;
  std::unique_ptr<consensus::server> server_;
  /// A copy of what is in the store, as far as it is written.
  consensus::entry_log written_;
  uint64_t base_index_ = 0;
  uint64_t life_ = 0;
  uint64_t alarm_ = 0;
  std::deque<write> writes_;
  bool is_writing_ = false;
  bool is_taking_ = false;
  int64_t disk_ms_max_ = 8;
  std::vector<uint64_t> applied_;
  struct waiting {
    uint64_t term;
    uint64_t command;
  };
  std::map<uint64_t, waiting> waiting_;
  uint64_t installed_ = 0;
};

} // namespace troupe::testing
