#pragma once

#include <string>

#include "tests/checker/history.hpp"

/// Events as a line each, for people who look for what went wrong.
namespace troupe::checker {

std::string to_text(const topic_served& x);
std::string to_text(const topic_deleted& x);
std::string to_text(const post_begun& x);
std::string to_text(const post_acknowledged& x);
std::string to_text(const group_joining& x);
std::string to_text(const group_joined& x);
std::string to_text(const assigned& x);
std::string to_text(const released& x);
std::string to_text(const partition_lost& x);
std::string to_text(const member_lost& x);
std::string to_text(const handing_begun& x);
std::string to_text(const handing_ended& x);
std::string to_text(const commit_asked& x);
std::string to_text(const commit_answered& x);
std::string to_text(const reset_begun& x);
std::string to_text(const reset_done& x);
std::string to_text(const node_ended& x);
std::string to_text(const log_found& x);
std::string to_text(const positions_found& x);

} // namespace troupe::checker
