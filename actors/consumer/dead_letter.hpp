#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/protocol/client_messages.hpp"
#include "config/settings.hpp"

/// A record that its handler could not do, as it stands in the topic of its
/// group's dead letters: with the key, value, headers and timestamp that it
/// had, and headers that say where it was and why it is here, which begin with
/// `dead-letter-`.
namespace troupe {

struct dead_letter {
  std::string topic;
  int32_t partition = 0;
  int64_t offset = 0;
  std::string group;
  /// Who gave it up.
  std::string consumer;
  std::string reason;
  uint32_t attempts = 0;
  /// As it was posted.
  record content;

  friend bool operator==(const dead_letter&, const dead_letter&) = default;
};

/// What topics of letters take: the most that settings allow, since a letter is
/// larger than the record that it was, and nobody else is to refuse it.
inline constexpr uint64_t letter_bytes_max = 64 * mib;

/// `<topic>.<group>.dead`.
std::string dead_letter_topic(const std::string& topic,
                              const std::string& group);

/// By its name.
bool is_dead_letter_topic(std::string_view topic);

/// `<topic>.<group>.replay`: letters in it go to the group again, as the
/// records that they were.
std::string replay_topic(const std::string& topic, const std::string& group);

/// `<topic>.<group>.parked`: letters of records that were parked, and markers
/// of those that were brought back (see `parked_keys`).
std::string parked_topic(const std::string& topic, const std::string& group);

/// Any of these, to be made.
topic_spec letter_topic(std::string name);

/// The reason is cut off where it is longer than people read.
record to_record(const dead_letter& x);

/// None: it is no dead letter.
std::optional<dead_letter> read_dead_letter(const record& x);

} // namespace troupe
