#include "runtime/scenario/step_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace troupe::scenario {

std::string describe(const host_name& x) {
  using kind = host_name::kind;
  switch (x.what) {
    case kind::node:
      return fmt::format("node {}", x.number);
    case kind::leader:
      return "the " + to_string(x);
    case kind::coordinator:
      return "the " + to_string(x);
    case kind::controller:
      return "the controllers' leader";
    case kind::others:
      return "the others";
    case kind::worker:
    case kind::given:
      break;
  }
  return to_string(x);
}

std::string describe_all(const std::vector<host_name>& xs) {
  std::vector<std::string> result;
  for (const auto& x : xs)
    result.push_back(describe(x));
  return fmt::format("{}", fmt::join(result, ", "));
}

namespace {

std::string place(const std::string& topic,
                  const std::optional<int32_t>& partition) {
  if (topic.empty())
    return "all its partitions";
  return partition ? fmt::format("{}-{}", topic, *partition) : topic;
}

std::string choice(const std::string& group, const consumer_choice& who) {
  if (who.number)
    return fmt::format("{}-{}", group, *who.number);
  return who.count ? fmt::format("{} of {}", *who.count, group)
                   : "all of " + group;
}

std::string consumers(uint32_t count) {
  return count == 1 ? "a consumer" : fmt::format("{} consumers", count);
}

std::string between(const line_set& x) {
  return fmt::format("{} {} {} {}", x.is_one_way ? "from" : "between",
                     describe_all(x.one), x.is_one_way ? "to" : "and",
                     describe_all(x.other));
}

struct describer {
  std::string operator()(const produce& x) const {
    auto to =
      x.partition ? fmt::format("{}-{}", x.topic, *x.partition) : x.topic;
    std::string text;
    if (x.size() <= 8) {
      std::vector<std::string> values;
      for (size_t i = 0; i < x.size(); ++i)
        values.push_back(x.record(i).value);
      text = fmt::format("post {} to {}", fmt::join(values, ", "), to);
    } else {
      text = fmt::format("post {} records to {}", x.size(), to);
    }
    if (x.rate > 0)
      text += fmt::format(", {:g} a second", x.rate);
    return x.in_background ? text + ", in the background" : text;
  }

  std::string operator()(const start& x) const {
    return fmt::format("{} {} of {}", x.is_added ? "add" : "start",
                       consumers(x.consumers), x.group);
  }

  std::string operator()(const stop& x) const {
    return "stop " + choice(x.group, x.who);
  }

  std::string operator()(const crash& x) const {
    return "crash " + choice(x.group, x.who)
           + (x.is_during_record ? " in the middle of a record" : "");
  }

  std::string operator()(const pause& x) const {
    return fmt::format("{} {} in {}", x.is_paused ? "pause" : "resume", x.group,
                       place(x.topic, x.partition));
  }

  std::string operator()(const restart_node& x) const {
    if (x.node)
      return fmt::format("{} {} and start it again",
                         x.how == restart_kind::clean  ? "stop"
                         : x.how == restart_kind::kill ? "kill"
                                                       : "cut the power of",
                         describe(*x.node));
    switch (x.how) {
      case restart_kind::clean:
        return "stop the node and start it again";
      case restart_kind::kill:
        return "kill the node and start it again";
      case restart_kind::power_cut:
        return "cut the power and start the node again";
    }
    return {};
  }

  std::string operator()(const wait_until_drained& x) const {
    return fmt::format("wait until {} has read everything",
                       x.group.empty() ? "every group" : x.group);
  }

  std::string operator()(const wait& x) const {
    switch (x.until) {
      case wait::condition::stable:
        return fmt::format("wait until {} is stable", x.group);
      case wait::condition::empty:
        return fmt::format("wait until {} is empty", x.group);
      case wait::condition::reads:
        return fmt::format("wait until {} was handed {} records", x.group,
                           x.count);
      case wait::condition::produced:
        return "wait until all posts are acknowledged";
      case wait::condition::in_sync:
        return "wait until all replicas are in sync";
    }
    return {};
  }

  std::string operator()(const advance& x) const {
    return fmt::format("let {} pass", describe(x.time));
  }

  std::string operator()(const create_topic& x) const {
    return fmt::format("create topic {} with {} partitions", x.topic.name,
                       x.topic.partitions);
  }

  std::string operator()(const delete_topic& x) const {
    return "delete topic " + x.topic;
  }

  std::string operator()(const grow& x) const {
    return fmt::format("grow {} to {} partitions", x.topic, x.partitions);
  }

  std::string operator()(const reset& x) const {
    return fmt::format("reset {} in {} to {}", x.group,
                       place(x.topic, x.partition), describe(x.to));
  }

  std::string operator()(const mark& x) const {
    return "measure from here: " + x.name;
  }

  std::string operator()(const note&) const {
    return {};
  }

  std::string operator()(const expect&) const {
    return {};
  }

  std::string operator()(const name_node& x) const {
    return fmt::format("call {} '{}'", describe(x.node), x.name);
  }

  std::string operator()(const crash_node& x) const {
    auto whom = describe(x.node);
    switch (x.how) {
      case node_end::kill:
        return "kill " + whom;
      case node_end::power_cut:
        return "cut the power of " + whom;
      case node_end::lost_disk:
        return "kill " + whom + " and lose its disk";
    }
    return {};
  }

  std::string operator()(const stop_node& x) const {
    return fmt::format("stop {} in order", describe(x.node));
  }

  std::string operator()(const start_node& x) const {
    return fmt::format("start {}", describe(x.node));
  }

  std::string operator()(const pause_node& x) const {
    return fmt::format("{} {}", x.is_paused ? "pause" : "resume",
                       describe(x.node));
  }

  std::string operator()(const cut& x) const {
    return "cut the lines " + between(x.which);
  }

  std::string operator()(const heal& x) const {
    return x.which.one.empty() ? "heal all lines"
                               : "heal the lines " + between(x.which);
  }

  std::string operator()(const slow& x) const {
    return fmt::format("slow the lines {} down to {}", between(x.which),
                       describe(x.latency_max));
  }

  std::string operator()(const govern& x) const {
    using order = govern::order;
    switch (x.what) {
      case order::drain:
        return "drain " + describe(x.node);
      case order::undrain:
        return "undrain " + describe(x.node);
      case order::move:
        return fmt::format("move {} to {}", place(x.topic, x.partition),
                           describe_all(x.nodes));
      case order::rebalance:
        return "spread replicas and leaders evenly";
      case order::transfer:
        return fmt::format("let {} lead the controllers", describe(x.node));
    }
    return {};
  }
};

} // namespace

std::string describe(const action& what) {
  return std::visit(describer{}, what);
}

std::string describe(const start_rule& rule) {
  switch (rule.what) {
    case start_rule::kind::latest:
      return "latest";
    case start_rule::kind::earliest:
      return "earliest";
    case start_rule::kind::offset:
      return fmt::format("offset {}", rule.value);
    case start_rule::kind::timestamp:
      return fmt::format("timestamp {}", rule.value);
    case start_rule::kind::ago:
      return describe(milliseconds{rule.value}) + " ago";
  }
  return {};
}

std::string describe(milliseconds time) {
  auto ms = time.count();
  if (ms % 60'000 == 0 && ms > 0)
    return fmt::format("{}m", ms / 60'000);
  if (ms % 1000 == 0)
    return fmt::format("{}s", ms / 1000);
  return fmt::format("{}ms", ms);
}

} // namespace troupe::scenario
