#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include <caf/expected.hpp>

#include "actors/protocol/errors.hpp"

namespace troupe::http {

/// Somebody who showed the token.
struct session {
  /// What the browser keeps in a cookie, and what its page sends with each
  /// change: a page of somebody else has the one sent, but never knows the
  /// other.
  std::string id;
  std::string csrf;
  std::chrono::steady_clock::time_point until;
};

/// Who may use the console. Safe to be used by several threads.
class session_book {
public:
  using time = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::hours lifetime{12};
  static constexpr size_t sessions_max = 100;
  /// Wrong tokens in a minute, from all together; beyond, nobody may try.
  static constexpr size_t failures_max = 10;

  /// `token` empty: nobody signs in. `make_id`: text that nobody guesses.
  session_book(std::string token, std::function<std::string()> make_id);

  bool has_token() const noexcept {
    return !token_.empty();
  }

  /// Error: `not_allowed` for a wrong token, `queue_full` after too many.
  caf::expected<session> sign_in(const std::string& token, time now);

  std::optional<session> find(const std::string& id, time now);

  void sign_out(const std::string& id);

private:
  const std::string token_;
  const std::function<std::string()> make_id_;
  std::mutex mutex_;
  /// Oldest first.
  std::deque<session> sessions_;
  std::deque<time> failures_;
};

/// Whether they are the same; takes as long for any two of one length.
bool is_same_secret(const std::string& a, const std::string& b);

/// 32 random bytes, in hexadecimal digits.
std::string random_token();

} // namespace troupe::http
