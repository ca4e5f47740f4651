#include "runtime/scenario/company.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_registry.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include "runtime/node.hpp"

namespace troupe::scenario {

namespace {

/// The name under which the scripted handlers are registered.
constexpr const char* handler_name = "scripted";

/// How long the company may take to end.
constexpr caf::timespan end_bound = 60s;

} // namespace

company::company(stage& on, const script& play, std::shared_ptr<ledger> book)
  : stage_(on), script_(play), book_(std::move(book)) {
  for (const auto& group : script_.groups)
    failures_[group.name] = std::make_shared<failure_plan>(group.fail);
  actors_before_ = stage_.system().registry().running();
}

company::~company() {
  if (node_)
    static_cast<void>(end_node(restart_kind::kill, end_bound));
}

caf::error company::start_node() {
  cast_config config;
  config.settings = script_.settings;
  // Afterwards the data directory tells what there is: what the scenario
  // deleted stays deleted.
  if (lives_ == 0)
    config.settings.topics = script_.topics;
  else
    config.settings.topics.clear();
  config.settings.consumers.clear();
  config.disk = stage_.disk();
  config.cluster_id = uuid{0x7472'6f75'7065'0000, script_.seed};
  config.seed = derive_uuid(config.cluster_id, ++lives_);
  config.epoch = stage_.epoch();
  config.spawn_flusher = [this](caf::actor_system&) {
    return stage_.spawn_flusher();
  };
  config.handlers.add_factory(
    handler_name,
    [this](const handler_options& options) -> caf::expected<handler> {
      auto group = script_.find_group(options.at("group"));
      return make_scripted_handler(*group, options.at("consumer"), book_,
                                   failures_.at(group->name), stage_.system(),
                                   stage_.epoch());
    });
  cast_ = std::make_unique<cast>(stage_.system(), config);
  node_ = stage_.system().spawn(troupe::node, std::move(config));
  auto status = stage_.ask<node_status>(end_bound, node_, status_atom_v);
  return status ? caf::error{} : status.error();
}

caf::error company::end_node(restart_kind how, caf::timespan bound) {
  caf::error result;
  if (how == restart_kind::clean) {
    std::vector<std::string> all;
    for (const auto& x : consumers_)
      if (x.is_running())
        all.push_back(x.name);
    result = stop(all, bound);
    auto stopped = stage_.ask<caf::ok_atom>(bound, node_, stop_atom_v);
    if (!stopped && !result)
      result = stopped.error();
  }
  for (auto& x : consumers_)
    if (x.is_running())
      crash({x.name});
  for (auto& [acks_, producer] : producers_)
    caf::anon_send_exit(producer, caf::exit_reason::kill);
  producers_.clear();
  caf::anon_send_exit(node_, caf::exit_reason::kill);
  node_ = nullptr;
  cast_->end_flushers();
  cast_.reset();
  auto gone = wait_until_gone(actors_before_, bound);
  if (gone && !result)
    result = gone;
  if (how == restart_kind::power_cut && !result)
    result = stage_.power_cut();
  return result;
}

caf::error company::wait_until_gone(size_t actors_left, caf::timespan bound) {
  auto& registry = stage_.system().registry();
  if (stage_.wait_until([&] { return registry.running() <= actors_left; },
                        bound))
    return caf::none;
  return make_error(ec::timed_out,
                    fmt::format("{} actors of the node have not ended",
                                registry.running() - actors_left));
}

producer_actor company::producer(enum acks acks) {
  auto& result = producers_[acks];
  if (!result) {
    auto settings = script_.settings.producer;
    settings.acks = acks;
    result = cast_->spawn_producer(settings, node_);
  }
  return result;
}

caf::expected<std::vector<std::string>> company::start(const group_spec& group,
                                                       uint32_t count) {
  std::vector<std::string> names;
  for (uint32_t number = 1; names.size() < count; ++number) {
    auto name = fmt::format("{}-{}", group.name, number);
    if (find_running(name))
      continue;
    if (auto failed = start_numbered(group, number))
      return failed;
    names.push_back(std::move(name));
  }
  return names;
}

caf::error company::start_numbered(const group_spec& group, uint32_t number) {
  auto settings = group.settings;
  auto name = fmt::format("{}-{}", group.name, number);
  settings.handler = handler_name;
  settings.options = {{"group", group.name}, {"consumer", name}};
  if (number <= group.instance_ids.size())
    settings.instance_id = group.instance_ids[number - 1];
  auto handle = cast_->spawn_consumer(settings, name, node_);
  if (!handle)
    return handle.error();
  consumers_.push_back({.group = group.name,
                        .number = number,
                        .name = std::move(name),
                        .handle = std::move(*handle),
                        .started_ms = stage_.now_ms(),
                        .entries_before = book_->size()});
  return caf::none;
}

std::vector<std::string> company::running(const std::string& group) const {
  std::vector<const player_consumer*> found;
  for (const auto& x : consumers_)
    if (x.is_running() && x.group == group)
      found.push_back(&x);
  std::sort(found.begin(), found.end(),
            [](const auto* x, const auto* y) { return x->number < y->number; });
  std::vector<std::string> names;
  for (const auto* x : found)
    names.push_back(x->name);
  return names;
}

std::vector<std::string> company::choose(const std::string& group,
                                         const consumer_choice& who) const {
  auto names = running(group);
  if (who.number) {
    auto name = fmt::format("{}-{}", group, *who.number);
    std::erase_if(names, [&](const auto& x) { return x != name; });
  } else if (who.count && *who.count < names.size()) {
    names.erase(names.begin(),
                names.end() - static_cast<ptrdiff_t>(*who.count));
  }
  return names;
}

player_consumer* company::find_running(const std::string& name) {
  auto i =
    std::find_if(consumers_.begin(), consumers_.end(), [&](const auto& x) {
      return x.is_running() && x.name == name;
    });
  return i == consumers_.end() ? nullptr : &*i;
}

caf::error company::stop(const std::vector<std::string>& names,
                         caf::timespan bound) {
  using answer = std::shared_ptr<pending_answer<caf::ok_atom>>;
  std::vector<std::pair<std::string, answer>> answers;
  for (const auto& name : names)
    if (auto* x = find_running(name)) {
      // A static member's partitions wait for it.
      auto group = script_.find_group(x->group);
      auto is_static = x->number <= group->instance_ids.size();
      answers.emplace_back(name, stage_.request<caf::ok_atom>(
                                   bound, x->handle, stop_atom_v, is_static));
    }
  stage_.wait_until(
    [&] {
      return std::all_of(answers.begin(), answers.end(),
                         [](const auto& x) { return x.second->is_set(); });
    },
    bound);
  caf::error result;
  for (auto& [name, pending] : answers) {
    if (auto stopped = pending->take(); !stopped)
      result = make_error(ec::timed_out,
                          name + " did not stop: " + what(stopped.error()));
    auto* x = find_running(name);
    x->handle = nullptr;
    x->ended_ms = stage_.now_ms();
  }
  return result;
}

void company::crash(const std::vector<std::string>& names) {
  for (const auto& name : names)
    if (auto* x = find_running(name)) {
      caf::anon_send_exit(x->handle, caf::exit_reason::kill);
      x->handle = nullptr;
      x->ended_ms = stage_.now_ms();
    }
}

} // namespace troupe::scenario
