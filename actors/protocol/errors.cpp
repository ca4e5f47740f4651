#include "actors/protocol/errors.hpp"

#include <array>

#include <caf/atom.hpp>
#include <caf/exit_reason.hpp>
#include <caf/make_message.hpp>
#include <caf/sec.hpp>

namespace troupe {

namespace {

constexpr std::array<const char*, 39> names = {{
  "none",
  "invalid_argument",
  "unknown_topic",
  "unknown_partition",
  "topic_exists",
  "offset_out_of_range",
  "record_too_large",
  "corrupt_batch",
  "out_of_order_sequence",
  "producer_fenced",
  "storage_failed",
  "storage_full",
  "data_dir_locked",
  "corrupt_log",
  "unsupported_version",
  "fenced_leader_epoch",
  "unknown_leader_epoch",
  "not_available",
  "queue_full",
  "timed_out",
  "shutting_down",
  "unknown_member",
  "fenced_epoch",
  "stale_epoch",
  "start_conflict",
  "unreleased_instance_id",
  "unknown_group",
  "group_not_empty",
  "commit_goes_back",
  "unknown_handler",
  "handler_failed",
  "not_leader",
  "consensus_failed",
  "not_enough_replicas",
  "stale_partition_epoch",
  "wrong_cluster",
  "not_allowed",
  "record_rejected",
  "gateway_unavailable",
}};

static_assert(names.size() == static_cast<size_t>(ec::gateway_unavailable) + 1);

} // namespace

const char* to_string(ec x) {
  auto index = static_cast<size_t>(x);
  return index < names.size() ? names[index] : "unknown_code";
}

caf::error make_error(ec code, std::string text) {
  return {static_cast<uint8_t>(code), caf::atom("troupe"),
          caf::make_message(std::move(text))};
}

namespace {

/// CAF's own reasons, as far as users meet them, in words.
std::string in_words(const caf::error& x) {
  if (x == caf::exit_reason::kill)
    return "it was killed";
  if (x == caf::exit_reason::user_shutdown)
    return "it was stopped";
  if (x == caf::exit_reason::remote_link_unreachable)
    return "the connection was lost";
  if (x == caf::sec::request_timeout)
    return "no answer in time";
  if (x == caf::sec::request_receiver_down)
    return "it is not there any more";
  return caf::to_string(x);
}

} // namespace

bool is_retriable(const caf::error& x) {
  switch (code_of(x)) {
    case ec::storage_full:
    case ec::not_leader:
    case ec::not_enough_replicas:
    case ec::unknown_leader_epoch:
    case ec::not_available:
    case ec::queue_full:
    case ec::timed_out:
      return true;
    default:
      return false;
  }
}

ec code_of(const caf::error& x) {
  // CAF's accessors must not be called on 'no error'.
  return x && x.category() == caf::atom("troupe") ? static_cast<ec>(x.code())
                                                  : ec::none;
}

std::string what(const caf::error& x) {
  auto code = code_of(x);
  if (code == ec::none)
    return in_words(x);
  std::string result = to_string(code);
  // What else there may be is for programs.
  if (x.context().size() > 0 && x.context().match_element<std::string>(0))
    result += ": " + x.context().get_as<std::string>(0);
  return result;
}

} // namespace troupe
