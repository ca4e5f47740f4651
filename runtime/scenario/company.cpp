#include "runtime/scenario/company.hpp"

#include <algorithm>
#include <utility>

#include <caf/send.hpp>
#include <fmt/format.h>

#include "runtime/scenario/cluster_company.hpp"
#include "runtime/scenario/machine_company.hpp"

namespace troupe::scenario {

namespace {

/// The name under which the scripted handlers are registered.
constexpr const char* handler_name = "scripted";

} // namespace

company::company(stage& on, const script& play, std::shared_ptr<ledger> book,
                 std::shared_ptr<post_book> posts)
  : stage_(on), script_(play), book_(std::move(book)),
    posts_(std::move(posts)) {
  for (const auto& group : script_.groups)
    failures_[group.name] = std::make_shared<failure_plan>(group.fail);
}

void company::add_handlers(handler_registry& handlers) {
  handlers.add_factory(
    handler_name,
    [this](const handler_options& options) -> caf::expected<handler> {
      auto group = script_.find_group(options.at("group"));
      return make_scripted_handler(*group, options.at("consumer"), book_,
                                   failures_.at(group->name), stage_.epoch(),
                                   [this] { return stage_.now_ms(); });
    });
}

caf::expected<size_t> company::post(const produce& step) {
  auto host = host_of(step.at);
  if (!host)
    return host.error();
  auto where = place_of(*host);
  if (!where)
    return where.error();
  auto acks = step.acks.value_or(script_.settings.producer.acks);
  auto& producer = producers_[{*host, acks}];
  if (!producer) {
    auto settings = script_.settings.producer;
    settings.acks = acks;
    producer = where->players->spawn_producer(settings, where->door);
    if (where->adopt)
      where->adopt(producer.address());
  }
  auto number =
    start_posting(*where->system, step, producer, posts_, stage_.epoch());
  posted_from_.emplace(*host, number);
  return number;
}

caf::expected<std::vector<std::string>> company::start(
  const group_spec& group, uint32_t count, const std::vector<host_name>& at) {
  std::vector<std::string> names;
  for (uint32_t number = 1; names.size() < count; ++number) {
    auto name = fmt::format("{}-{}", group.name, number);
    if (find_running(name))
      continue;
    auto host = host_of(
      at.empty() ? std::nullopt : std::optional{at[names.size() % at.size()]});
    if (!host)
      return host.error();
    if (auto failed = start_numbered(group, number, *host))
      return failed;
    names.push_back(std::move(name));
  }
  return names;
}

caf::error company::start_numbered(const group_spec& group, uint32_t number,
                                   uint32_t host) {
  auto where = place_of(host);
  if (!where)
    return where.error();
  auto settings = group.settings;
  auto name = fmt::format("{}-{}", group.name, number);
  settings.handler = handler_name;
  settings.options = {{"group", group.name}, {"consumer", name}};
  if (number <= group.instance_ids.size())
    settings.instance_id = group.instance_ids[number - 1];
  auto handle = where->players->spawn_consumer(settings, name, where->door);
  if (!handle)
    return handle.error();
  if (where->adopt)
    where->adopt((*handle).address());
  ended_with_host_.erase(name);
  consumers_.push_back({.group = group.name,
                        .number = number,
                        .name = std::move(name),
                        .host = host,
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

void company::end_producers() {
  for (auto& [where, producer] : producers_)
    caf::anon_send_exit(producer, caf::exit_reason::kill);
  producers_.clear();
}

void company::forget_clients(uint32_t host) {
  for (auto& x : consumers_)
    if (x.is_running() && x.host == host) {
      ended_with_host_.insert(x.name);
      x.handle = nullptr;
      x.ended_ms = stage_.now_ms();
    }
  std::erase_if(producers_,
                [&](const auto& x) { return x.first.first == host; });
  auto [first, last] = posted_from_.equal_range(host);
  for (auto i = first; i != last; ++i)
    posts_->abandon(i->second, "the process that posted has ended");
  posted_from_.erase(first, last);
}

std::unique_ptr<company> make_company(stage& on, const script& play,
                                      std::shared_ptr<ledger> book,
                                      std::shared_ptr<post_book> posts) {
  if (play.is_clustered())
    return std::make_unique<cluster_company>(on, play, std::move(book),
                                             std::move(posts));
  return std::make_unique<machine_company>(on, play, std::move(book),
                                           std::move(posts));
}

} // namespace troupe::scenario
