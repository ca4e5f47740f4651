#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/scenario/cluster_company.hpp"
#include "runtime/scenario/company.hpp"
#include "runtime/scenario/judge.hpp"
#include "runtime/scenario/ledger.hpp"
#include "runtime/scenario/observer.hpp"
#include "runtime/scenario/player.hpp"
#include "runtime/scenario/poster.hpp"

namespace troupe::scenario {

/// Where the read window of a group begins, and what it had read by the last
/// mark.
struct read_marks {
  size_t window = 0;
  size_t mark = 0;
};

/// One play of a script: a method for each kind of step, and what they share.
class performance {
public:
  performance(const script& play, stage& on, const play_options& options)
    : script_(play), stage_(on), options_(options),
      book_(options.book ? options.book : std::make_shared<ledger>()),
      posts_(options.posts ? options.posts : std::make_shared<post_book>()),
      company_(make_company(on, play, book_, posts_)),
      observer_(on, *company_, play, book_, posts_) {}

  run_record run();

  // One for each kind of step.
  caf::error operator()(const produce& x);
  caf::error operator()(const start& x);
  caf::error operator()(const stop& x);
  caf::error operator()(const crash& x);
  caf::error operator()(const pause& x);
  caf::error operator()(const restart_node& x);
  caf::error operator()(const wait_until_drained& x);
  caf::error operator()(const wait& x);
  caf::error operator()(const advance& x);
  caf::error operator()(const create_topic& x);
  caf::error operator()(const delete_topic& x);
  caf::error operator()(const grow& x);
  caf::error operator()(const reset& x);
  caf::error operator()(const mark& x);
  caf::error operator()(const note& x);
  caf::error operator()(const expect& x);
  caf::error operator()(const name_node& x);
  caf::error operator()(const crash_node& x);
  caf::error operator()(const stop_node& x);
  caf::error operator()(const start_node& x);
  caf::error operator()(const pause_node& x);
  caf::error operator()(const cut& x);
  caf::error operator()(const heal& x);
  caf::error operator()(const slow& x);
  caf::error operator()(const govern& x);

private:
  void line(line_kind kind, const std::string& group, std::string text);
  void fail(const step& where, const caf::error& why);

  /// Lets time pass and samples.
  void pass(milliseconds time);

  /// Lets time pass until `done`; `timed_out` says what was waited for.
  caf::error wait_for(milliseconds within, const std::string& what,
                      const std::function<bool()>& done);

  caf::error wait_until_stable(const std::string& group, milliseconds within);
  bool is_stable(const std::string& group);

  /// What is left to do for a group, in words; empty: nothing.
  std::string backlog_of(const std::string& group);

  std::vector<ledger_entry> entries_since(const std::string& group,
                                          size_t from) const;
  observation observe(const expect& wanted);
  void observe_cluster(const expect& wanted, observation& seen);

  /// The cluster; an error ends the step where there is none.
  caf::expected<cluster_company*> cluster();
  caf::error restart_in_cluster(const restart_node& x);
  caf::error move(const govern& x, cluster_company& on);
  caf::error start_again(const std::vector<player_consumer>& who,
                         milliseconds within);

  /// A node to ask for a change of topics.
  caf::expected<node_actor> door();
  void tell_story();

  const script& script_;
  stage& stage_;
  const play_options& options_;
  std::shared_ptr<ledger> book_;
  std::shared_ptr<post_book> posts_;
  std::unique_ptr<company> company_;
  observer observer_;
  run_record record_;
  const step* current_ = nullptr;
  std::map<std::string, read_marks> marks_;
  std::multimap<std::string, size_t> post_names_;
  int64_t mark_ms_ = 0;
};

} // namespace troupe::scenario
