#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/scenario/cluster_book.hpp"
#include "runtime/scenario/company.hpp"
#include "runtime/scenario/run_record.hpp"

namespace troupe::scenario {

/// The company of a cluster: its nodes, each a process of its own, and workers,
/// in which clients live unless a step says otherwise. Whoever looks at a node
/// does it from within its process, so that the network knows nothing of it.
class cluster_company : public company {
public:
  /// The stage has to be a machine room; else `begin` refuses to.
  cluster_company(stage& on, const script& play, std::shared_ptr<ledger> book,
                  std::shared_ptr<post_book> posts);
  ~cluster_company() override;

  caf::error begin() override;
  node_actor door() override;
  caf::expected<std::vector<topic_info>> topics() override;
  caf::expected<partition_actor> partition(const topic_partition& id) override;
  caf::expected<coordinator_actor> coordinator(
    const std::string& group) override;

  cluster_company* as_cluster() noexcept override {
    return this;
  }

  // -- who is meant ----------------------------------------------------------

  /// Finds out whom a step means now.
  caf::expected<uint32_t> find(const host_name& x);
  caf::error give_name(const std::string& name, const host_name& whom);

  /// 'node 1', 'worker-1'
  static std::string name_of(uint32_t host);

  /// The node that leads the controllers; 0: none, or none is found.
  uint32_t controller();

  /// The same at a glance: one that was cut off may count as it for a while.
  uint32_t glance_at_controller();

  // -- what happens ----------------------------------------------------------

  caf::error crash(const crash_node& x);
  caf::error stop(const stop_node& x);
  caf::error start(const start_node& x);
  caf::error pause(const pause_node& x);
  caf::error cut_lines(const line_set& x);
  caf::error heal_lines(const line_set& x);
  caf::error slow_lines(const slow& x);

  /// Gives an operator's order.
  caf::error give_order(const cluster_order& x);

  /// Notes an order's place in the story.
  void note_order(uint32_t node, std::string text) {
    note_fault(fault_kind::order, {node}, std::move(text), "it was ordered");
  }

  using company::start;
  using company::stop;

  bool runs(uint32_t host) const;

  const cluster_book& metadata() const noexcept {
    return *metadata_;
  }

  /// What happened to processes and lines, in the order of time.
  const std::vector<fault_mark>& faults() const noexcept {
    return faults_;
  }

  /// Where the disks of a partition's replicas hold other records, a line each.
  std::vector<std::string> disagreements();

  /// Whether all nodes have joined, and every partition has all its
  /// replicas in sync.
  bool is_in_sync();

  /// Whether every partition is led by the replica that is preferred.
  bool is_balanced() const;

protected:
  caf::expected<place> place_of(uint32_t host) override;
  caf::expected<uint32_t> host_of(const std::optional<host_name>& at) override;

private:
  void start_process(uint32_t host, bool founds);
  /// The term in which it leads the controllers; 0: it does not.
  uint64_t leading_term(uint32_t node);
  caf::error create_topics();
  bool all_know_topics();
  caf::expected<uint32_t> find_running(const host_name& x);
  /// Both sides of lines.
  caf::expected<std::pair<std::vector<uint32_t>, std::vector<uint32_t>>>
  find_sides(const line_set& x);
  std::vector<uint32_t> all_hosts() const;
  void note_fault(fault_kind kind, std::vector<uint32_t> whom, std::string text,
                  std::string cause);

  simulation::virtual_cluster* nodes_ = nullptr;
  std::shared_ptr<cluster_book> metadata_ = std::make_shared<cluster_book>();
  std::map<std::string, uint32_t> given_;
  std::vector<fault_mark> faults_;
  uint32_t last_controller_ = 0;
};

} // namespace troupe::scenario
