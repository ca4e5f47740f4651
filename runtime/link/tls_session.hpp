#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/link/frame.hpp"
#include "runtime/link/tls_context.hpp"

struct ssl_st;
struct bio_st;

namespace troupe::link {

/// What somebody may be, by the OU of its certificate.
enum class peer_role : uint8_t {
  /// None of these, or several.
  none,
  node,
  worker,
  admin,
  reader,
};

const char* to_string(peer_role x);

peer_role role_of(std::string_view unit);

enum class side : uint8_t { client, server };

/// One side of a TLS connection, without the connection: bytes of the network
/// go in and come out.
class tls_session {
public:
  tls_session(const tls_context::handle& context, side which);

  /// Takes what came from the network. What it says in the clear is appended to
  /// `plain`. The problem in words; empty: none.
  std::string receive(std::string_view bytes, std::string& plain);

  /// Says something. Not before `is_established`.
  void send(std::string_view plain);

  /// Appends what is to go to the network now to `out`.
  void take_output(buffer& out);

  /// Whether both sides have proved who they are, as far as this one can tell:
  /// a client learns only later that its certificate was refused.
  bool is_established() const;

  /// Of the other side's certificate.
  peer_role role() const;
  std::string common_name() const;

private:
  std::string problem(int result);
  std::string take(int nid) const;

  tls_context::handle context_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
  /// The session has them.
  bio_st* in_;
  bio_st* out_;
};

} // namespace troupe::link
