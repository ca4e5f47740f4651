#include "tests/checker/history_text.hpp"

#include <fmt/format.h>

namespace troupe::checker {

using fmt::format;

std::string to_text(const topic_served& x) {
  return format("topic {} has {} partitions", x.topic, x.partitions);
}

std::string to_text(const topic_deleted& x) {
  return format("topic {} is to go", x.topic);
}

std::string to_text(const post_begun& x) {
  return format("post {}", x.value);
}

std::string to_text(const post_acknowledged& x) {
  return format("{} is at {} offset {} (acks={})", x.value, to_string(x.where),
                x.offset, x.acks == acks::all ? "all" : "leader");
}

std::string to_text(const group_joining& x) {
  return format("{} asks to join", x.group);
}

std::string to_text(const group_joined& x) {
  return format("{} has joined", x.group);
}

std::string to_text(const assigned& x) {
  return format("{} holds {} from {}", x.member, to_string(x.where), x.offset);
}

std::string to_text(const released& x) {
  return format("{} gives up {}", x.member, to_string(x.where));
}

std::string to_text(const partition_lost& x) {
  return format("{} has lost {}", x.member, to_string(x.where));
}

std::string to_text(const member_lost& x) {
  return format("{} is out", x.member);
}

std::string to_text(const handing_begun& x) {
  return format("{} gets {} offset {}: {}", x.member, to_string(x.where),
                x.offset, x.value);
}

std::string to_text(const handing_ended& x) {
  return format("{} {} {} offset {}", x.member,
                x.is_done ? "is done with" : "fails on", to_string(x.where),
                x.offset);
}

std::string to_text(const commit_asked& x) {
  return format("{} commits {} up to {}...", x.member, to_string(x.where),
                x.next);
}

std::string to_text(const commit_answered& x) {
  return format("{}: commit of {} up to {} {}", x.member, to_string(x.where),
                x.next, x.is_accepted ? "accepted" : "refused");
}

std::string to_text(const reset_begun& x) {
  return format("{} is to be reset...", x.group);
}

std::string to_text(const reset_done& x) {
  auto result = x.group + " is reset:";
  for (const auto& [where, to] : x.to)
    result += format(" {} to {}", to_string(where), to);
  return result;
}

std::string to_text(const node_ended& x) {
  static constexpr const char* how[] = {"clean", "killed", "power cut"};
  return format("the node has ended: {}", how[static_cast<size_t>(x.how)]);
}

std::string to_text(const log_found& x) {
  return format("on the disk {} ends at {}", to_string(x.where), x.end);
}

std::string to_text(const positions_found& x) {
  std::string result = "on the disk:";
  for (const auto& y : x.positions)
    result += format(" {} {} next {} start {};", y.group, to_string(y.where),
                     y.next, y.start);
  return result;
}

} // namespace troupe::checker
