#include "runtime/link/tls_session.hpp"

#include <algorithm>
#include <new>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace troupe::link {

namespace {

/// Bytes read or written at once.
constexpr size_t step_bytes = 64 * 1024;

struct certificate_deleter {
  void operator()(X509* x) const {
    X509_free(x);
  }
};

using certificate = std::unique_ptr<X509, certificate_deleter>;

} // namespace

const char* to_string(peer_role x) {
  switch (x) {
    case peer_role::node:
      return "node";
    case peer_role::worker:
      return "worker";
    case peer_role::admin:
      return "admin";
    case peer_role::reader:
      return "reader";
    case peer_role::none:
      break;
  }
  return "none";
}

peer_role role_of(std::string_view unit) {
  for (auto x : {peer_role::node, peer_role::worker, peer_role::admin,
                 peer_role::reader})
    if (unit == to_string(x))
      return x;
  return peer_role::none;
}

tls_session::tls_session(const tls_context::handle& context, side which)
  : context_(context), ssl_(SSL_new(context.get()), SSL_free),
    in_(BIO_new(BIO_s_mem())), out_(BIO_new(BIO_s_mem())) {
  if (ssl_ == nullptr || in_ == nullptr || out_ == nullptr)
    throw std::bad_alloc{};
  SSL_set_bio(ssl_.get(), in_, out_);
  if (which == side::server) {
    SSL_set_accept_state(ssl_.get());
  } else {
    SSL_set_connect_state(ssl_.get());
    SSL_do_handshake(ssl_.get());
    ERR_clear_error();
  }
}

std::string tls_session::problem(int result) {
  auto code = SSL_get_error(ssl_.get(), result);
  if (code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE
      || code == SSL_ERROR_NONE)
    return {};
  if (code == SSL_ERROR_ZERO_RETURN)
    return "it has ended the encrypted connection";
  auto reason = ERR_peek_error();
  ERR_clear_error();
  auto verified = SSL_get_verify_result(ssl_.get());
  if (verified != X509_V_OK)
    return fmt::format("its certificate is not accepted: {}",
                       X509_verify_cert_error_string(verified));
  const auto* text = ERR_reason_error_string(reason);
  return fmt::format("TLS: {}", text != nullptr ? text : "it broke off");
}

std::string tls_session::receive(std::string_view bytes, std::string& plain) {
  ERR_clear_error();
  while (!bytes.empty()) {
    auto part = bytes.substr(0, step_bytes);
    bytes.remove_prefix(part.size());
    if (BIO_write(in_, part.data(), static_cast<int>(part.size()))
        != static_cast<int>(part.size()))
      throw std::bad_alloc{};
    if (!is_established()) {
      auto done = SSL_do_handshake(ssl_.get());
      if (done != 1) {
        if (auto why = problem(done); !why.empty())
          return why;
        continue;
      }
    }
    for (;;) {
      auto size = plain.size();
      plain.resize(size + step_bytes);
      auto got =
        SSL_read(ssl_.get(), plain.data() + size, static_cast<int>(step_bytes));
      plain.resize(size + static_cast<size_t>(std::max(got, 0)));
      if (got > 0)
        continue;
      if (auto why = problem(got); !why.empty())
        return why;
      break;
    }
  }
  return {};
}

void tls_session::send(std::string_view plain) {
  ERR_clear_error();
  while (!plain.empty()) {
    auto part = plain.substr(0, step_bytes);
    plain.remove_prefix(part.size());
    // Memory has always room, and TLS 1.3 never has to read first.
    if (SSL_write(ssl_.get(), part.data(), static_cast<int>(part.size()))
        != static_cast<int>(part.size()))
      throw std::bad_alloc{};
  }
}

void tls_session::take_output(buffer& out) {
  char* data = nullptr;
  auto size = BIO_get_mem_data(out_, &data);
  if (size > 0) {
    out.insert(out.end(), data, data + size);
    static_cast<void>(BIO_reset(out_));
  }
}

bool tls_session::is_established() const {
  return SSL_is_init_finished(ssl_.get()) == 1;
}

std::string tls_session::take(int nid) const {
  certificate x{SSL_get1_peer_certificate(ssl_.get())};
  if (!x)
    return {};
  auto* name = X509_get_subject_name(x.get());
  auto first = X509_NAME_get_index_by_NID(name, nid, -1);
  // Of two nobody knows which one counts.
  if (first < 0 || X509_NAME_get_index_by_NID(name, nid, first) >= 0)
    return {};
  auto* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, first));
  unsigned char* text = nullptr;
  auto size = ASN1_STRING_to_UTF8(&text, value);
  if (size < 0)
    return {};
  std::string result(reinterpret_cast<char*>(text), static_cast<size_t>(size));
  OPENSSL_free(text);
  return result;
}

peer_role tls_session::role() const {
  return role_of(take(NID_organizationalUnitName));
}

std::string tls_session::common_name() const {
  return take(NID_commonName);
}

} // namespace troupe::link
