#include "config/settings_fields.hpp"

#include "config/rules.hpp"

namespace troupe {

namespace {

constexpr milliseconds none = 0ms;
constexpr milliseconds minute = 1min;
constexpr milliseconds hour = 1h;
constexpr milliseconds day = 24h;
constexpr milliseconds ten_years = 24h * 3650;
constexpr uint64_t tib = 1024 * gib;
constexpr int64_t million = 1'000'000;

} // namespace

void start_field(field_visitor& v, const char* key, start_rule& x,
                 const char* meaning, bool is_required) {
  v.custom(
    key, "start rule",
    {[&x](const json_reader& at) { x = read_start_rule(at).value_or(x); },
     [&x] { return to_json(x); }},
    meaning, is_required);
}

void commit_field(field_visitor& v, const char* key, commit_policy& x,
                  const char* meaning) {
  v.custom(
    key, "commit policy",
    {[&x](const json_reader& at) { x = read_commit_policy(at).value_or(x); },
     [&x] { return to_json(x); }},
    meaning);
}

void acks_field(field_visitor& v, const char* key, acks& x,
                const char* meaning) {
  v.custom(key, "`\"none\"`, `\"leader\"` or `\"all\"`",
           {[&x](const json_reader& at) { x = read_acks(at).value_or(x); },
            [&x] { return to_json(x); }},
           meaning);
}

void compression_field(field_visitor& v, const char* key, compression& x,
                       const char* meaning) {
  v.custom(
    key, "`\"none\"`, `\"gzip\"`, `\"snappy\"`, `\"lz4\"` or `\"zstd\"`",
    {[&x](const json_reader& at) { x = read_compression(at).value_or(x); },
     [&x] { return to_json(x); }},
    meaning);
}

void describe(field_visitor& v, topic_settings& x) {
  v.size("segment_bytes", x.segment_bytes, 1 * kib, 1 * gib,
         "A segment is closed when it has this many bytes...");
  v.duration("segment_age", x.segment_age, 1s, ten_years,
             "... or when its first record is this old.");
  v.choice("cleanup", x.cleanup, {"remove", "compact"},
           "`remove`: whole old segments go. `compact`: of each key only the "
           "last record stays.");
  v.duration("retention_time", x.retention_time, none, ten_years,
             "Records older than this go; 0: kept for ever.");
  v.size("retention_bytes", x.retention_bytes, 0, 1024 * tib,
         "Above this many bytes the oldest segments go; 0: no bound.");
  v.duration("tombstone_retention", x.tombstone_retention, none, ten_years,
             "How long a compacted topic keeps the tombstone of a removed "
             "key.");
  v.size("record_bytes_max", x.record_bytes_max, 1 * kib, 64 * mib,
         "Largest encoded batch that is taken.");
  v.size("index_interval_bytes", x.index_interval_bytes, 1, 16 * mib,
         "Bytes of log between two entries of the sparse indexes.");
  v.integer("min_insync_replicas", x.min_insync_replicas, 0, replicas_max,
            "In a cluster: with fewer replicas in sync `acks=all` is refused; "
            "0: as the cluster is set.");
}

void describe(field_visitor& v, partition_settings& x) {
  v.integer("waiting_fetches_max", x.waiting_fetches_max, 1, million,
            "Fetches that wait for records at once; above it `queue_full`.");
  v.integer("waiting_appends_max", x.waiting_appends_max, 1, million,
            "Appends that wait for a sync at once; above it `queue_full`.");
  v.size("tail_bytes", x.tail_bytes, 0, 1 * gib,
         "Bytes of the log's end kept in memory for fetches that follow it.");
  v.integer("producers_max", x.producers_max, 1, 10 * million,
            "Producers whose last batches are remembered; the longest silent "
            "one goes.");
  v.duration("upkeep_interval", x.upkeep_interval, 100ms, day,
             "How often retention and compaction look for work.");
  v.size("compaction_step_bytes", x.compaction_step_bytes, 64 * kib, 1 * gib,
         "Bytes compacted in one go.");
  v.size("decompressed_bytes_max", x.decompressed_bytes_max, 64 * kib,
         decompressed_bytes_limit,
         "A compressed batch is refused when its records have more bytes.");
}

void describe(field_visitor& v, storage_settings& x) {
  v.size("free_min", x.free_min, 0, tib,
         "Bytes of the disk that stay free: with less, records for topics are "
         "refused (`storage_full`); commits, deletions and retention go on; "
         "0: no bound.");
  v.size("quota", x.quota, 0, 1024 * tib,
         "The same above this many bytes in all logs together; 0: no bound.");
  v.duration("check_interval", x.check_interval, 100ms, minute,
             "How often the disk is looked at.");
  v.integer("flushers", x.flushers, 1, 64,
            "Threads that make files durable, shared by the partitions: as "
            "many syncs are under way at once.");
}

void describe(field_visitor& v, coordination_settings& x) {
  v.integer("shards", x.shards, 1, 1000,
            "Shards of `__commit_offsets`; fixed when the data directory is "
            "made.");
  v.integer("members_max", x.members_max, 1, million, "Members of one group.");
  v.integer("timeline_events_max", x.timeline_events_max, 1, 10'000,
            "Events kept of each group.");
  v.duration("expiry_interval", x.expiry_interval, 1s, day,
             "Least time between two looks for expired positions.");
}

void describe(field_visitor& v, producer_settings& x) {
  acks_field(v, "acks", x.acks,
             "When a post is answered: not at all, when it is written, when it "
             "is synced.");
  v.size("batch_bytes", x.batch_bytes, 1, 16 * mib,
         "A batch leaves when it has this many bytes...");
  v.duration("linger", x.linger, none, minute,
             "... or this long after its first record.");
  v.size("buffer_bytes", x.buffer_bytes, 64 * kib, 4 * gib,
         "Bytes of unanswered records; above it posts wait.");
  v.integer("waiting_max", x.waiting_max, 0, million,
            "Records that may wait for room in the buffer; above it "
            "`queue_full`.");
  v.duration("delivery_timeout", x.delivery_timeout, 10ms, day,
             "A record that is not acknowledged after this long fails.");
  v.duration("request_timeout", x.request_timeout, 10ms, hour,
             "How long one attempt may take.");
  v.duration("retry_backoff", x.retry_backoff, 1ms, minute,
             "Wait before the second attempt; doubled each time...");
  v.duration("retry_backoff_max", x.retry_backoff_max, 1ms, hour,
             "... up to this.");
  v.flag("idempotent", x.idempotent, "A retry never appends twice.");
  compression_field(v, "compression", x.compression,
                    "Applied to each batch that it makes smaller. Also with a "
                    "level: `\"gzip:1\"` to `9`, `\"lz4:1\"` to `12`, "
                    "`\"zstd:1\"` to `19`.");
}

void describe(field_visitor& v, topic_spec& x) {
  v.required_text("name", x.name, "1 to 249 letters, digits, `.`, `_` or `-`.");
  v.integer("partitions", x.partitions, 1, 100'000,
            "It can get more later, never fewer.");
  v.integer("replication_factor", x.replication_factor, 0, replicas_max,
            "In a cluster: replicas of each partition; 0: as the cluster is "
            "set.");
  v.object("settings", x.settings,
           "Where this topic differs from `topic_defaults`.");
}

void describe_work(field_visitor& v, consumer_settings& x) {
  v.rate("records_per_second", x.records_per_second,
         "Pace of one consumer; 0: no bound.");
  v.integer("handlers_in_flight", x.handlers_in_flight, 0, 10'000,
            "Records that are with the handler at once, one per partition; 0: "
            "one for each owned partition.");
  v.size("fetch_ahead_bytes", x.fetch_ahead_bytes, 1 * kib, 1 * gib,
         "Bytes fetched ahead per partition.");
  v.size("fetch_bytes_max", x.fetch_bytes_max, 1 * kib, 64 * mib,
         "Bytes in one fetch.");
  v.size("fetch_bytes_min", x.fetch_bytes_min, 1, 64 * mib,
         "A fetch waits until there are this many...");
  v.duration("fetch_wait_max", x.fetch_wait_max, none, 5 * minute,
             "... or this long.");
  v.duration("heartbeat_interval", x.heartbeat_interval, 10ms, hour,
             "How often a consumer proves that it lives.");
  v.duration("session_timeout", x.session_timeout, 20ms, day,
             "After this long without a heartbeat it counts as dead.");
  v.duration("handler_timeout", x.handler_timeout, 1ms, day,
             "How long a handler may take for one record.");
  v.duration("drain_timeout", x.drain_timeout, 1ms, day,
             "How long a consumer may take to finish what it is to give up.");
  v.duration("rebalance_timeout", x.rebalance_timeout, 2ms, day,
             "How long the coordinator waits for that before it takes it.");
  v.duration("retry_backoff", x.retry_backoff, 1ms, hour,
             "Wait before a failed record is handed out again, and before a "
             "crashed handler is started again; doubled each time...");
  v.duration("retry_backoff_max", x.retry_backoff_max, 1ms, day,
             "... up to this.");
  v.choice(
    "on_failure", x.failures.what, {"retry", "dead", "park"},
    "What becomes of a record that the handler cannot do. `retry`: it is "
    "tried again for ever, and its partition waits. `park`: as `dead`, but to "
    "`<topic>.<group>.parked`, and all later records of its key with it; other "
    "keys go on. `dead`: it goes to the topic `<topic>.<group>.dead` at once "
    "when the handler rejects it, or else after...");
  v.integer("attempts_max", x.failures.attempts_max, 1, 1'000,
            "... so many failures of its own (a gateway that is away is none), "
            "and its partition goes on.");
  v.integer("circuit_failures", x.failures.circuit_failures, 0, 1'000,
            "After so many failures of the gateway in a row the consumer sends "
            "nothing...");
  v.duration("circuit_pause", x.failures.circuit_pause, 1ms, hour,
             "... for so long, then tries a single record; 0 failures: never.");
}

void describe(field_visitor& v, consumers_spec& x) {
  auto& rules = x.settings.group_rules;
  v.required_text("group", x.settings.group, "The group they are members of.");
  v.texts("topics", x.settings.topics,
          "What they read; each must be in `topics`.", true);
  v.integer("count", x.count, 1, 10'000, "How many consumers there are.");
  v.text("handler", x.settings.handler,
         "The registered name of what handles the records.");
  v.options("options", x.settings.options, "What the handler is told.");
  v.any_text("instance_id", x.settings.instance_id,
             "Not empty: a static member, whose partitions wait for its "
             "return; only for one consumer.");
  start_field(v, "start", rules.start,
              "Where the group begins at its first start: `\"latest\"`, "
              "`\"earliest\"`, `{\"offset\": 7}`, `{\"timestamp\": "
              "\"2026-01-01T00:00:00Z\"}` or `{\"ago\": \"2h\"}`.");
  v.flag("start_is_stored", rules.start_is_stored,
         "`false`: without a committed offset every later assignment begins "
         "at the first record.");
  v.text("assignor", rules.assignor,
         "Who computes who owns what: `uniform`, `range`, or one of your "
         "own.");
  v.duration("group_retention", rules.retention, none, ten_years,
             "Positions of the group go after this long without members; 0: "
             "never.");
  v.rate("group_records_per_second", rules.records_per_second,
         "Pace of the whole group; 0: no bound.");
  commit_field(v, "commit", x.settings.commit,
               "After `\"each\"` record, `{\"every\": n}` records of a "
               "partition and what is left when there are no more, every "
               "`{\"interval\": \"1s\"}`; or `\"before\"` the "
               "handler gets it (at most once).");
  describe_work(v, x.settings);
}

void describe(field_visitor& v, node_settings& x) {
  v.integer("node_id", x.node_id, 1, 2'147'483'647,
            "Tells nodes of a cluster apart.");
  v.text("data_directory", x.data_directory,
         "Where all data is; one process at a time.");
  v.text("listen_address", x.listen_address,
         "Only loopback, unless `tls` or `insecure` is set.");
  v.integer("listen_port", x.listen_port, 0, 65'535, "0: no listener.");
  v.flag("insecure", x.insecure,
         "Allows an address that others can reach, without encryption and "
         "without passwords.");
  v.choice("log_format", x.format, {"text", "json"},
           "For people, or a JSON object a line.");
  v.choice("log_level", x.level, {"error", "warning", "info", "debug"},
           "The least important lines that are shown.");
  v.duration("stop_timeout", x.stop_timeout, 100ms, hour,
             "How long a stop may take before what is left is cut off.");
  v.integer("partitions_max", x.partitions_max, 1, million,
            "Partitions of all topics together.");
  v.object("storage", x.storage,
           "How much of the disk the records of topics may take.");
  v.object("topic_defaults", x.topic_defaults,
           "Settings of topics that do not say otherwise.");
  v.object("partition", x.partition, "Bounds of each partition.");
  v.object("coordination", x.coordination,
           "Bounds of coordinators and the offset store.");
  v.optional_object("cluster", x.cluster.is_on, x.cluster,
                    "Makes this node one of several, even if it is empty; "
                    "without it: a single node.");
  auto has_tls = x.tls != tls_settings{};
  v.optional_object("tls", has_tls, x.tls,
                    "Encrypts all that goes between nodes and clients, who "
                    "show each other a certificate; without it: neither.");
  v.object("http", x.http,
           "What it serves to browsers and to monitoring systems.");
  v.object("producer", x.producer, "How this node's producers post.");
  topic_spec topic;
  topic.settings = x.topic_defaults;
  v.list("topics", x.topics, topic,
         "Topics that are to exist; a missing one is created.");
  v.list("consumers", x.consumers, consumers_spec{},
         "Consumers that this node runs.");
}

} // namespace troupe
