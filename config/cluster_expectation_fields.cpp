#include <limits>

#include <fmt/format.h>

#include "config/node_step_fields.hpp"

/// What an `expect` step can say of a cluster and of posts.
namespace troupe::scenario {

namespace {

constexpr auto int64_max = std::numeric_limits<int64_t>::max();

boost::json::value nothing() {
  return nullptr;
}

/// 2, "victim", [1, 3], {"not": "victim"}, null.
node_choice read_choice(const json_reader& at) {
  node_choice result;
  auto add = [&](const json_reader& one) {
    if (auto host = read_host(one))
      result.nodes.push_back(std::move(*host));
  };
  auto add_all = [&](const json_reader& some) {
    if (!some.is_array())
      return add(some);
    auto elements = some.elements();
    for (const auto& one : *elements)
      add(one);
  };
  if (at.is_null())
    return result;
  if (!at.is_object()) {
    add_all(at);
    return result;
  }
  json_object_reader object{at, "a choice of nodes"};
  if (auto others = object.require("not"))
    add_all(*others);
  object.finish();
  result.is_not = true;
  return result;
}

template <class T, class Read>
void partitions_field(field_visitor& v, const char* key, const char* type,
                      std::map<partition_name, T>& x, Read read_one,
                      const char* meaning) {
  auto read = [&x, read_one](const json_reader& at) {
    auto members = at.members();
    if (!members)
      return;
    for (const auto& [name, value] : *members)
      if (auto where = parse_partition_name(name))
        x[*where] = read_one(value);
      else
        value.fail(fmt::format("expected a partition, as 'messages-0', found "
                               "'{}'",
                               name));
  };
  v.custom(key, type, {read, nothing}, meaning);
}

/// [1, 2, 3], or how many.
in_sync_expectation read_in_sync(const json_reader& at) {
  in_sync_expectation result;
  if (!at.is_array()) {
    if (auto count = at.integer(0, nodes_max))
      result.count = static_cast<uint32_t>(*count);
    return result;
  }
  auto elements = at.elements();
  for (const auto& one : *elements)
    if (auto host = read_host(one))
      result.nodes.push_back(std::move(*host));
  return result;
}

} // namespace

void describe_cluster(field_visitor& v, expect& x) {
  v.custom("gap", "duration",
           {[&x](const json_reader& at) {
              x.gap = at.duration(0ms, std::chrono::hours{24});
            },
            nothing},
           "Since the last mark at most so long passed, in any partition, "
           "without a record that was handed out to the group or (without a "
           "group) acknowledged.");
  v.integer("missing", x.missing, 0, int64_max,
            "Acknowledged records that are in no partition's log any more, in "
            "the whole run (`acks` other than `all`, deletion and retention "
            "may cost some). Without a group.");
  v.text("posts", x.posts,
         "`acknowledged`, `failed` and `waiting` are of the `produce` steps "
         "with this `name`; else of all.");
  bounds_field(v, "acknowledged", x.acknowledged,
               "How many records were acknowledged, in the whole run. Without "
               "a group.");
  bounds_field(v, "failed", x.failed,
               "How many posts failed: their producer gave up, or ended.");
  bounds_field(v, "waiting", x.waiting,
               "How many posts are neither acknowledged nor failed.");
  partitions_field(v, "leaders", "object", x.leaders, read_choice,
                   "`{\"messages-0\": 2}`: the node that leads it; a list: "
                   "one of these; `{\"not\": 2}`: another one; null: none.");
  partitions_field(v, "in_sync", "object", x.in_sync, read_in_sync,
                   "`{\"messages-0\": [1, 3]}`: exactly these replicas are in "
                   "sync; a number: so many.");
  v.custom(
    "controller", "process, list or `{\"not\": 2}`",
    {[&x](const json_reader& at) { x.controller = read_choice(at); }, nothing},
    "The node that leads the controllers.");
  bounds_field(v, "under_replicated", x.under_replicated,
               "Partitions of all topics with a replica that is not in sync.");
  bounds_field(v, "offline", x.offline,
               "Partitions of all topics without a leader.");
  v.custom(
    "replicas_agree", "true or false",
    {[&x](const json_reader& at) { x.replicas_agree = at.flag(); }, nothing},
    "Whether the same records lie on the disks of all replicas of each "
    "partition of a user's topic.");
}

} // namespace troupe::scenario
