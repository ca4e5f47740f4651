#include "runtime/link/tls_context.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace troupe::link {

namespace {

/// A key with a password is none for a program that starts by itself; without
/// this OpenSSL would ask the terminal.
int no_password(char*, int, int, void*) {
  return 0;
}

std::string reason() {
  auto code = ERR_peek_last_error();
  ERR_clear_error();
  const auto* text = ERR_reason_error_string(code);
  return text != nullptr ? text : "it cannot be read";
}

caf::error unfit(const char* what, const std::string& file) {
  // OpenSSL says of a file that is not there that the "system lib" failed.
  auto why = ::access(file.c_str(), R_OK) == 0
               ? reason()
               : std::string{std::strerror(errno)};
  ERR_clear_error();
  return make_error(ec::invalid_argument,
                    fmt::format("tls.{} '{}': {}", what, file, why));
}

caf::expected<tls_context::handle> make_context(const tls_settings& files) {
  ERR_clear_error();
  tls_context::handle result{SSL_CTX_new(TLS_method()), SSL_CTX_free};
  auto* x = result.get();
  if (x == nullptr || SSL_CTX_set_min_proto_version(x, TLS1_3_VERSION) != 1)
    return make_error(ec::invalid_argument, "no TLS 1.3: " + reason());
  SSL_CTX_set_default_passwd_cb(x, no_password);
  // Each connection proves anew who is there.
  SSL_CTX_set_session_cache_mode(x, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(x, 0);
  SSL_CTX_set_verify(x, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     nullptr);
  SSL_CTX_set_mode(x, SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_load_verify_file(x, files.authority.c_str()) != 1)
    return unfit("authority", files.authority);
  if (SSL_CTX_use_certificate_chain_file(x, files.certificate.c_str()) != 1)
    return unfit("certificate", files.certificate);
  if (SSL_CTX_use_PrivateKey_file(x, files.key.c_str(), SSL_FILETYPE_PEM) != 1
      || SSL_CTX_check_private_key(x) != 1)
    return unfit("key", files.key);
  return result;
}

} // namespace

caf::expected<std::shared_ptr<tls_context>> tls_context::load(
  const tls_settings& files) {
  std::shared_ptr<tls_context> result{new tls_context{files}};
  result->seen_ = result->look();
  auto made = make_context(files);
  if (!made)
    return made.error();
  result->current_ = std::move(*made);
  return result;
}

tls_context::stamps tls_context::look() const {
  auto of = [](const std::string& path) {
    struct stat x = {};
    if (::stat(path.c_str(), &x) != 0)
      return stamp{-1, 0, 0, 0};
    return stamp{static_cast<int64_t>(x.st_ino), x.st_size, x.st_mtim.tv_sec,
                 x.st_mtim.tv_nsec};
  };
  return {of(files_.certificate), of(files_.key), of(files_.authority)};
}

tls_context::handle tls_context::current() {
  std::lock_guard guard{mutex_};
  // A change after this look is seen at the next one.
  auto now = look();
  if (std::exchange(seen_, now) == now)
    return current_;
  auto made = make_context(files_);
  if (made)
    current_ = std::move(*made);
  problem_ = made ? "" : what(made.error());
  return current_;
}

std::string tls_context::take_problem() {
  std::lock_guard guard{mutex_};
  return std::exchange(problem_, {});
}

} // namespace troupe::link
