#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/actors/consensus/host.hpp"

namespace troupe::testing {

/// Servers that agree while all goes wrong that a seed can think of: crashes,
/// cut and lossy and slow connections, slow and failing disks, members that
/// come and go.
class quorum {
public:
  quorum(uint64_t seed, uint64_t voters);

  /// Faults for a time, then none; then all members must have the same, and
  /// all that was acknowledged.
  void play(milliseconds faults);

  /// Empty: all held.
  const std::string& violation() const noexcept {
    return all_.seen.violation();
  }

  struct totals {
    uint64_t crashes = 0;
    uint64_t cuts = 0;
    uint64_t bad_disks = 0;
    uint64_t elections = 0;
    uint64_t acknowledged = 0;
    uint64_t snapshots_installed = 0;
    uint64_t changes = 0;
    uint64_t transfers = 0;
    milliseconds time{0};

    totals& operator+=(const totals& x);
  };
  totals count() const;

private:
  host& any_host();
  host* leader();
  void go(milliseconds until);
  void carry(uint64_t from, const consensus::envelope& x);
  void post();
  void disturb();
  void cut_off(uint64_t id);
  void mend();
  void tend();
  /// True: a change was made, or is under way.
  bool tend_members(host& at);

  surroundings all_;
  uint64_t voters_;
  std::vector<std::unique_ptr<host>> hosts_;
  std::set<std::pair<uint64_t, uint64_t>> cuts_;
  std::map<std::pair<uint64_t, uint64_t>, milliseconds> arrivals_;
  int lost_percent_ = 0;
  int64_t latency_ms_max_ = 12;
  bool is_disturbed_ = true;
  bool is_posting_ = true;
  uint64_t posted_ = 0;
  totals totals_;
};

} // namespace troupe::testing
