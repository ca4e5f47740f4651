#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/backup/backup.hpp"
#include "runtime/backup/restore.hpp"
#include "runtime/data_directory.hpp"
#include "tests/runtime/virtual_node.hpp"

/// A node that is backed up, in virtual time, and one that is made of that.
namespace troupe::testing {

using memory = simulation::memory_files;
using memory_ptr = std::shared_ptr<memory>;

inline caf::error no_progress(uint64_t) {
  return caf::none;
}

/// A node that is backed up.
struct original : virtual_node {
  explicit original(uint64_t seed = 0) : virtual_node(seed) {
    // So that there are closed segments, and retention has work.
    settings.partition.upkeep_interval = 1s;
    settings.partition.tail_bytes = 0;
  }

  topic_info make(const std::string& topic_name, int32_t partitions,
                  const topic_settings& with = {}) {
    auto made = sys.ask<topic_info>(handle, create_atom_v,
                                    topic_spec{topic_name, partitions, with});
    REQUIRE(made);
    return *made;
  }

  /// Begins a backup and waits until all is held.
  backup_summary hold() {
    auto begun = sys.ask<backup_actor>(handle, backup_atom_v);
    REQUIRE(begun);
    keeper = *begun;
    auto held = sys.ask<backup_summary>(keeper, describe_atom_v);
    INFO((held ? std::string{} : what(held.error())));
    REQUIRE(held);
    return *held;
  }

  caf::expected<backup::manifest> copy(const backup_summary& held,
                                       memory& target) {
    return backup::write(
      held,
      [this](uint32_t n) {
        return sys.ask<std::vector<log_snapshot>>(keeper, fetch_atom_v, n);
      },
      *disk, target, no_progress);
  }

  void let_go() {
    REQUIRE(sys.ask<caf::ok_atom>(keeper, stop_atom_v));
    sys.run();
  }

  memory_ptr backed_up() {
    auto target = std::make_shared<memory>();
    auto done = copy(hold(), *target);
    INFO((done ? std::string{} : what(done.error())));
    REQUIRE(done);
    let_go();
    return target;
  }

  backup_actor keeper;
};

/// A node on a restored directory.
struct restored : virtual_node {
  explicit restored(const memory_ptr& from, int64_t later_ms = 0) {
    disk = std::make_shared<memory>();
    auto manifest = backup::read_manifest(*from);
    REQUIRE(manifest);
    auto failed = backup::restore(from, disk, *manifest,
                                  sys.now_ms() + later_ms, no_progress);
    INFO(what(failed));
    REQUIRE_FALSE(failed);
    // Durable, and a directory of that node.
    disk->crash();
    auto directory =
      data_directory::open(disk, manifest->node_id, manifest->shards, {9, 9});
    REQUIRE(directory);
    CHECK_FALSE((*directory)->is_new());
    CHECK((*directory)->cluster_id() == manifest->cluster_id);
  }

  topic_info topic(const std::string& topic_name) {
    auto found = sys.ask<topic_info>(handle, topic_atom_v, topic_name);
    REQUIRE(found);
    return *found;
  }
};

inline std::vector<std::string> values_in(virtual_node& node,
                                          const topic_info& topic,
                                          int32_t partition) {
  std::vector<std::string> result;
  auto where = node.locate(topic, partition);
  auto status = node.sys.ask<partition_status>(where, status_atom_v);
  REQUIRE(status);
  for (auto offset = status->log_start; offset < status->log_end;) {
    auto found = node.sys.ask<fetch_result>(where, fetch_atom_v,
                                            fetch_request{offset, 1 * mib});
    REQUIRE(found);
    REQUIRE_FALSE(found->batches.empty());
    for (const auto& batch : found->batches) {
      auto records = read_records(batch);
      REQUIRE(records);
      for (const auto& x : *records)
        result.push_back(x.content.value.str());
    }
    offset = found->batches.back().header.last_offset() + 1;
  }
  return result;
}

inline partition_status status_of(virtual_node& node, const topic_info& topic,
                                  int32_t partition) {
  auto result = node.sys.ask<partition_status>(node.locate(topic, partition),
                                               status_atom_v);
  REQUIRE(result);
  return *result;
}

} // namespace troupe::testing
