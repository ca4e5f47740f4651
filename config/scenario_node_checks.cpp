#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/nearest.hpp"
#include "config/scenario_checks.hpp"
#include "config/settings_checks.hpp"

/// What a scenario says of nodes: that they are there, and may be asked for.
namespace troupe::scenario {

namespace {

class node_checks {
public:
  node_checks(json_problems& problems, const script& all)
    : problems_(problems), all_(all) {}

  void play(const step& x) {
    path_ = x.path;
    std::visit([this](const auto& what) { (*this)(what); }, x.what);
  }

  /// All that is not about nodes.
  template <class T>
  void operator()(const T&) {}

  void operator()(const produce& x) {
    may_be_at("at", x.at);
  }

  void operator()(const start& x) {
    if (x.at.empty() || !needs_cluster("at"))
      return;
    are_hosts("at", x.at, false);
  }

  void operator()(const restart_node& x) {
    if (x.node && needs_cluster("node"))
      is_node("node", *x.node);
    else if (!x.node && all_.is_clustered())
      problems_.add(path_, fmt::format("'node' is missing: there are {} nodes, "
                                       "as {{\"node\": 1}}",
                                       all_.nodes.size()));
  }

  void operator()(const wait& x) {
    if (x.until == wait::condition::in_sync)
      needs_cluster("until");
  }

  void operator()(const name_node& x) {
    if (!needs_cluster())
      return;
    is_node("node", x.node);
    auto parsed = parse_host_name(x.name);
    if (!parsed || parsed->what != host_name::kind::given)
      fail("name", fmt::format("expected a name of letters, digits, '_' and "
                               "'-' that means nothing else, found '{}'",
                               x.name));
    given_.insert(x.name);
  }

  void operator()(const crash_node& x) {
    if (!needs_cluster())
      return;
    is_host("node", x.node, false);
    if (x.node.what == host_name::kind::worker && x.how != node_end::kill)
      fail("how", "a worker has no disk: only 'kill' is possible");
  }

  void operator()(const stop_node& x) {
    if (needs_cluster())
      is_node("node", x.node);
  }

  void operator()(const start_node& x) {
    if (needs_cluster())
      is_host("node", x.node, false);
  }

  void operator()(const pause_node& x) {
    if (needs_cluster())
      is_host("node", x.node, false);
  }

  void operator()(const cut& x) {
    are_lines(x.which);
  }

  void operator()(const heal& x) {
    are_lines(x.which);
  }

  void operator()(const slow& x) {
    are_lines(x.which);
  }

  void operator()(const govern& x) {
    using order = govern::order;
    if (!needs_cluster())
      return;
    if (x.what == order::move)
      are_hosts("nodes", x.nodes, true);
    else if (x.what != order::rebalance)
      is_node("node", x.node);
  }

  void operator()(const expect& x) {
    if (is_about_nodes(x) && !needs_cluster())
      return;
    for (const auto& [where, choice] : x.leaders)
      are_nodes(member_path("leaders", to_string(where)), choice.nodes);
    for (const auto& [where, wanted] : x.in_sync)
      are_nodes(member_path("in_sync", to_string(where)), wanted.nodes);
    if (x.controller)
      are_nodes("controller", x.controller->nodes);
    if (!x.posts.empty() && !posts_.contains(x.posts))
      fail("posts",
           fmt::format("no 'produce' has the name '{}'{}", x.posts,
                       suggestion(x.posts, {posts_.begin(), posts_.end()})));
  }

  void note_posts() {
    for (const auto& x : all_.steps)
      if (auto what = std::get_if<produce>(&x.what);
          what && !what->name.empty())
        posts_.insert(what->name);
  }

private:
  void fail(const std::string& key, std::string message) {
    problems_.add(path_ + "." + key, std::move(message));
  }

  bool needs_cluster(const std::string& key = {}) {
    if (all_.is_clustered())
      return true;
    problems_.add(key.empty() ? path_ : path_ + "." + key,
                  "there is a single node here: give the scenario several, as "
                  "\"nodes\": 3");
    return false;
  }

  std::string known_nodes() const {
    std::vector<uint32_t> ids;
    for (const auto& x : all_.nodes)
      ids.push_back(x.id);
    return fmt::format("{}", fmt::join(ids, ", "));
  }

