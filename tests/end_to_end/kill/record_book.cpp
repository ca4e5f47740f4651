#include "tests/end_to_end/kill/record_book.hpp"

#include <signal.h>

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "tests/end_to_end/kill/client/roles.hpp"

namespace troupe::testing {

using namespace checker;

namespace {

/// A client that is asked to end waits for what it has under way.
constexpr std::chrono::seconds end_bound{120};

/// Tells a checker of one event.
struct teller {
  checker::checker& judge;

  void operator()(const client_event& x) const {
    std::visit([this](const auto& y) { judge.on(y); }, x);
  }

  template <class Event>
  void operator()(const Event& x) const {
    judge.on(x);
  }
};

} // namespace

record_book::record_book() {
  judge_.on(topic_served{topic_name, partition_count, false});
}

void record_book::add(moment x) {
  on_read(x);
  told_.push_back(std::move(x));
}

void record_book::read(client_process& x) {
  for (auto& y : x.told.next()) {
    acknowledged_ += std::holds_alternative<post_acknowledged>(y.what);
    handed_out_ += std::holds_alternative<handing_begun>(y.what);
    add({y.at_ns, std::move(y.what)});
  }
}

void record_book::note(told_event what) {
  add({shared_now_ns(), std::move(what)});
}

void record_book::end(client_ptr& x, int signal) {
  if (signal != SIGKILL && !eventually([&] { return x->is_up(); }, end_bound))
    problem(fmt::format("client {} does not begin", x->name));
  x->running.send(signal);
  auto end = x->running.wait(end_bound);
  auto expected = signal == SIGKILL ? 128 + SIGKILL : 0;
  if (end.exit_code != expected)
    problem(fmt::format("client {} ended with {}, not {}: {}", x->name,
                        end.exit_code, expected, end.err));
  read(*x);
  for (const auto* group : group_names)
    note(member_lost{group, fmt::format("{}.{}", x->name, group)});
  x.reset();
}

void record_book::judge_until(int64_t at_ns) {
  std::stable_sort(
    told_.begin(), told_.end(),
    [](const auto& a, const auto& b) { return a.at_ns < b.at_ns; });
  auto end = std::find_if(told_.begin(), told_.end(),
                          [&](const auto& x) { return x.at_ns >= at_ns; });
  teller tell{judge_};
  for (auto i = told_.begin(); i != end; ++i) {
    on_judge(*i);
    std::visit(tell, i->what);
  }
  told_.erase(told_.begin(), end);
}

void record_book::judge() {
  judge_until(std::numeric_limits<int64_t>::max());
  judge_.finish(problems_.empty() && judge_.problems().empty());
  problems_.insert(problems_.end(), judge_.problems().begin(),
                   judge_.problems().end());
}

} // namespace troupe::testing
