#include <atomic>
#include <map>
#include <random>

#include <fmt/format.h>

#include "actors/consumer/consumer.hpp"
#include "runtime/random_uuid.hpp"
#include "runtime/wall_epoch.hpp"
#include "tests/end_to_end/kill/client/roles.hpp"

namespace troupe::testing {

namespace {

using namespace std::chrono_literals;

/// One record in so many is handed out twice, since its handler fails.
constexpr uint64_t failure_one_in = 200;

/// Tells of a member what it is told itself.
class witness final : public consumer_listener {
public:
  witness(std::string group, std::string member, std::shared_ptr<journal> told)
    : group_(std::move(group)), member_(std::move(member)),
      told_(std::move(told)) {}

  void on_assigned(const assigned_partition& x) override {
    if (!was_joined_) {
      was_joined_ = true;
      told_->tell(checker::group_joined{group_});
    }
    topics_[x.id.topic] = x.topic;
    told_->tell(checker::assigned{group_, member_, place_of(x.id), x.offset});
  }

  void on_released(const topic_partition& x) override {
    told_->tell(checker::released{group_, member_, place_of(x)});
  }

  void on_lost(const topic_partition& x) override {
    told_->tell(checker::partition_lost{group_, member_, place_of(x)});
  }

  void on_commit(const topic_partition& x, int64_t next) override {
    told_->tell(checker::commit_asked{group_, member_, place_of(x), next});
  }

  void on_committed(const topic_partition& x, int64_t next,
                    ec outcome) override {
    // What may be asked again may have happened.
    if (outcome == ec::none || !is_retriable(make_error(outcome, {})))
      told_->tell(checker::commit_answered{group_, member_, place_of(x), next,
                                           outcome == ec::none});
  }

private:
  checker::place place_of(const topic_partition& x) const {
    return {topics_.at(x.topic), x.partition};
  }

  std::string group_;
  std::string member_;
  std::shared_ptr<journal> told_;
  bool was_joined_ = false;
  std::map<topic_id, std::string> topics_;
};

handler_function make_handler(const std::string& group,
                              const std::string& member,
                              const std::shared_ptr<journal>& told,
                              uint64_t seed) {
  auto random = std::make_shared<std::mt19937_64>(seed);
  return [=](const delivery& x) -> caf::error {
    checker::place where{x.topic, x.id.partition};
    told->tell(checker::handing_begun{group, member, where, x.offset,
                                      x.content.value.str()});
    auto is_done = (*random)() % failure_one_in != 0;
    told->tell(checker::handing_ended{group, member, where, x.offset, is_done});
    return is_done ? caf::error{}
                   : make_error(ec::handler_failed, "fails now and then");
  };
}

} // namespace

consumer_actor spawn_member(caf::actor_system& system, const client_role& role,
                            const std::string& group) {
  auto is_first = group == group_names[0];
  consumer_config config;
  auto& settings = config.settings;
  config.name = fmt::format("{}.{}", role.name, group);
  config.seed = random_uuid();
  config.node = role.node;
  config.epoch = wall_epoch();
  config.handler.function =
    make_handler(group, config.name, role.told, role.seed);
  config.listener = std::make_shared<witness>(group, config.name, role.told);
  settings.group = group;
  settings.topics = {topic_name};
  if (is_first)
    settings.group_rules.start.what = start_rule::kind::earliest;
  else
    settings.commit = {commit_policy::kind::every, 10, 1s};
  // Longer than a node is away, so that members keep their partitions.
  settings.session_timeout = 15s;
  settings.heartbeat_interval = 500ms;
  settings.retry_backoff = 20ms;
  settings.retry_backoff_max = 200ms;
  role.told->tell(checker::group_joining{
    group, settings.group_rules.start.what, {topic_name}});
  return system.spawn(consumer, std::move(config));
}

} // namespace troupe::testing
