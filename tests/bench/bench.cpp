#include "tests/bench/bench.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "actors/protocol/registration.hpp"
#include "runtime/scheduling.hpp"

namespace troupe::bench {

void context::add(figure x) {
  fmt::print(stderr, "{}\n", show(x));
  out.figures.push_back(std::move(x));
}

std::string context::fresh_directory(const std::string& name) const {
  auto result = directory + "/" + name;
  std::filesystem::remove_all(result);
  std::filesystem::create_directories(result);
  return result;
}

double median(std::vector<double> xs) {
  if (xs.empty())
    return 0;
  auto middle = xs.begin() + static_cast<ptrdiff_t>(xs.size() / 2);
  std::nth_element(xs.begin(), middle, xs.end());
  return *middle;
}

node_settings settings_in(const std::string& directory) {
  node_settings result;
  result.data_directory = directory;
  return result;
}

node_here::node_here(node_settings settings, handler_registry handlers) {
  register_messages(config_);
  configure_scheduling(config_);
  system_ = std::make_unique<caf::actor_system>(config_);
  node_ = must(embedded_node::start(*system_, settings, std::move(handlers)));
}

node_here::~node_here() {
  // The node first: the system waits for its actors.
  node_.reset();
}

topic_info node_here::create(const std::string& topic, int32_t partitions) {
  return ask<topic_info>(handle(), create_atom_v,
                         topic_spec{topic, partitions, {}});
}

void node_here::remove(const std::string& topic) {
  ask<topic_info>(handle(), delete_atom_v, topic);
}

void node_here::stop() {
  must(node_->stop());
}

} // namespace troupe::bench
