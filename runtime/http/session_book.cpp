#include "runtime/http/session_book.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

namespace troupe::http {

session_book::session_book(std::string token,
                           std::function<std::string()> make_id)
  : token_(std::move(token)), make_id_(std::move(make_id)) {
  // nop
}

caf::expected<session> session_book::sign_in(const std::string& token,
                                             time now) {
  std::lock_guard guard{mutex_};
  while (!failures_.empty()
         && now - failures_.front() >= std::chrono::minutes{1})
    failures_.pop_front();
  if (failures_.size() >= failures_max)
    return make_error(ec::queue_full,
                      fmt::format("{} wrong tokens within a minute; try again "
                                  "in a minute",
                                  failures_max));
  if (!has_token() || !is_same_secret(token, token_)) {
    failures_.push_back(now);
    return make_error(ec::not_allowed, "this is not the console's token");
  }
  std::erase_if(sessions_, [&](const auto& x) { return x.until <= now; });
  if (sessions_.size() >= sessions_max)
    sessions_.pop_front();
  sessions_.push_back({make_id_(), make_id_(), now + lifetime});
  return sessions_.back();
}

std::optional<session> session_book::find(const std::string& id, time now) {
  std::lock_guard guard{mutex_};
  for (const auto& x : sessions_)
    if (x.until > now && is_same_secret(x.id, id))
      return x;
  return std::nullopt;
}

void session_book::sign_out(const std::string& id) {
  std::lock_guard guard{mutex_};
  std::erase_if(sessions_, [&](const auto& x) { return x.id == id; });
}

bool is_same_secret(const std::string& a, const std::string& b) {
  return a.size() == b.size()
         && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_token() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error("the machine gives no random bytes");
  std::string result;
  for (auto x : bytes)
    result += fmt::format("{:02x}", x);
  return result;
}

} // namespace troupe::http
