#include "actors/coordinator/start_rule.hpp"

#include <algorithm>

namespace troupe {

namespace {

using query_kind = offset_query::kind;

/// Where the group goes on if nothing happened to the log; none: resolve.
std::optional<start_place> known_place(const position& held,
                                       const start_context& context) {
  if (held.next >= 0)
    return start_place{held.next, held.leader_epoch,
                       held.reason == start_reason::truncated
                         ? start_reason::truncated
                         : start_reason::committed};
  // An explicit reset is meant, also by the letter of the notes.
  if (held.start >= 0
      && (context.is_stored || held.reason == start_reason::reset))
    return start_place{held.start, held.start_epoch, held.reason};
  if (context.is_stored && context.is_created_later)
    return start_place{0, -1, start_reason::created_later};
  return std::nullopt;
}

/// The moment a start is resolved for: when it was first wanted.
int64_t wanted_at(const position& held, const start_context& context) {
  return held.wanted_ms > 0 ? held.wanted_ms : context.now_ms;
}

start_place resolve(const start_context& context, const offset_answer& answer) {
  if (!context.is_stored && !context.is_first)
    return {answer.log_start, -1, start_reason::literal_beginning};
  auto reason = context.is_stored ? start_reason::stored_start
                : context.rule.what == start_rule::kind::latest
                  ? start_reason::literal_latest
                  : start_reason::literal_beginning;
  return {offset_of(context.rule, answer), answer.leader_epoch, reason};
}

/// The log was cut below `place`, and goes on at the end of its epoch.
bool is_cut(const start_place& place, const start_answer& answer) {
  return answer.epoch_asked == place.leader_epoch
         && place.offset > answer.epoch.end_offset;
}

void keep(position& kept, const start_place& place) {
  if (kept.next >= 0) {
    kept.next = place.offset;
    kept.leader_epoch = place.leader_epoch;
  } else {
    kept.start = place.offset;
    kept.start_epoch = place.leader_epoch;
  }
  kept.reason = place.reason;
  kept.wanted_ms = 0;
}

} // namespace

start_query query_of(const topic_partition& id, const position& held,
                     const start_context& context) {
  if (auto known = known_place(held, context))
    return {id, {query_kind::earliest, -1}, known->leader_epoch};
  if (!context.is_stored && !context.is_first)
    return {id, {query_kind::earliest, -1}, std::nullopt};
  // A partition that was offline when its 'now' was wanted is asked for that
  // time: what was posted between its return and this question counts.
  if (held.wanted_ms > 0 && context.rule.what == start_rule::kind::latest)
    return {id, {query_kind::timestamp, held.wanted_ms}, std::nullopt};
  return {id, query_of(context.rule, wanted_at(held, context)), std::nullopt};
}

start_decision decide(const position& held, const start_context& context,
                      const start_answer& answer) {
  start_decision result{known_place(held, context), held, false};
  auto& place = result.place;
  if (!place) {
    if (!answer.is_online) {
      result.is_kept_changed = context.is_stored && held.wanted_ms == 0;
      result.kept.wanted_ms = wanted_at(held, context);
      return result;
    }
    place = resolve(context, answer.offset);
    result.is_kept_changed = context.is_stored;
  } else {
    result.is_kept_changed = held.from() < 0;
  }
  if (answer.is_online && is_cut(*place, answer)) {
    place = start_place{answer.epoch.end_offset, answer.epoch.epoch,
                        start_reason::truncated};
    result.is_kept_changed = result.is_kept_changed || held.from() >= 0;
  }
  if (result.is_kept_changed)
    keep(result.kept, *place);
  if (answer.is_online && place->offset < answer.offset.log_start)
    place =
      start_place{answer.offset.log_start, -1, start_reason::below_log_start};
  return result;
}

offset_query query_of(const start_rule& rule, int64_t now_ms) {
  switch (rule.what) {
    case start_rule::kind::earliest:
      return {query_kind::earliest, -1};
    case start_rule::kind::timestamp:
      return {query_kind::timestamp, rule.value};
    case start_rule::kind::ago:
      return {query_kind::timestamp, std::max<int64_t>(now_ms - rule.value, 0)};
    case start_rule::kind::latest:
    case start_rule::kind::offset:
      break;
  }
  return {query_kind::latest, -1};
}

int64_t offset_of(const start_rule& rule, const offset_answer& answer) {
  if (rule.what != start_rule::kind::offset)
    return answer.offset;
  return std::clamp(rule.value, answer.log_start,
                    std::max(answer.log_start, answer.high_watermark));
}

} // namespace troupe
