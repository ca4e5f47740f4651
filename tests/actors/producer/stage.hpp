#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/producer/producer.hpp"

#include "tests/actors/partition/bench.hpp"

/// A producer with what it talks to: a node that tells where partitions are,
/// real partitions, and between them a wire that loses answers.
namespace troupe::test {

/// What goes wrong, and what was asked for.
struct trouble {
  /// Of 100 append requests so many are lost before they arrive...
  uint32_t lost_requests = 0;
  /// ... and of the answers so many.
  uint32_t lost_answers = 0;
  /// Appends are refused with this...
  caf::error append_error;
  /// ... and the node answers with these instead.
  caf::error topic_error;
  caf::error locate_error;
  caf::error identify_error;
  uint32_t topics_asked = 0;
  uint32_t located = 0;
  uint32_t identities = 0;
  uint32_t appends = 0;
};

/// Passes requests on to a partition, or loses them.
inline partition_actor::behavior_type lossy_wire(partition_actor::pointer self,
                                                 partition_actor target,
                                                 std::shared_ptr<trouble> bad,
                                                 std::mt19937_64* random) {
  // It ends with what it stands for.
  self->link_to(target);
  return {
    [=](append_atom, append_request& x) -> caf::result<append_result> {
      ++bad->appends;
      auto promise = self->make_response_promise<append_result>();
      if ((*random)() % 100 < bad->lost_requests)
        return promise;
      if (bad->append_error)
        return bad->append_error;
      auto is_lost = (*random)() % 100 < bad->lost_answers;
      self->request(target, caf::infinite, append_atom_v, std::move(x))
        .then(
          [=](const append_result& answer) mutable {
            if (!is_lost)
              promise.deliver(answer);
          },
          [=](caf::error& problem) mutable {
            if (!is_lost)
              promise.deliver(std::move(problem));
          });
      return promise;
    },
    [=](fetch_atom, const fetch_request& x) {
      return self->delegate(target, fetch_atom_v, x);
    },
    [=](offset_atom, const offset_query& x) {
      return self->delegate(target, offset_atom_v, x);
    },
    [=](epoch_atom, int32_t x) {
      return self->delegate(target, epoch_atom_v, x);
    },
    [=](role_atom, const replica_role& x) {
      return self->delegate(target, role_atom_v, x);
    },
    [=](replicate_atom, const replica_fetch& x) {
      return self->delegate(target, replicate_atom_v, x);
    },
    [=](delete_atom, const delete_request& x) {
      return self->delegate(target, delete_atom_v, x);
    },
    [=](config_atom, const topic_settings& x) {
      return self->delegate(target, config_atom_v, x);
    },
    [=](status_atom) { return self->delegate(target, status_atom_v); },
    [=](snapshot_atom, std::string& to) {
      return self->delegate(target, snapshot_atom_v, std::move(to));
    },
    [=](stop_atom) { return self->delegate(target, stop_atom_v); },
    [](tick_atom) {},
    [](upkeep_atom) {},
  };
}

/// What the node knows: shared with the test, which changes it.
struct cluster {
  std::map<std::string, topic_info> topics;
  std::map<topic_partition, partition_actor> partitions;
  std::shared_ptr<trouble> bad = std::make_shared<trouble>();
};

/// As much of a node as a producer needs.
inline caf::behavior node_double(caf::event_based_actor*,
                                 std::shared_ptr<cluster> all) {
  return {
    [=](topic_atom, const std::string& name) -> caf::result<topic_info> {
      ++all->bad->topics_asked;
      if (all->bad->topic_error)
        return all->bad->topic_error;
      auto i = all->topics.find(name);
      if (i == all->topics.end())
        return make_error(ec::unknown_topic, name + ": no such topic");
      return i->second;
    },
    [=](locate_atom,
        const topic_partition& id) -> caf::result<partition_actor> {
      ++all->bad->located;
      if (all->bad->locate_error)
        return all->bad->locate_error;
      auto i = all->partitions.find(id);
      if (i == all->partitions.end())
        return make_error(ec::unknown_partition, "no such partition");
      if (!i->second)
        return make_error(ec::not_available, "the partition is starting");
      return i->second;
    },
    [=](identify_atom) -> caf::result<producer_identity> {
      if (all->bad->identify_error)
        return all->bad->identify_error;
      return producer_identity{1000 + all->bad->identities++, 0};
    },
  };
}

/// A topic `messages` on a disk in memory, and one producer.
class stage {
public:
  explicit stage(uint64_t seed = 0, int32_t partitions = 1) : sys(seed) {
    flusher = spawn_flusher(sys, pace);
    node = caf::actor_cast<node_actor>(sys.spawn(node_double, all));
    add_topic("messages", partitions);
  }

