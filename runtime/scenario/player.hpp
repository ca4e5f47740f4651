#pragma once

#include <functional>
#include <memory>
#include <string>

#include <caf/expected.hpp>

#include "config/scenario.hpp"
#include "runtime/scenario/ledger.hpp"
#include "runtime/scenario/poster.hpp"
#include "runtime/scenario/run_record.hpp"
#include "runtime/scenario/stage.hpp"

namespace troupe::scenario {

struct play_options {
  std::string file;
  /// Called with each line as it happens, for live progress; by any thread.
  std::function<void(const run_line&)> on_line;
  /// Where hand-outs and posts are noted, for who wants to judge them himself;
  /// null: nowhere else.
  std::shared_ptr<ledger> book{};
  std::shared_ptr<post_book> posts{};
};

/// Plays a script on a stage and tells what happened. A step that cannot be
/// played ends the play; an expectation that is not met does not. Both are in
/// the record.
run_record play(const script& what, stage& on, const play_options& options);

} // namespace troupe::scenario
