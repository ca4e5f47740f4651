#include "config/scenario_fields.hpp"

#include <limits>

#include "config/node_step_fields.hpp"
#include "config/settings_fields.hpp"

namespace troupe::scenario {

namespace {

void describe_failures(field_visitor& v, failure_rule& x) {
  v.integer("every", x.every, 0, 1'000'000,
            "Each n-th attempt of a consumer fails; 0: none.");
  v.texts("values", x.values,
          "The first `times` attempts at records with these values fail.");
  v.integer("times", x.times, 1, 1'000'000, "How often they fail.");
}

void describe_consumer(field_visitor& v, group_spec& x) {
  v.duration("handler_time", x.handler_time, 0ms, std::chrono::hours{24},
             "How long the handler works on one record.");
  v.visit_object(
    {"fail", "object", "", "Which attempts fail."},
    [&](field_visitor& inner) { describe_failures(inner, x.fail); });
  v.texts("instance_ids", x.instance_ids,
          "Consumer k is the static member with the k-th of these ids; "
          "consumers beyond the list are dynamic members.");
  describe_work(v, x.settings);
}

void describe_settings(field_visitor& v, node_settings& x) {
  v.object("topic_defaults", x.topic_defaults,
           "Settings of topics that do not say otherwise.");
  v.object("partition", x.partition, "Bounds of each partition.");
  v.object("coordination", x.coordination,
           "Bounds of coordinators and the offset store.");
  v.object("cluster", x.cluster, "How the nodes of a cluster work together.");
  v.object("producer", x.producer, "How `produce` posts.");
}

} // namespace

void describe(field_visitor& v, group_spec& x) {
  auto& rules = x.settings.group_rules;
  v.required_text("name", x.name,
                  "Its consumers are called `<name>-1`, `<name>-2`, ...");
  v.texts("topics", x.settings.topics, "What it reads.", true);
  start_field(v, "start", rules.start,
              "Where the group begins at its first start: `\"latest\"`, "
              "`\"earliest\"`, `{\"offset\": 7}`, `{\"timestamp\": "
              "\"2026-01-01T00:00:00Z\"}` or `{\"ago\": \"2h\"}`.");
  v.flag("start_is_stored", rules.start_is_stored,
         "`false`: without a committed offset every later assignment begins "
         "at the first record.");
  v.text("assignor", rules.assignor, "`uniform` or `range`.");
  commit_field(v, "commit", x.settings.commit,
               "After `\"each\"` record, `{\"every\": n}` records of a "
               "partition and what is left when there are no more, every "
               "`{\"interval\": \"1s\"}`; or `\"before\"` the "
               "handler gets it.");
  v.duration("retention", rules.retention, 0ms, std::chrono::hours{24 * 3650},
             "Positions of the group go after this long without members; 0: "
             "never.");
  v.rate("records_per_second", rules.records_per_second,
         "Pace of the whole group; 0: no bound.");
  v.visit_object({"consumer", "object", "", "How each of its consumers works."},
                 [&](field_visitor& inner) { describe_consumer(inner, x); });
}

void describe(field_visitor& v, script& x) {
  v.required_text("title", x.title, "What it shows, in a line.");
  v.any_text("description", x.description, "What it shows, at length.");
  v.integer("seed", x.seed, 0, std::numeric_limits<int64_t>::max(),
            "Decides the order of simultaneous events in virtual time.");
  v.visit_object(
    {"settings", "object", "",
     "Settings of the node that differ from their defaults."},
    [&](field_visitor& inner) { describe_settings(inner, x.settings); });
  nodes_field(v, x.nodes);
  v.integer("workers", x.workers, 1, workers_max,
            "In a cluster: processes without partitions, `worker-1`, ..., "
            "where clients live.");
  topic_spec topic;
  topic.settings = x.settings.topic_defaults;
  v.list("topics", x.topics, topic, "They are there from the beginning.");
  v.list("groups", x.groups, group_spec{}, "The groups that steps start.");
}

std::string manual() {
  script x;
  auto rows = tabulate_fields([&](field_visitor& v) { describe(v, x); });
  // They are those of a node, in config/README.md.
  std::erase_if(rows, [](const field_row& row) {
    return row.path.starts_with("topics[].settings.")
           || row.path.starts_with("settings.");
  });
  rows.push_back({"steps", "list", "required", "",
                  "What happens, in this order; each an object with one of the "
                  "keys below."});
  auto result = to_markdown(rows) + "\n## Steps\n";
  for (const auto& verb : all_verbs()) {
    result += "\n### `" + verb.name + "`\n\n" + verb.meaning + "\n";
    if (!verb.rows.empty())
      result += "\n" + to_markdown(verb.rows);
  }
  return result;
}

} // namespace troupe::scenario
