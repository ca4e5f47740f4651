#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/protocol/interfaces.hpp"
#include "tests/actors/coordinator/group_bench.hpp"

/// Stand-ins for those a coordinator stands on: the shard, the node,
/// partitions. Their data is outside of them, where a test reads and changes
/// it.
namespace troupe::stage {

// -- the shard ----------------------------------------------------------------

/// What the shard has on disk, and how it behaves.
struct shard_data {
  bench::shard_table table;
  int32_t life = 0;
  int64_t log_end = 0;
  size_t writes = 0;
  /// How long a write takes.
  caf::timespan delay{0};
  /// Writes that fail from now on.
  int fails = 0;
  /// Loads that fail from now on.
  int loads_fail = 0;
  /// Nothing is answered.
  bool hangs = false;
};

/// Lets time pass for whoever asks, in the order of the questions.
inline caf::behavior disk(caf::event_based_actor* self,
                          std::shared_ptr<shard_data> data) {
  auto open = std::make_shared<std::deque<caf::response_promise>>();
  return {
    [=](sync_atom) {
      open->push_back(self->make_response_promise());
      auto answer = open->back();
      if (data->delay.count() > 0)
        self->delayed_send(self, data->delay, tick_atom_v);
      else
        self->send(self, tick_atom_v);
      return answer;
    },
    [=](tick_atom) {
      open->front().deliver(caf::ok_atom_v);
      open->pop_front();
    },
  };
}

/// Does what it is asked in the order in which it was asked, as the real one.
inline offset_store_actor::behavior_type shard(
  offset_store_actor::pointer self, std::shared_ptr<shard_data> data) {
  auto slow = self->spawn<caf::linked>(disk, data);
  return {
    [=](load_atom, const std::string&) -> caf::result<group_image> {
      auto promise = self->make_response_promise<group_image>();
      self->request(slow, caf::infinite, sync_atom_v)
        .then([=](caf::ok_atom) mutable {
          if (data->loads_fail-- > 0)
            promise.deliver(make_error(ec::storage_failed, "no disk"));
          else
            promise.deliver(
              bench::image_of(data->table, ++data->life, ++data->log_end));
        });
      return promise;
    },
    [=](write_atom, const std::string&,
        const std::vector<keyed_record>& records) -> caf::result<caf::ok_atom> {
      auto promise = self->make_response_promise<caf::ok_atom>();
      ++data->writes;
      if (data->hangs)
        return promise;
      auto fails = data->fails > 0 && data->fails-- > 0;
      self->request(slow, caf::infinite, sync_atom_v)
        .then([=](caf::ok_atom) mutable {
          if (fails) {
            promise.deliver(make_error(ec::storage_failed, "no disk"));
            return;
          }
          data->log_end += static_cast<int64_t>(records.size());
          for (const auto& x : records)
            if (x.value.is_null())
              data->table.erase(x.key);
            else
              data->table.insert_or_assign(x.key, x.value);
          promise.deliver(caf::ok_atom_v);
        });
      return promise;
    },
    [=](groups_atom) { return std::vector<std::string>{}; },
  };
}

// -- the node and its partitions ----------------------------------------------

struct node_data {
  uint64_t index = 1;
  std::map<topic_id, topic_info> topics;
  std::map<topic_partition, bench::fake_log> logs;
  std::map<topic_partition, partition_actor> partitions;
  std::vector<metadata_listener_actor> listeners;
  /// Partitions that answer nothing.
  std::set<topic_partition> hanging;
  /// ... or this.
  std::map<topic_partition, caf::error> refusing;
};

inline caf::error unasked() {
  return make_error(ec::not_available, "not on this stage");
}

inline partition_actor::behavior_type partition(partition_actor::pointer self,
                                                std::shared_ptr<node_data> data,
                                                topic_partition id) {
  return {
    [](append_atom, const append_request&) -> caf::result<append_result> {
      return unasked();
    },
    [](fetch_atom, const fetch_request&) -> caf::result<fetch_result> {
      return unasked();
    },
    [=](offset_atom, const offset_query& x) -> caf::result<offset_answer> {
      if (data->hanging.count(id) > 0)
        return self->make_response_promise<offset_answer>();
      if (auto refusal = data->refusing.find(id);
          refusal != data->refusing.end())
        return refusal->second;
      return data->logs.at(id).answer({id, x, std::nullopt}).offset;
    },
    [=](epoch_atom, int32_t x) -> caf::result<epoch_end> {
      return data->logs.at(id).answer({id, {}, x}).epoch;
    },
    [](role_atom, const replica_role&) -> caf::result<caf::ok_atom> {
      return unasked();
    },
    [](replicate_atom, const replica_fetch&) -> caf::result<replica_records> {
      return unasked();
    },
    [](delete_atom, const delete_request&) -> caf::result<delete_result> {
      return unasked();
    },
    [](config_atom, const topic_settings&) -> caf::result<caf::ok_atom> {
      return unasked();
    },
    [](status_atom) -> caf::result<partition_status> { return unasked(); },
    [](snapshot_atom, const std::string&) -> caf::result<log_snapshot> {
      return unasked();
    },
    [](stop_atom) -> caf::result<caf::ok_atom> { return unasked(); },
    [](tick_atom) {},
    [](upkeep_atom) {},
  };
}

inline node_actor::behavior_type node(node_actor::pointer,
                                      std::shared_ptr<node_data> data) {
  return {
    [](topics_atom) -> caf::result<std::vector<topic_info>> {
      return unasked();
    },
    [](topic_atom, const std::string&) -> caf::result<topic_info> {
      return unasked();
    },
    [=](locate_atom,
        const topic_partition& id) -> caf::result<partition_actor> {
      auto log = data->logs.find(id);
      if (log == data->logs.end() || !log->second.is_online)
        return make_error(ec::not_available, "offline");
      return data->partitions.at(id);
    },
    [](group_atom, const std::string&) -> caf::result<coordinator_actor> {
      return unasked();
    },
    [](host_atom, const topic_partition&) -> caf::result<partition_actor> {
      return unasked();
    },
    [](host_atom, const std::string&) -> caf::result<coordinator_actor> {
      return unasked();
    },
    [](controller_atom) -> caf::result<controller_actor> { return unasked(); },
    [](change_atom, const partition_change&)
      -> caf::result<partition_placement> { return unasked(); },
    [](order_atom, const cluster_order&) -> caf::result<caf::ok_atom> {
      return unasked();
    },
    [](nodes_atom) -> caf::result<cluster_status> { return unasked(); },
    [](groups_atom) -> caf::result<std::vector<std::string>> {
      return unasked();
    },
    [](create_atom, const topic_spec&) -> caf::result<topic_info> {
      return unasked();
    },
    [](grow_atom, const std::string&, int32_t) -> caf::result<topic_info> {
      return unasked();
    },
    [](delete_atom, const std::string&) -> caf::result<topic_info> {
      return unasked();
    },
    [](config_atom, const std::string&,
       const topic_settings&) -> caf::result<topic_info> { return unasked(); },
    [](identify_atom) -> caf::result<producer_identity> { return unasked(); },
    [=](watch_atom, const metadata_listener_actor& listener) {
      data->listeners.push_back(listener);
      metadata_update all{data->index, true, {}, {}};
      for (const auto& [id, topic] : data->topics)
        all.changed.push_back(topic);
      return all;
    },
    [](status_atom) -> caf::result<node_status> { return unasked(); },
    [](metrics_atom) -> caf::result<node_metrics> { return unasked(); },
    [](update_atom, const metadata_update&) {},
    [](backup_atom) -> caf::result<backup_actor> { return unasked(); },
    [](consumers_atom) -> caf::result<std::vector<consumer_status>> {
      return unasked();
    },
    [](stop_atom) -> caf::result<caf::ok_atom> { return unasked(); },
    [](restart_atom, const uuid&) -> caf::result<caf::ok_atom> {
      return unasked();
    },
    [](tick_atom) {},
  };
}

} // namespace troupe::stage
