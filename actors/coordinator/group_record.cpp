#include "actors/coordinator/group_record.hpp"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "actors/protocol/fields.hpp"
#include "actors/protocol/overloaded.hpp"

namespace troupe {

namespace {

constexpr auto last_reason = start_reason::below_log_start;

// -- values: what `write` writes, the `read_...` of that type reads -----------

void write(field_writer& out, const group_header& x) {
  out.add(x.epoch).add(x.has_rules);
  out.add(static_cast<int64_t>(x.rules.start.what)).add(x.rules.start.value);
  out.add(x.rules.start_is_stored).add(std::string_view{x.rules.assignor});
  out.add(int64_t{x.rules.retention.count()});
  out.add(x.rules.records_per_second).add(x.is_started);
  out.add(static_cast<int64_t>(x.started_index)).add(x.started_ms);
  out.add(x.empty_since_ms);
}

group_header read_header(field_reader& in) {
  group_header x;
  x.epoch = in.integer();
  x.has_rules = in.flag();
  x.rules.start.what = in.enumerator(start_rule::kind::ago);
  x.rules.start.value = in.integer();
  x.rules.start_is_stored = in.flag();
  x.rules.assignor = in.text();
  x.rules.retention = milliseconds{in.integer()};
  x.rules.records_per_second = in.real();
  x.is_started = in.flag();
  x.started_index = static_cast<uint64_t>(in.integer());
  x.started_ms = in.integer();
  x.empty_since_ms = in.integer();
  return x;
}

void write(field_writer& out, const member_info& x) {
  out.add(std::string_view{x.name}).add(std::string_view{x.instance_id});
  out.add(static_cast<int64_t>(x.topics.size()));
  for (const auto& topic : x.topics)
    out.add(std::string_view{topic});
  out.add(int64_t{x.session_timeout.count()});
  out.add(int64_t{x.rebalance_timeout.count()}).add(x.is_away);
  if (!x.host.is_nil())
    out.add(x.host);
}

member_info read_member(field_reader& in) {
  member_info x;
  x.name = in.text();
  x.instance_id = in.text();
  for (auto left = in.count(); left > 0 && in.is_ok(); --left)
    x.topics.push_back(in.text());
  x.session_timeout = caf::timespan{in.between(0, member_timeout_max.count())};
  x.rebalance_timeout =
    caf::timespan{in.between(0, member_timeout_max.count())};
  x.is_away = in.flag();
  // Of one that lives in no node's process nothing is written.
  if (in.is_ok() && !in.is_complete())
    x.host = in.id();
  return x;
}

void write(field_writer& out, const std::vector<topic_partition>& xs) {
  out.add(static_cast<int64_t>(xs.size()));
  for (const auto& x : xs)
    out.add(x);
}

std::vector<topic_partition> read_partitions(field_reader& in) {
  std::vector<topic_partition> xs;
  for (auto left = in.count(); left > 0 && in.is_ok(); --left)
    xs.push_back(in.partition());
  return xs;
}

void write(field_writer& out, const std::map<topic_partition, held_place>& xs) {
  out.add(static_cast<int64_t>(xs.size()));
  for (const auto& [id, x] : xs) {
    out.add(id).add(x.epoch).add(x.start.offset);
    out.add(int64_t{x.start.leader_epoch});
    out.add(static_cast<int64_t>(x.start.reason));
  }
}

std::map<topic_partition, held_place> read_held(field_reader& in) {
  std::map<topic_partition, held_place> xs;
  for (auto left = in.count(); left > 0 && in.is_ok(); --left) {
    auto id = in.partition();
    held_place x;
    x.epoch = in.integer();
    x.start.offset = in.integer();
    x.start.leader_epoch = in.small_integer();
    x.start.reason = in.enumerator(last_reason);
    xs.emplace(id, x);
  }
  return xs;
}

void write(field_writer& out, const current_assignment& x) {
  out.add(x.epoch).add(x.revocation_id);
  write(out, x.assigned);
  write(out, x.revoking);
}

current_assignment read_current(field_reader& in) {
  current_assignment x;
  x.epoch = in.integer();
  x.revocation_id = in.integer();
  x.assigned = read_held(in);
  x.revoking = read_held(in);
  return x;
}

void write(field_writer& out, const position& x) {
  out.add(x.next).add(int64_t{x.leader_epoch});
  out.add(x.start).add(int64_t{x.start_epoch});
  out.add(static_cast<int64_t>(x.reason)).add(x.is_paused);
  out.add(std::string_view{x.metadata}).add(x.epoch).add(x.committed_ms);
  out.add(x.wanted_ms);
}

position read_position(field_reader& in) {
  position x;
  x.next = in.integer();
  x.leader_epoch = in.small_integer();
  x.start = in.integer();
  x.start_epoch = in.small_integer();
  x.reason = in.enumerator(last_reason);
  x.is_paused = in.flag();
  x.metadata = in.text();
  x.epoch = in.integer();
  x.committed_ms = in.integer();
  x.wanted_ms = in.integer();
  return x;
}

void write(field_writer& out, const timeline_event& x) {
  out.add(x.number).add(x.time_ms).add(x.epoch).add(std::string_view{x.cause});
  out.add(static_cast<int64_t>(x.moves.size()));
  for (const auto& move : x.moves) {
    out.add(move.id).add(std::string_view{move.topic});
    out.add(std::string_view{move.from}).add(std::string_view{move.to});
    out.add(move.without_owner_ms).add(move.offset);
    out.add(static_cast<int64_t>(move.reason)).add(move.repeated);
  }
}

timeline_event read_event(field_reader& in) {
  timeline_event x;
  x.number = in.integer();
  x.time_ms = in.integer();
  x.epoch = in.integer();
  x.cause = in.text();
  for (auto left = in.count(); left > 0 && in.is_ok(); --left) {
    timeline_move move;
    move.id = in.partition();
    move.topic = in.text();
    move.from = in.text();
    move.to = in.text();
    move.without_owner_ms = in.integer();
    move.offset = in.integer();
    move.reason = in.enumerator(last_reason);
    move.repeated = in.integer();
    x.moves.push_back(std::move(move));
  }
  return x;
}

// -- keys ---------------------------------------------------------------------

std::string key_of(std::string_view kind, const uuid& id) {
  return fmt::format("{}/{}", kind, to_string(id));
}

std::string key_of(const topic_partition& id) {
  return fmt::format("position/{}/{}", to_string(id.topic), id.partition);
}

std::string key_of(int64_t event) {
  return fmt::format("event/{}", event);
}

template <class T>
keyed_record keyed(std::string key, const T& content) {
  field_writer out;
  write(out, content);
  std::string value(1, static_cast<char>(group_record_version));
  return {std::move(key), bytes{value + out.take()}};
}

keyed_record removed(std::string key) {
  return {std::move(key), bytes{}};
}

/// The id behind `<kind>/`; nothing when the key is of another kind.
std::optional<uuid> id_in(std::string_view key, std::string_view kind) {
  if (!key.starts_with(kind) || key.size() != kind.size() + 33
      || key[kind.size()] != '/')
    return std::nullopt;
  return parse_uuid(key.substr(kind.size() + 1));
}

std::optional<topic_partition> partition_in(std::string_view key) {
  constexpr size_t number_at = sizeof("position/") - 1 + 33;
  if (key.size() <= number_at || key[number_at - 1] != '/')
    return std::nullopt;
  auto topic = id_in(key.substr(0, number_at - 1), "position");
  int32_t number = -1;
  auto end = key.data() + key.size();
  if (!topic || std::from_chars(key.data() + number_at, end, number).ptr != end)
    return std::nullopt;
  return topic_partition{*topic, number};
}

std::optional<group_record> read(std::string_view key, field_reader& in) {
  if (key == "group")
    return header_changed{read_header(in)};
  if (auto id = id_in(key, "member"))
    return member_changed{*id, read_member(in)};
  if (auto id = id_in(key, "target"))
    return target_changed{*id, read_partitions(in)};
  if (auto id = id_in(key, "current"))
    return current_changed{*id, read_current(in)};
  if (auto id = partition_in(key))
    return position_changed{*id, read_position(in)};
  if (key.starts_with("event/"))
    return event_changed{read_event(in)};
  return std::nullopt;
}

} // namespace

void encode(const group_record& x, std::vector<keyed_record>& out) {
  auto add = [&out](keyed_record y) { out.push_back(std::move(y)); };
  std::visit(
    overloaded{
      [&](const header_changed& y) { add(keyed("group", y.header)); },
      [&](const header_removed&) { add(removed("group")); },
      [&](const member_changed& y) {
        add(keyed(key_of("member", y.id), y.info));
      },
      [&](const target_changed& y) {
        add(keyed(key_of("target", y.id), y.target));
      },
      [&](const current_changed& y) {
        add(keyed(key_of("current", y.id), y.current));
      },
      [&](const member_removed& y) {
        for (auto kind : {"member", "target", "current"})
          add(removed(key_of(kind, y.id)));
      },
      [&](const position_changed& y) { add(keyed(key_of(y.id), y.content)); },
      [&](const position_removed& y) { add(removed(key_of(y.id))); },
      [&](const event_changed& y) {
        add(keyed(key_of(y.event.number), y.event));
      },
      [&](const event_removed& y) { add(removed(key_of(y.number))); }},
    x);
}

caf::expected<group_record> decode(const keyed_record& x) {
  auto value = x.value.view();
  if (value.empty())
    return make_error(ec::corrupt_log,
                      fmt::format("group record '{}' is empty", x.key));
  auto version = static_cast<uint8_t>(value.front());
  if (version > group_record_version)
    return make_error(ec::unsupported_version,
                      fmt::format("group record '{}' is of version {}; this "
                                  "program reads up to {}",
                                  x.key, version, group_record_version));
  field_reader in{value.substr(1)};
  auto result = read(x.key, in);
  if (!result)
    return make_error(ec::unsupported_version,
                      fmt::format("group record '{}' is of an unknown kind; a "
                                  "newer program wrote it",
                                  x.key));
  if (!in.is_complete())
    return make_error(ec::corrupt_log,
                      fmt::format("group record '{}' is damaged", x.key));
  return std::move(*result);
}

} // namespace troupe
