#include "runtime/cli/rolling_restart.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace troupe::cli {

namespace {

constexpr uint32_t looks_wanted = 2;

const node_info* find(const overview& x, uint32_t node) {
  const auto& nodes = x.status.nodes;
  auto i = std::find_if(nodes.begin(), nodes.end(),
                        [&](const auto& y) { return y.id == node; });
  return i == nodes.end() ? nullptr : &*i;
}

} // namespace

rolling_restart::rolling_restart(std::vector<uint32_t> nodes)
  : is_all_(nodes.empty()), left_(nodes.begin(), nodes.end()) {
  // nop
}

rolling_restart::step rolling_restart::wait(std::string why) {
  well_ = 0;
  return {step::kind::wait, current_, std::move(why)};
}

rolling_restart::step rolling_restart::next(const overview& now) {
  if (std::exchange(is_all_, false))
    for (const auto& node : now.status.nodes)
      left_.insert(node.id);
  if (current_ != 0) {
    const auto* node = find(now, current_);
    if (!node)
      return wait(
        fmt::format("node {} was removed from the cluster", current_));
    if (node->incarnation == incarnation_)
      return wait(fmt::format("node {} stops and starts", current_));
  }
  if (auto flaw = flaw_of(now); !flaw.empty())
    return wait(std::move(flaw));
  if (now.status.partitions_moving > 0)
    return wait(
      fmt::format("{} partitions move", now.status.partitions_moving));
  if (++well_ < looks_wanted)
    return {step::kind::wait, current_, "all is well, and is to stay so"};
  if (auto before = std::exchange(current_, 0); before != 0) {
    left_.erase(before);
    restarted_.push_back(before);
  }
  if (left_.empty())
    return {step::kind::done, 0, ""};
  auto i = std::find_if(left_.begin(), left_.end(),
                        [&](auto id) { return id != now.status.leader; });
  auto id = i == left_.end() ? *left_.begin() : *i;
  const auto* node = find(now, id);
  if (!node)
    return wait(fmt::format("there is no node {}", id));
  incarnation_ = node->incarnation;
  return {step::kind::restart, id, "", incarnation_};
}

void rolling_restart::ordered(uint32_t node) {
  current_ = node;
  well_ = 0;
}

std::vector<uint32_t> rolling_restart::left() const {
  return {left_.begin(), left_.end()};
}

} // namespace troupe::cli
