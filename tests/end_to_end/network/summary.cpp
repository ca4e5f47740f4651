#include <fmt/format.h>

#include "tests/end_to_end/network/network_run.hpp"

namespace troupe::testing {

std::string summary(const network_findings& x) {
  std::string result = "faults:\n";
  for (auto kind : fault_kinds)
    if (auto i = x.faults.find(kind); i != x.faults.end())
      result += fmt::format("  {:>6} {}\n", i->second, to_string(kind));
  result +=
    fmt::format("{} connections broken by lines\n", x.connections_broken);
  result += fmt::format("records acknowledged {}, handed out {} times; {} "
                        "events judged\n{} of them again:\n",
                        x.acknowledged, x.handed_out, x.events, x.repeats);
  for (const auto& [reason, count] : x.reasons)
    result += fmt::format("  {:>6} {}\n", count, reason);
  result += "slowest fail-over: a partition acknowledged nothing for\n";
  for (const auto& [what, y] : x.silences)
    result += fmt::format("  {:6.1f} s  {} (at {:.1f} s)\n",
                          static_cast<double>(y.length_ns) / 1e9, what,
                          static_cast<double>(y.from_ns) / 1e9);
  return result;
}

} // namespace troupe::testing
