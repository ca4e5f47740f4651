#include "config/step_fields.hpp"

#include <array>
#include <limits>

#include <fmt/format.h>

#include "config/node_step_fields.hpp"
#include "config/rules.hpp"
#include "config/settings_fields.hpp"

namespace troupe::scenario {

namespace {

constexpr milliseconds day = std::chrono::hours{24};
constexpr int64_t consumers_max = 10'000;
constexpr int64_t records_max = 1'000'000;
constexpr int64_t partitions_max = 100'000;
constexpr auto int64_max = std::numeric_limits<int64_t>::max();

boost::json::value nothing() {
  return nullptr;
}

// -- fields that several steps have -----------------------------------------

void within_field(field_visitor& v, milliseconds& x) {
  v.duration("within", x, 0ms, day,
             "How long it may take; then the scenario fails.");
}

void partition_field(field_visitor& v, std::optional<int32_t>& x,
                     const char* meaning) {
  v.integer("partition", x, 0, partitions_max, meaning);
}

void choice_fields(field_visitor& v, consumer_choice& x) {
  v.integer("consumer", x.number, 1, consumers_max,
            "Which one, by its number...");
  v.integer("consumers", x.count, 1, consumers_max,
            "... or how many, those with the highest numbers; without either: "
            "all.");
}

// -- what has a shape of its own --------------------------------------------

std::optional<produced_record> read_record(const json_reader& at) {
  if (at.is_text())
    return produced_record{std::nullopt, *at.any_text(), {}};
  json_object_reader object{at, "a record, or a text"};
  if (!object.is_good())
    return std::nullopt;
  produced_record result;
  if (auto key = object.get("key"); key && !key->is_null())
    result.key = key->any_text();
  if (auto value = object.require("value"))
    result.value = value->any_text().value_or("");
  if (auto headers = object.get("headers"))
    for (const auto& [name, value] : headers->members().value_or(
           std::vector<std::pair<std::string, json_reader>>{}))
      result.headers.emplace_back(name, value.any_text().value_or(""));
  object.finish();
  return result;
}

void read_records(const json_reader& at, produce& x) {
  auto elements = at.elements();
  if (!elements)
    return;
  if (elements->empty())
    at.fail_expected("at least one value");
  for (const auto& element : *elements)
    if (auto record = read_record(element))
      x.values.push_back(std::move(*record));
}

/// "stable", or {"reads": 100}.
void read_condition(const json_reader& at, wait& x) {
  if (!at.is_object()) {
    if (auto i = at.choice({"stable", "empty", "produced", "in_sync"})) {
      using kind = wait::condition;
      x.until = std::array{kind::stable, kind::empty, kind::produced,
                           kind::in_sync}[*i];
    }
    return;
  }
  x.until = wait::condition::reads;
  json_object_reader object{at, "a condition"};
  if (auto count = object.require("reads"))
    x.count = static_cast<uint64_t>(count->integer(1, int64_max).value_or(1));
  object.finish();
}

void check_choice(const json_reader& at, const consumer_choice& x) {
  if (x.number && x.count)
    at.fail("expected either 'consumer' or 'consumers', found both");
}

} // namespace

// -- produce ----------------------------------------------------------------

void describe(field_visitor& v, produce& x) {
  v.required_text("topic", x.topic, "Where to.");
  partition_field(v, x.partition, "To this one; else the key decides.");
  v.custom("values", "list",
           {[&x](const json_reader& at) { read_records(at, x); }, nothing},
           "The records: texts, or `{\"key\": ..., \"value\": ..., "
           "\"headers\": {...}}`.");
  v.integer("count", x.count, 1, records_max,
            "So many made records, instead of `values`.");
  v.custom(
    "key", "text",
    {[&x](const json_reader& at) { x.key_template = at.any_text(); }, nothing},
    "The key of records that have none; `{n}` stands for the record's "
    "number.");
  v.any_text("value", x.value_template, "The value of made records.");
  v.integer("first", x.first, 0, int64_max, "The first record's number.");
  v.rate("rate", x.rate, "Records a second; 0: all at once.");
  v.flag("in_background", x.in_background,
         "The next steps are played while it goes on; needs a rate.");
  v.custom("acks", "`\"none\"`, `\"leader\"` or `\"all\"`",
           {[&x](const json_reader& at) { x.acks = read_acks(at); }, nothing},
           "As the producer settings say, unless given.");
  v.any_text("name", x.name, "What an `expect` calls these posts.");
  host_field(v, "at", x.at,
             "In a cluster: the process that posts; the first worker, unless "
             "given.");
}

void check(const json_reader& at, const produce& x) {
  auto has = [&](const char* key) {
    return at.value().get_object().contains(key);
  };
  if (!has("values") && !has("count"))
    at.fail("'values' or 'count' is missing");
  if (has("values") && has("count"))
    at.fail("expected either 'values' or 'count', found both");
  if (has("value") && !has("count"))
    at.fail("'value' is for made records: 'count' is missing");
  if (x.in_background && x.rate == 0)
    at.fail("'in_background' needs a 'rate'");
}

// -- consumers --------------------------------------------------------------

void describe(field_visitor& v, start& x) {
  v.required_text("group", x.group, "Of which group.");
  v.integer("consumers", x.consumers, 1, consumers_max, "How many.");
  v.flag("wait_until_stable", x.waits_until_stable,
         "The step lasts until the group is stable.");
  hosts_field(v, "at", x.at,
              "In a cluster: the processes they are started in, in turn; the "
              "first worker, unless given.");
  within_field(v, x.within);
}

void describe(field_visitor& v, stop& x) {
  v.required_text("group", x.group, "Of which group.");
  choice_fields(v, x.who);
  within_field(v, x.within);
}

void describe(field_visitor& v, crash& x) {
  v.required_text("group", x.group, "Of which group.");
  choice_fields(v, x.who);
  v.custom("during", "`\"record\"`",
           {[&x](const json_reader& at) {
              x.is_during_record = at.choice({"record"}).has_value();
            },
            nothing},
           "Time goes on until all of them are in the middle of a record; then "
           "they die at once.");
  within_field(v, x.within);
}

void check(const json_reader& at, const stop& x) {
  check_choice(at, x.who);
}

void check(const json_reader& at, const crash& x) {
  check_choice(at, x.who);
}

void describe(field_visitor& v, pause& x) {
  v.required_text("group", x.group, "Of which group.");
  v.any_text("topic", x.topic, "Only this topic.");
  partition_field(v, x.partition, "Only this partition of it.");
}

void check(const json_reader& at, const pause& x) {
  if (x.partition && x.topic.empty())
    at.fail("'partition' needs a 'topic'");
}

void describe(field_visitor& v, reset& x) {
  v.required_text("group", x.group, "A group without running consumers.");
  start_field(v, "to", x.to, "Where it is to begin.", true);
  v.any_text("topic", x.topic, "Only this topic.");
  partition_field(v, x.partition, "Only this partition of it.");
}

void check(const json_reader& at, const reset& x) {
  if (x.partition && x.topic.empty())
    at.fail("'partition' needs a 'topic'");
}

// -- node and topics --------------------------------------------------------

const std::vector<std::string>& restart_words() {
  static const std::vector<std::string> result = {"clean", "kill", "power_cut"};
  return result;
}

void describe(field_visitor& v, restart_node& x) {
  host_field(v, "node", x.node, "In a cluster: which one.");
  v.choice("how", x.how, restart_words(),
           "`clean`: drained and closed. `kill`: gone at once, what was "
           "written stays. `power_cut`: what was not synced is gone too.");
  v.duration("down_time", x.down_time, 0ms, day, "How long it is away.");
  v.flag("restart_consumers", x.restarts_consumers,
         "The consumers that were running are started again with it.");
  within_field(v, x.within);
}

void describe(field_visitor& v, delete_topic& x) {
  v.required_text("topic", x.topic, "Which one.");
}

void describe(field_visitor& v, create_topic& x) {
  describe(v, x.topic);
}

void describe(field_visitor& v, grow& x) {
  v.required_text("topic", x.topic, "Which one.");
  v.integer("partitions", x.partitions, 2, partitions_max,
            "How many it has then, in all.", true);
}

// -- waiting ----------------------------------------------------------------

void describe(field_visitor& v, wait_until_drained& x) {
  v.any_text("group", x.group, "Without one: each that has consumers.");
  within_field(v, x.within);
}

void describe(field_visitor& v, wait& x) {
  v.any_text("group", x.group, "Whom it is about.");
  v.custom("until",
           "`\"stable\"`, `\"empty\"`, `{\"reads\": n}`, "
           "`\"produced\"`, `\"in_sync\"`",
           {[&x](const json_reader& at) { read_condition(at, x); }, nothing},
           "The group's state; or that it was handed n records in its read "
           "window; or (without a group) that all posts in the background are "
           "done, or that in the cluster every partition has a leader and all "
           "its replicas in sync.",
           true);
  within_field(v, x.within);
}

void check(const json_reader& at, const wait& x) {
  using kind = wait::condition;
  if (x.until != kind::produced && x.until != kind::in_sync && x.group.empty())
    at.fail("'group' is missing");
}

} // namespace troupe::scenario
