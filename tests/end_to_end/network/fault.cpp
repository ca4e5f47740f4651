#include "tests/end_to_end/network/fault.hpp"

#include <iterator>
#include <tuple>

#include <fmt/format.h>

namespace troupe::testing {

namespace {

using std::chrono::milliseconds;

/// In which a kind is drawn as often as it says.
struct share {
  fault_kind kind;
  int weight;
};

constexpr share shares[] = {
  {fault_kind::kill, 5},          {fault_kind::pause, 4},
  {fault_kind::isolate, 4},       {fault_kind::isolate_in, 2},
  {fault_kind::isolate_out, 2},   {fault_kind::cut_line, 3},
  {fault_kind::cut_one_way, 3},   {fault_kind::slow, 2},
  {fault_kind::hold, 3},          {fault_kind::reset, 3},
  {fault_kind::kill_producer, 1}, {fault_kind::kill_consumer, 2},
};

fault_kind draw_kind(dice& random) {
  auto sum = 0;
  for (auto x : shares)
    sum += x.weight;
  auto left = random.pick(1, sum);
  for (auto x : shares)
    if ((left -= x.weight) <= 0)
      return x.kind;
  return std::rbegin(shares)->kind;
}

std::string name_of(host x) {
  return x == client_host ? std::string{"clients"} : fmt::format("node {}", x);
}

} // namespace

std::string to_string(fault_kind x) {
  switch (x) {
    case fault_kind::kill:
      return "kill -9";
    case fault_kind::pause:
      return "SIGSTOP";
    case fault_kind::isolate:
      return "cut off both ways";
    case fault_kind::isolate_in:
      return "cut off, hears nothing";
    case fault_kind::isolate_out:
      return "cut off, says nothing";
    case fault_kind::cut_line:
      return "line cut";
    case fault_kind::cut_one_way:
      return "line cut one way";
    case fault_kind::slow:
      return "line slow";
    case fault_kind::hold:
      return "line stalled";
    case fault_kind::reset:
      return "line reset";
    case fault_kind::kill_producer:
      return "producer killed";
    case fault_kind::kill_consumer:
      return "consumer killed";
  }
  return "?";
}

std::string to_string(const fault& x) {
  auto seconds = static_cast<double>(x.length.count()) / 1e3;
  switch (x.kind) {
    case fault_kind::kill:
    case fault_kind::pause:
      return fmt::format("{}: {} for {:.1f} s", name_of(x.node),
                         to_string(x.kind), seconds);
    case fault_kind::isolate:
    case fault_kind::isolate_in:
    case fault_kind::isolate_out:
      return fmt::format("{}: {} for {:.1f} s, {} clients", name_of(x.node),
                         to_string(x.kind), seconds,
                         x.from_clients ? "also from" : "but not from");
    case fault_kind::slow:
      return fmt::format("{} - {}: {} by {} ms for {:.1f} s", name_of(x.other),
                         name_of(x.node), to_string(x.kind), x.delay.count(),
                         seconds);
    case fault_kind::cut_line:
    case fault_kind::cut_one_way:
    case fault_kind::hold:
      return fmt::format("{} {} {}: {} for {:.1f} s", name_of(x.other),
                         x.kind == fault_kind::cut_one_way ? "->" : "-",
                         name_of(x.node), to_string(x.kind), seconds);
    case fault_kind::reset:
      return fmt::format("{} - {}: {}", name_of(x.other), name_of(x.node),
                         to_string(x.kind));
    case fault_kind::kill_producer:
    case fault_kind::kill_consumer:
      break;
  }
  return to_string(x.kind);
}

std::string to_string(const line& x) {
  return fmt::format("{} - {}", name_of(x.first), name_of(x.second));
}

fault draw_fault(dice& random, const std::vector<line>& lines) {
  fault result;
  result.kind = draw_kind(random);
  result.node = static_cast<host>(random.pick(1, 3));
  // Any host but that node.
  result.other = static_cast<host>(random.pick(1, host_count - 1));
  if (result.other >= result.node)
    ++result.other;
  // One way: also towards the clients.
  if (result.kind == fault_kind::cut_one_way && random.chance(50))
    std::swap(result.node, result.other);
  if (result.kind == fault_kind::slow || result.kind == fault_kind::hold
      || result.kind == fault_kind::reset)
    std::tie(result.other, result.node) = lines[static_cast<size_t>(
      random.pick(0, static_cast<int64_t>(lines.size()) - 1))];
  result.from_clients = random.chance(50);
  // Half of them shorter than it takes to be missed.
  result.length =
    milliseconds{random.pick(100, random.chance(50) ? 2'000 : 9'000)};
  result.delay = milliseconds{random.pick(2, 400)};
  return result;
}

} // namespace troupe::testing
