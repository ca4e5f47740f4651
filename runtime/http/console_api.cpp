#include "runtime/http/console_api.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "actors/protocol/record_batch.hpp"
#include "config/json_reader.hpp"
#include "config/rules.hpp"
#include "runtime/http/inquiry.hpp"
#include "runtime/json_view.hpp"

namespace troupe::http {

namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr size_t name_bytes_max = 255;

value cut_text(const bytes& x) {
  if (x.is_null())
    return nullptr;
  return text_to_json(x.view().substr(0, console_api::text_bytes_max));
}

object record_view(const placed_record& x) {
  array headers;
  for (const auto& header : x.content.headers)
    headers.push_back(object{{"key", text_to_json(header.name)},
                             {"value", cut_text(header.value)}});
  return {{"offset", x.offset},
          {"timestamp_ms", x.content.timestamp_ms},
          {"key", cut_text(x.content.key)},
          {"value", cut_text(x.content.value)},
          {"value_bytes", x.content.value.view().size()},
          {"headers", std::move(headers)}};
}

/// Which partitions of which group a request is about, and what else it says.
struct group_request {
  std::string group;
  std::vector<partition_choice> partitions;
  bool is_paused = false;
  bool is_preview = true;
  start_rule target;
};

enum class kind { pause, reset };

caf::expected<group_request> read(const std::string& body, kind what) {
  auto document = json_document::parse(body, "request");
  if (!document)
    return make_error(ec::invalid_argument, to_string(document.errors()));
  json_problems problems{*document};
  json_object_reader in{json_reader{problems, *document}, "a request"};
  group_request result;
  if (in.is_good()) {
    if (auto x = in.require("group"))
      result.group = x->text(name_bytes_max).value_or("");
    partition_choice choice;
    if (auto x = in.get("topic"))
      choice.topic = x->any_text().value_or("");
    if (auto x = in.get("partition"))
      choice.partition = static_cast<int32_t>(
        x->integer(-1, std::numeric_limits<int32_t>::max()).value_or(-1));
    if (!choice.topic.empty())
      result.partitions.push_back(choice);
    if (what == kind::pause) {
      if (auto x = in.require("paused"))
        result.is_paused = x->flag().value_or(false);
    } else {
      if (auto x = in.require("to"))
        result.target = read_start_rule(*x).value_or(start_rule{});
      if (auto x = in.require("preview"))
        result.is_preview = x->flag().value_or(true);
    }
    in.finish();
  }
  if (!problems.is_empty())
    return make_error(ec::invalid_argument, to_string(problems.take()));
  return result;
}

object entry_view(const reset_entry& x) {
  auto result = to_json(x).as_object();
  auto is_known = x.from >= 0;
  result["replayed"] = is_known ? std::max<int64_t>(x.from - x.to, 0) : 0;
  result["skipped"] = is_known ? std::max<int64_t>(x.to - x.from, 0) : 0;
  return result;
}

} // namespace

caf::expected<object> console_api::records(const std::string& topic,
                                           int32_t partition,
                                           std::optional<int64_t> offset,
                                           size_t count) const {
  count = std::clamp<size_t>(count, 1, records_max);
  auto about = ask<topic_info>(system, node, topic_atom_v, topic);
  if (!about)
    return about.error();
  auto log = ask<partition_actor>(system, node, locate_atom_v,
                                  topic_partition{about->id, partition});
  if (!log)
    return log.error();
  auto bounds = ask<offset_answer>(system, *log, offset_atom_v,
                                   offset_query{offset_query::kind::latest});
  if (!bounds)
    return bounds.error();
  auto next = std::clamp(
    offset.value_or(bounds->high_watermark - static_cast<int64_t>(count)),
    bounds->log_start, bounds->high_watermark);
  array shown;
  while (next < bounds->high_watermark && shown.size() < count) {
    fetch_request request;
    request.offset = next;
    auto found = ask<fetch_result>(system, *log, fetch_atom_v, request);
    if (!found)
      return found.error();
    if (found->status != fetch_status::ok)
      return make_error(ec::not_available,
                        fmt::format("{}-{}: offset {} is gone meanwhile", topic,
                                    partition, next));
    if (found->batches.empty())
      break;
    for (const auto& batch : found->batches) {
      record_reader in{batch};
      for (placed_record x; shown.size() < count && in.next(x);)
        if (x.offset >= next) {
          shown.push_back(record_view(x));
          next = x.offset + 1;
        }
      if (in.failure())
        return in.failure();
      if (shown.size() == count)
        break;
      next = batch.header.last_offset() + 1;
    }
  }
  return object{{"log_start", bounds->log_start},
                {"high_watermark", bounds->high_watermark},
                {"next", next},
                {"records", std::move(shown)}};
}

caf::expected<object> console_api::pause(const std::string& body) const {
  auto request = read(body, kind::pause);
  if (!request)
    return request.error();
  auto who = ask<coordinator_actor>(system, node, group_atom_v, request->group);
  if (!who)
    return who.error();
  auto changed = ask<uint32_t>(system, *who, pause_atom_v, request->partitions,
                               request->is_paused);
  if (!changed)
    return changed.error();
  return object{{"changed", *changed}};
}

caf::expected<object> console_api::reset(const std::string& body) const {
  auto request = read(body, kind::reset);
  if (!request)
    return request.error();
  auto who = ask<coordinator_actor>(system, node, group_atom_v, request->group);
  if (!who)
    return who.error();
  reset_request order{request->partitions, request->target,
                      request->is_preview};
  auto plan = ask<reset_plan>(system, *who, reset_atom_v, order);
  if (!plan)
    return plan.error();
  array entries;
  for (const auto& x : plan->entries)
    entries.push_back(entry_view(x));
  return object{{"entries", std::move(entries)}};
}

} // namespace troupe::http
