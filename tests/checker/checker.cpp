#include "tests/checker/checker.hpp"

namespace troupe::checker {

group_book& checker::group(const std::string& name) {
  auto i = groups_.find(name);
  if (i == groups_.end())
    i = groups_.emplace(name, group_book{name, logs_, findings_}).first;
  return i->second;
}

void checker::on(const topic_served& x) {
  logs_.serve(x, ++now_);
}

void checker::on(const topic_deleted& x) {
  ++now_;
  logs_.forget(x);
  for (auto& [name, group] : groups_)
    group.on_deleted(x.topic);
}

void checker::on(const post_begun& x) {
  logs_.expect(x, ++now_);
}

void checker::on(const post_acknowledged& x) {
  ++now_;
  logs_.acknowledge(x);
}

void checker::on(const group_joining& x) {
  ++now_;
  group(x.group).on(x);
}

void checker::on(const group_joined& x) {
  group(x.group).on_joined(++now_);
}

void checker::on(const assigned& x) {
  ++now_;
  group(x.group).on(x);
}

void checker::on(const released& x) {
  ++now_;
  group(x.group).on(x);
}

void checker::on(const partition_lost& x) {
  ++now_;
  group(x.group).on(x);
}

void checker::on(const member_lost& x) {
  ++now_;
  group(x.group).on(x);
}

void checker::on(const handing_begun& x) {
  ++now_;
  // What a power cut took from the log is still given to who had fetched it.
  if (!x.is_stale)
    logs_.see(x.where, x.offset, x.value);
  group(x.group).on(x);
}

void checker::on(const handing_ended& x) {
  ++now_;
  group(x.group).on(x);
}

void checker::on(const commit_asked& x) {
  ++now_;
  group(x.group).on(x);
}

void checker::on(const commit_answered& x) {
  ++now_;
  group(x.group).on(x);
}

void checker::on(const reset_begun& x) {
  ++now_;
  group(x.group).on_reset_begun();
}

void checker::on(const reset_done& x) {
  ++now_;
  group(x.group).on(x);
}

void checker::on(const node_ended& x) {
  ++now_;
  logs_.end_life(x.how);
  ended_ = x.how;
}

void checker::on(const log_found& x) {
  ++now_;
  logs_.judge(x);
  for (auto& [name, group] : groups_)
    group.on_log(x.where);
}

void checker::on(const positions_found& x) {
  ++now_;
  for (const auto& y : x.positions)
    group(y.group);
  for (auto& [name, group] : groups_)
    group.on_positions(x.positions, ended_);
}

void checker::finish(bool is_complete) {
  for (auto& [name, group] : groups_)
    group.finish(is_complete);
}

} // namespace troupe::checker
