#include "tests/bench/crowd.hpp"

#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include "runtime/load/load_run.hpp"

namespace troupe::bench {

namespace {

constexpr size_t open_max = 500;
constexpr uint32_t groups_at_once = 100;
constexpr std::chrono::seconds timeout{120};

/// Whether a partition has told how it is.
bool is_open(const partition_status& x) {
  return x.failure.empty();
}

} // namespace

crowd::crowd(node_here& node) : node_(node), self_(node.system()) {
  find_partitions();
}

void crowd::create_topics(const std::string& prefix, int32_t count,
                          int32_t partitions) {
  for (int32_t i = 0; i < count; ++i)
    node_.create(fmt::format("{}{}", prefix, i), partitions);
  find_partitions();
}

void crowd::find_partitions() {
  partitions_.clear();
  auto topics =
    node_.ask<std::vector<topic_info>>(node_.handle(), topics_atom_v);
  for (const auto& topic : topics)
    for (int32_t p = 0; !topic.is_internal && p < topic.partitions(); ++p)
      self_
        ->request(node_.handle(), timeout, locate_atom_v,
                  topic_partition{topic.id, p})
        .receive([&](const partition_actor& x) { partitions_.push_back(x); },
                 [](const caf::error& why) { must(why); });
}

template <class Result, class... Ts>
void crowd::ask_all(const std::function<bool(const Result&)>& is_right,
                    Ts... xs) {
  using pending = decltype(self_->request(partitions_.front(), timeout, xs...));
  std::deque<pending> open;
  auto receive_one = [&] {
    auto first = std::move(open.front());
    open.pop_front();
    first.receive(
      [&](const Result& x) {
        if (!is_right(x))
          throw std::runtime_error("a partition answers something unexpected");
      },
      [](const caf::error& why) { must(why); });
  };
  for (const auto& x : partitions_) {
    open.push_back(self_->request(x, timeout, xs...));
    if (open.size() >= open_max)
      receive_one();
  }
  while (!open.empty())
    receive_one();
}

void crowd::wait_until_all_serve() {
  ask_all<partition_status>(is_open, status_atom_v);
}

void crowd::append_to_all(const record_batch& batch) {
  ask_all<append_result>([](const append_result&) { return true; },
                         append_atom_v, append_request{batch, acks::leader});
}

void crowd::read_from_all() {
  ask_all<fetch_result>(
    [](const fetch_result& x) { return x.batches.size() == 1; }, fetch_atom_v,
    fetch_request{});
}

void crowd::create_groups(const std::string& topic, uint32_t count) {
  auto run = std::make_shared<load_run>(0, 1);
  for (uint32_t begin = 0; begin < count; begin += groups_at_once) {
    std::vector<consumer_actor> some;
    std::vector<load_plan> plans;
    for (auto i = begin; i < std::min(begin + groups_at_once, count); ++i) {
      load_plan plan;
      plan.topic = topic;
      plan.group = fmt::format("group{}", i);
      plans.push_back(plan);
      some.push_back(spawn_reader(node_.system(), node_.handle(), plan, 0,
                                  counting_handler(run, 0, false)));
    }
    for (size_t i = 0; i < some.size(); ++i)
      must(wait_for_ownership(node_.system(), node_.handle(), plans[i],
                              {some[i]}));
    must(stop_readers(node_.system(), some));
  }
}

void crowd::load_groups(uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) {
    auto group = node_.ask<coordinator_actor>(node_.handle(), group_atom_v,
                                              fmt::format("group{}", i));
    node_.ask<group_description>(group, describe_atom_v);
  }
}

} // namespace troupe::bench
