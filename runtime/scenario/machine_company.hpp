#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/scenario/company.hpp"

namespace troupe::scenario {

/// The company of a single node; clients live in its process.
class machine_company : public company {
public:
  /// The stage has to be a machine; else `begin` refuses to.
  machine_company(stage& on, const script& play, std::shared_ptr<ledger> book,
                  std::shared_ptr<post_book> posts);

  /// Ends all that still runs.
  ~machine_company() override;

  caf::error begin() override {
    return start_node();
  }

  node_actor door() override {
    return node_;
  }

  caf::expected<std::vector<topic_info>> topics() override;
  caf::expected<partition_actor> partition(const topic_partition& id) override;
  caf::expected<coordinator_actor> coordinator(
    const std::string& group) override;

  machine_company* as_machine() noexcept override {
    return this;
  }

  caf::error start_node();

  /// Ends the node, and with it producers and consumers, as `how` says.
  caf::error end_node(restart_kind how, caf::timespan bound);

protected:
  caf::expected<place> place_of(uint32_t host) override;
  caf::expected<uint32_t> host_of(const std::optional<host_name>& at) override;

private:
  caf::error wait_until_gone(caf::timespan bound);

  machine* machine_;
  std::unique_ptr<cast> cast_;
  node_actor node_;
  /// Node lives so far: no two have the same seed.
  uint64_t lives_ = 0;
  size_t actors_before_ = 0;
};

} // namespace troupe::scenario