  /// A flusher with work ends only when told.
  ~stage() {
    caf::anon_send_exit(flusher, caf::exit_reason::kill);
    sys.run();
  }

  stage(const stage&) = delete;

  void add_topic(const std::string& name, int32_t partitions, uint64_t id = 1) {
    topic_info info;
    info.id = uuid{7, id};
    info.name = name;
    info.created_index.resize(static_cast<size_t>(partitions));
    all->topics[name] = info;
    for (int32_t i = 0; i < partitions; ++i)
      open(name, i);
  }

  static std::string label(const std::string& topic, int32_t partition) {
    return topic + "-" + std::to_string(partition);
  }

  /// Opens a partition, behind a wire.
  void open(const std::string& topic, int32_t partition) {
    auto& info = all->topics.at(topic);
    partition_config config;
    config.id = {info.id, partition};
    config.name = label(topic, partition);
    config.disk = disk;
    config.directory = to_string(config.id);
    config.topic = info.settings;
    config.limits = limits;
    config.flusher = flusher;
    config.epoch = sys.epoch();
    auto id = config.id;
    auto target = sys.spawn(troupe::partition, config);
    targets[id] = target;
    all->partitions[id] =
      sys.spawn(lossy_wire, target, all->bad, &sys.random());
  }

  void kill(const std::string& topic, int32_t partition) {
    topic_partition id{all->topics.at(topic).id, partition};
    caf::anon_send_exit(targets.at(id), caf::exit_reason::kill);
    targets.erase(id);
    all->partitions[id] = partition_actor{};
  }

  producer_actor start(const producer_settings& settings = {}) {
    return sys.spawn(producer, producer_config{settings, node, sys.epoch()});
  }

  /// The values in a partition, in order.
  std::vector<std::string> stored(int32_t partition = 0,
                                  const std::string& topic = "messages") {
    topic_partition id{all->topics.at(topic).id, partition};
    std::vector<std::string> result;
    for (int64_t offset = 0;;) {
      auto found = sys.ask<fetch_result>(targets.at(id), fetch_atom_v,
                                         fetch_request{offset, 1 * mib});
      if (!found || found->batches.empty())
        return result;
      for (auto& value : values_of(found->batches))
        result.push_back(std::move(value));
      offset = found->batches.back().header.last_offset() + 1;
    }
  }

  std::shared_ptr<simulation::memory_files> disk =
    std::make_shared<simulation::memory_files>();
  std::shared_ptr<disk_pace> pace = std::make_shared<disk_pace>();
  std::shared_ptr<cluster> all = std::make_shared<cluster>();
  trouble& bad = *all->bad;
  partition_settings limits;
  simulation::virtual_system sys;
  flusher_actor flusher;
  node_actor node;
  std::map<topic_partition, partition_actor> targets;
};

/// A record to post.
inline posting to_post(const std::string& value, int32_t partition = -1,
                       const std::string& topic = "messages") {
  return {topic, partition, {bytes{}, bytes{value}, {}, -1}};
}

inline std::vector<posting> to_post(const std::vector<std::string>& values,
                                    int32_t partition = -1) {
  std::vector<posting> result;
  for (auto& value : values)
    result.push_back(to_post(value, partition));
  return result;
}

} // namespace troupe::test
