#include "actors/protocol/group_messages.hpp"

namespace troupe {

const char* to_string(start_reason x) {
  switch (x) {
    case start_reason::committed:
      return "committed";
    case start_reason::stored_start:
      return "stored_start";
    case start_reason::created_later:
      return "created_later";
    case start_reason::literal_beginning:
      return "literal_beginning";
    case start_reason::literal_latest:
      return "literal_latest";
    case start_reason::reset:
      return "reset";
    case start_reason::truncated:
      return "truncated";
    case start_reason::below_log_start:
      return "below_log_start";
  }
  return "unknown";
}

} // namespace troupe