  void is_host(const std::string& key, const host_name& x, bool may_be_others) {
    using kind = host_name::kind;
    switch (x.what) {
      case kind::node:
        if (std::none_of(all_.nodes.begin(), all_.nodes.end(),
                         [&](const auto& y) { return y.id == x.number; }))
          fail(key, fmt::format("no node {} here; there are {}", x.number,
                                known_nodes()));
        break;
      case kind::worker:
        if (x.number == 0 || x.number > all_.workers)
          fail(key, fmt::format("no worker-{} here: 'workers' is {}", x.number,
                                all_.workers));
        break;
      case kind::coordinator:
        if (all_.find_group(x.text) == nullptr)
          fail(key, fmt::format("no group '{}'", x.text));
        break;
      case kind::others:
        if (!may_be_others)
          fail(key, "'others' is no single process");
        break;
      case kind::given:
        if (!given_.contains(x.text))
          fail(key, fmt::format(
                      "nobody is called '{}' here{}: a 'name_node' before "
                      "gives names",
                      x.text,
                      given_.empty()
                        ? std::string{}
                        : suggestion(x.text, {given_.begin(), given_.end()})));
        break;
      case kind::leader:
      case kind::controller:
        break;
    }
  }

  void is_node(const std::string& key, const host_name& x) {
    if (x.what == host_name::kind::worker)
      fail(key, fmt::format("expected a node, found '{}'", to_string(x)));
    else
      is_host(key, x, false);
  }

  void are_nodes(const std::string& key, const std::vector<host_name>& xs) {
    for (const auto& x : xs)
      is_node(key, x);
  }

  void are_hosts(const std::string& key, const std::vector<host_name>& xs,
                 bool may_be_others) {
    for (const auto& x : xs)
      is_host(key, x, may_be_others);
  }

  void may_be_at(const std::string& key, const std::optional<host_name>& x) {
    if (x && needs_cluster(key))
      is_host(key, *x, false);
  }

  void are_lines(const line_set& x) {
    if (!needs_cluster())
      return;
    are_hosts(x.is_one_way ? "from" : "between", x.one, true);
    are_hosts(x.is_one_way ? "to" : "and", x.other, true);
    auto has_others = [](const std::vector<host_name>& side) {
      return std::any_of(side.begin(), side.end(), [](const auto& y) {
        return y.what == host_name::kind::others;
      });
    };
    if (has_others(x.one) && has_others(x.other))
      problems_.add(path_, "'others' can be on one side only");
  }

  json_problems& problems_;
  const script& all_;
  std::set<std::string> given_;
  std::set<std::string> posts_;
  std::string path_;
};

void check_node_list(json_problems& problems, const script& all) {
  std::set<uint32_t> ids;
  for (size_t i = 0; i < all.nodes.size(); ++i)
    if (!ids.insert(all.nodes[i].id).second)
      problems.add(
        element_path("$.nodes", i),
        fmt::format("node {} is here for the second time", all.nodes[i].id));
}

/// What is set must go with each other, and with how many nodes there are.
void check_cluster_settings(json_problems& problems, const script& all) {
  const auto& cluster = all.settings.cluster;
  auto path = std::string{"$.settings.cluster"};
  if (!all.is_clustered()) {
    if (cluster != cluster_settings{})
      problems.add(path, "there is a single node here: give the scenario "
                         "several, as \"nodes\": 3");
    return;
  }
  if (!cluster.address.empty() || !cluster.rack.empty()
      || !cluster.nodes.empty())
    problems.add(path, "'address', 'rack' and 'nodes' are the player's: the "
                       "scenario has \"nodes\"");
  auto settings = all.settings;
  settings.cluster.is_on = true;
  check_cluster(problems, "$.settings", settings);
  for (size_t i = 0; i < all.topics.size(); ++i)
    if (all.topics[i].replication_factor > all.nodes.size())
      problems.add(element_path("$.topics", i) + ".replication_factor",
                   fmt::format("expected at most {}, because there are so many "
                               "nodes, found {}",
                               all.nodes.size(),
                               all.topics[i].replication_factor));
}

} // namespace

bool is_about_nodes(const expect& x) {
  return !x.leaders.empty() || !x.in_sync.empty() || x.controller
         || x.under_replicated || x.offline || x.replicas_agree;
}

bool is_about_posts(const expect& x) {
  return x.missing || x.acknowledged || x.failed || x.waiting;
}

void check_nodes(json_problems& problems, const script& x) {
  check_node_list(problems, x);
  check_cluster_settings(problems, x);
  node_checks now{problems, x};
  now.note_posts();
  for (const auto& step : x.steps)
    now.play(step);
}

} // namespace troupe::scenario
