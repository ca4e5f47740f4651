#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "tests/checker/checker.hpp"
#include "tests/end_to_end/kill/client_process.hpp"

namespace troupe::testing {

/// What a client told, or who plays a run saw itself.
using told_event =
  std::variant<client_event, checker::member_lost, checker::node_ended,
               checker::log_found, checker::positions_found>;

struct moment {
  int64_t at_ns = 0;
  told_event what;
};

/// Every acknowledged record and every delivery of a run, as the clients'
/// journals tell them, put in order and judged by the checker.
class record_book {
public:
  record_book();

  /// Takes down what a client has told since the last call.
  void read(client_process& x);

  /// Takes down what happens now.
  void note(told_event what);

  void problem(std::string x) {
    problems_.push_back(std::move(x));
  }

  /// Ends a client and takes down what it told and lost.
  void end(client_ptr& x, int signal);

  /// Is shown each moment: when it is read, and in order, when it is judged.
  std::function<void(const moment&)> on_read = [](const moment&) {};
  std::function<void(const moment&)> on_judge = [](const moment&) {};

  /// Judges, and forgets, what happened before `at_ns`: by then all of it is to
  /// be read.
  void judge_until(int64_t at_ns);

  /// Judges the rest. After a problem the run was cut short.
  void judge();

  /// What is wrong, a line each.
  const std::vector<std::string>& problems() const noexcept {
    return problems_;
  }

  uint64_t acknowledged() const noexcept {
    return acknowledged_;
  }

  uint64_t handed_out() const noexcept {
    return handed_out_;
  }

  /// Events judged.
  uint64_t events() const noexcept {
    return judge_.events();
  }

  /// What the checker has found so far.
  const std::vector<std::string>& judged() const noexcept {
    return judge_.problems();
  }

private:
  void add(moment x);

  std::vector<moment> told_;
  checker::checker judge_;
  std::vector<std::string> problems_;
  uint64_t acknowledged_ = 0;
  uint64_t handed_out_ = 0;
};

} // namespace troupe::testing
