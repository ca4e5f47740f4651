#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/scenario/company.hpp"
#include "runtime/scenario/judge.hpp"
#include "runtime/scenario/poster.hpp"
#include "runtime/scenario/run_record.hpp"
#include "runtime/scenario/stage.hpp"
#include "runtime/scenario/tally.hpp"

namespace troupe::scenario {

/// Looks at groups and topics from outside, as any client can, and keeps what
/// changes over time.
class observer {
public:
  observer(stage& on, company& players, const script& play,
           std::shared_ptr<ledger> book, std::shared_ptr<post_book> posts);

  /// A look that fails is repeated `looks` times.
  caf::expected<group_description> describe(const std::string& group,
                                            int looks = 20);

  std::vector<timeline_event> timeline(const std::string& group);

  /// The partitions of all topics of users.
  std::vector<topic_track> topics();

  /// Positions as all groups' logs have them, in the order they were written.
  caf::expected<std::vector<position_event>> position_events();

  /// Of one group, or of all that have had consumers.
  caf::expected<delivery_tally> tally_of(const std::string& group);

  /// Acknowledged records that are in no log.
  caf::expected<int64_t> count_missing();

  /// The longest time since `from_ms` in which a partition got nothing: handed
  /// out to a group, or (empty) acknowledged.
  int64_t longest_gap_ms(const std::string& group, int64_t from_ms);

  /// Takes note of owners and lag now.
  void sample();

  /// Adds what was seen of groups and topics to the record.
  void write_to(run_record& record);

private:
  std::vector<std::string> started_groups() const;
  void sample_controller();
  void sample_owners(group_track& track, const group_description& group);
  std::vector<consumer_summary> summaries(const std::string& group,
                                          const group_description& now) const;

  stage& stage_;
  company& company_;
  const script& script_;
  std::shared_ptr<ledger> book_;
  std::shared_ptr<post_book> posts_;
  std::map<std::string, group_track> tracks_;
  /// Who led the controllers when.
  std::vector<track_span> controllers_;
};

} // namespace troupe::scenario
