// What lies on the disks of a cluster's nodes.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "runtime/scenario/cluster_company.hpp"
#include "runtime/simulation/cluster/virtual_cluster.hpp"
#include "runtime/simulation/log_walk.hpp"

namespace troupe::scenario {

namespace {

/// The values that lie in a log, by offset.
using log_image = std::map<int64_t, std::string>;

log_image records_on(storage::files& disk, const std::string& directory) {
  log_image result;
  for (const auto& batch : simulation::read_batches(disk, directory))
    if (auto records = read_records(batch))
      for (const auto& x : *records)
        result.emplace(x.offset, x.content.value.str());
  return result;
}

std::string difference_of(const log_image& a, const log_image& b) {
  auto [i, j] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  auto at = i == a.end()   ? j->first
            : j == b.end() ? i->first
                           : std::min(i->first, j->first);
  return fmt::format("from offset {} on", at);
}

} // namespace

std::vector<std::string> cluster_company::disagreements() {
  std::vector<std::string> result;
  for (const auto& [id, topic] : metadata_->topics()) {
    if (topic.is_internal)
      continue;
    for (size_t p = 0; p < topic.placement.size(); ++p) {
      auto name = fmt::format("{}-{}", topic.name, p);
      auto directory = fmt::format("{}/{}", topic_directory(topic), p);
      const auto& replicas = topic.placement[p].replicas;
      auto first = records_on(nodes_->disk(replicas.front()), directory);
      for (auto node : replicas)
        if (auto other = records_on(nodes_->disk(node), directory);
            other != first)
          result.push_back(
            fmt::format("{}: node {} has {} records, node {} has {}, {}", name,
                        replicas.front(), first.size(), node, other.size(),
                        difference_of(first, other)));
    }
  }
  return result;
}

} // namespace troupe::scenario
