#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "actors/coordinator/group.hpp"

/// A member as the group protocol wants it, as a state machine of values.
namespace troupe::bench {

using request = std::variant<join_request, heartbeat, revoked_notice,
                             leave_request, commit_request>;

enum class member_phase { out, joining, in, dead };

struct model_member {
  std::string name;
  std::string instance;
  member_phase phase = member_phase::out;
  uuid id;
  int64_t epoch = 0;
  int32_t life = 0;
  /// Owned partitions, and the next offset to hand out.
  std::map<topic_partition, int64_t> owned;
  /// To be given up, with the revocation to answer.
  std::map<topic_partition, int64_t> draining;

  /// With the handler, and under which id and epoch it got there.
  struct handling {
    topic_partition place;
    int64_t offset = 0;
    uuid id;
    int64_t epoch = 0;
  };
  std::optional<handling> busy;
  /// A commit that has no answer yet, and whether it is on its way.
  std::optional<commit_request> commit;
  bool is_commit_sent = false;

  std::deque<request> up;
  std::deque<push> down;
  /// A push of an earlier coordinator that takes its time.
  std::optional<push> late;

  bool holds(const topic_partition& p) const {
    return owned.count(p) + draining.count(p) > 0;
  }

  void drop_all() {
    owned.clear();
    draining.clear();
    commit.reset();
    epoch = 0;
  }

  void be_out() {
    phase = member_phase::out;
    drop_all();
  }

  /// `fresh`: the id, if this is not a repetition.
  void join(const uuid& fresh) {
    if (phase == member_phase::out) {
      id = fresh;
      drop_all();
      phase = member_phase::joining;
    }
    join_request y;
    y.group = "g";
    y.member = id;
    y.name = name;
    y.instance_id = instance;
    y.topics = {"messages"};
    y.rules.start.what = start_rule::kind::earliest;
    y.session_timeout = 3s;
    y.rebalance_timeout = 10s;
    up.push_back(y);
  }

  void on_joined(const join_answer& x) {
    if (x.failure)
      return be_out();
    if (x.result.coordinator_epoch < life)
      return;
    life = x.result.coordinator_epoch;
    epoch = std::max(epoch, x.result.member_epoch);
    phase = member_phase::in;
  }

  void on_commit_answered(const uuid& whose, bool is_unknown) {
    if (!commit || commit->member != whose || !is_commit_sent)
      return;
    commit.reset();
    is_commit_sent = false;
    if (is_unknown && id == whose)
      be_out();
  }

  void beat() {
    heartbeat y{id, epoch, {}, {}};
    for (const auto& [p, next] : owned)
      y.owned.push_back({p, next});
    for (const auto& [p, revocation] : draining)
      y.draining.push_back({p, -1});
    up.push_back(y);
  }

  void receive(const push& what) {
    if (phase != member_phase::joining && phase != member_phase::in)
      return;
    std::visit([&](const auto& y) { hear(y); }, what);
  }

  /// Late is late: what its coordinator sent before it comes first.
  void receive_late() {
    auto life_of = [](const push& y) {
      return std::visit([](auto& z) { return z.coordinator_epoch; }, y);
    };
    if (!late || (!down.empty() && life_of(down.front()) <= life_of(*late)))
      return;
    receive(*std::exchange(late, std::nullopt));
  }

  template <class Push>
  bool believes(const Push& y) {
    if (y.member != id || y.coordinator_epoch < life)
      return false;
    life = y.coordinator_epoch;
    if constexpr (requires { y.member_epoch; })
      if (y.member_epoch < epoch)
        return false;
    return true;
  }

  void take(const std::vector<assigned_partition>& added) {
    for (const auto& y : added)
      if (!holds(y.id))
        owned[y.id] = y.offset;
  }

  void give_back(const std::vector<topic_partition>& ids, int64_t revocation) {
    revoked_notice none{id, revocation, {}};
    for (const auto& p : ids)
      if (owned.erase(p) > 0 || draining.count(p) > 0)
        draining[p] = revocation;
      else
        none.released.push_back({p, -1});
    if (!none.released.empty())
      up.push_back(none);
  }

  void hear(const assignment& y) {
    if (!believes(y))
      return;
    phase = member_phase::in;
    epoch = y.member_epoch;
    take(y.added);
  }

  void hear(const revocation& y) {
    if (believes(y))
      give_back(y.partitions, y.revocation_id);
  }

  void hear(const member_state& y) {
    if (!believes(y))
      return;
    phase = member_phase::in;
    epoch = y.member_epoch;
    std::set<topic_partition> all(y.revoking.begin(), y.revoking.end());
    for (const auto& p : y.assigned)
      all.insert(p.id);
    std::erase_if(owned, [&](auto& z) { return all.count(z.first) == 0; });
    std::erase_if(draining, [&](auto& z) { return all.count(z.first) == 0; });
    take(y.assigned);
    give_back(y.revoking, y.revocation_id);
  }

  void hear(const fenced_notice& y) {
    if (believes(y))
      be_out();
  }

  void hear(const pause_notice&) {}
};

} // namespace troupe::bench
