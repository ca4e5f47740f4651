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

#include "actors/consumer/membership_view.hpp"
#include "actors/coordinator/group.hpp"

/// A member as the group protocol wants it, as a state machine of values: the
/// product's own `membership_view`, and around it what a consumer does.
namespace troupe::bench {

using request = std::variant<join_request, heartbeat, revoked_notice,
                             leave_request, commit_request>;

enum class member_phase { out, joining, in, dead };

struct model_member {
  std::string name;
  std::string instance;
  std::string topic = "messages";
  group_settings rules = {.start = {.what = start_rule::kind::earliest}};
  bool is_dead = false;
  uuid died_as;
  membership_view view;
  /// Of each partition that is held: the next offset to hand out.
  std::map<topic_partition, int64_t> next;

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

  member_phase phase() const {
    return is_dead                  ? member_phase::dead
           : view.member().is_nil() ? member_phase::out
           : view.is_member()       ? member_phase::in
                                    : member_phase::joining;
  }

  bool is_in() const {
    return phase() == member_phase::in;
  }

  // -- membership -------------------------------------------------------------

  void be_out() {
    view.leave();
    next.clear();
    commit.reset();
    is_commit_sent = false;
  }

  /// `fresh`: the id, if this is not a repetition.
  void join(const uuid& fresh) {
    if (phase() == member_phase::out)
      view.join(fresh);
    join_request y;
    y.group = "g";
    y.member = view.member();
    y.name = name;
    y.instance_id = instance;
    y.topics = {topic};
    y.rules = rules;
    y.session_timeout = 3s;
    y.rebalance_timeout = 10s;
    up.push_back(y);
  }

  void on_joined(const join_answer& x) {
    if (x.member != view.member())
      return;
    if (!x.failure)
      view.admit(x.result);
    else if (!view.is_member())
      be_out();
  }

  void beat() {
    heartbeat y{view.member(), view.epoch(), {}, {}};
    for (const auto& p : view.owned())
      y.owned.push_back({p, next.at(p)});
    for (const auto& [p, revocation] : view.draining())
      y.draining.push_back({p, -1});
    up.push_back(y);
  }

  /// `whose` is not a member, said a heartbeat's or a commit's answer.
  void on_unknown(const uuid& whose) {
    if (view.member() == whose)
      be_out();
  }

  void leave(bool keeps_partitions) {
    up.push_back(leave_request{view.member(), keeps_partitions, {}});
    be_out();
  }

  void die() {
    up.clear();
    down.clear();
    late.reset();
    busy.reset();
    died_as = view.member();
    be_out();
    is_dead = true;
  }

  // -- pushes -----------------------------------------------------------------

  void receive(const push& what) {
    if (!is_dead)
      std::visit([&](const auto& y) { take(hear(y)); }, what);
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

  holding_change hear(const assignment& y) {
    return view.assign(y);
  }

  holding_change hear(const revocation& y) {
    return view.revoke(y);
  }

  holding_change hear(const member_state& y) {
    return view.restate(y);
  }

  holding_change hear(const fenced_notice& y) {
    return view.fence(y);
  }

  holding_change hear(const pause_notice& y) {
    return view.pause(y);
  }

  void take(const holding_change& x) {
    for (const auto& p : x.dropped)
      next.erase(p);
    for (const auto& p : x.added)
      next[p.id] = p.offset;
    if (x.answer)
      up.push_back(*x.answer);
    if (x.is_fenced)
      be_out();
  }

  // -- work -------------------------------------------------------------------

  void start(const topic_partition& p) {
    busy = {p, next.at(p), view.member(), view.epoch()};
  }

  /// The handler is done; what it did is to be committed.
  void finish() {
    auto done = *std::exchange(busy, std::nullopt);
    // A result of a partition that was given up meanwhile is dropped.
    if (!is_in() || !view.holds(done.place) || done.id != view.member())
      return;
    if (auto& place = next.at(done.place); place == done.offset)
      ++place;
    commit = commit_request{done.id,
                            {{done.place, done.offset + 1, 1, done.epoch, ""}}};
    is_commit_sent = false;
  }

  void on_commit_answered(const uuid& whose, ec outcome) {
    if (!commit || commit->member != whose || !is_commit_sent)
      return;
    auto place = commit->entries.at(0).id;
    commit.reset();
    is_commit_sent = false;
    if (outcome == ec::unknown_member)
      return on_unknown(whose);
    if (outcome == ec::none || outcome == ec::commit_goes_back)
      return;
    // It is another's: dropped without a word.
    view.drop(place);
    next.erase(place);
  }

  bool is_working_on(const topic_partition& p) const {
    return busy && busy->place == p && busy->id == view.member();
  }

  /// Before the last commit is answered nothing is given up.
  bool may_release(const topic_partition& p) const {
    return !commit || commit->entries.at(0).id != p;
  }

  /// Says of partitions that drain that they are given up.
  void release(const std::vector<topic_partition>& ids) {
    std::map<int64_t, revoked_notice> notices;
    for (const auto& p : ids) {
      auto revocation = view.release(p);
      auto& notice = notices[revocation];
      notice.member = view.member();
      notice.revocation_id = revocation;
      notice.released.push_back({p, -1});
      next.erase(p);
    }
    for (const auto& [revocation, notice] : notices)
      up.push_back(notice);
  }
};

} // namespace troupe::bench
