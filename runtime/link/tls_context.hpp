#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include <caf/expected.hpp>

#include "actors/protocol/errors.hpp"
#include "config/settings.hpp"

struct ssl_ctx_st;

namespace troupe::link {

/// What is needed to speak TLS: certificate, key and authority as their files
/// are now. When they change, connections that come then have the new ones; no
/// restart is needed. TLS 1.3 only; both sides show a certificate of the
/// authority. Safe to be used by several threads.
class tls_context {
public:
  using handle = std::shared_ptr<ssl_ctx_st>;

  /// Reads the files. Error: `invalid_argument`, with the file that is to
  /// blame.
  static caf::expected<std::shared_ptr<tls_context>> load(
    const tls_settings& files);

  /// For one connection. While changed files do not fit together, as in the
  /// middle of being replaced, it is what was read before.
  handle current();

  /// Why changed files were not taken, once for each change; empty: nothing new
  /// to say.
  std::string take_problem();

private:
  /// What shows that a file was changed.
  using stamp = std::array<int64_t, 4>;
  using stamps = std::array<stamp, 3>;

  explicit tls_context(const tls_settings& files) : files_(files) {}

  stamps look() const;

  tls_settings files_;
  std::mutex mutex_;
  stamps seen_{};
  handle current_;
  std::string problem_;
};

} // namespace troupe::link
