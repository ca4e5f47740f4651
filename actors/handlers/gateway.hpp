#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/meta/type_name.hpp>
#include <caf/timespan.hpp>
#include <caf/typed_actor.hpp>

#include "actors/protocol/interfaces.hpp"

/// What handlers that send are answered by the world outside.
namespace troupe {

/// How a gateway is reached, and whom of it is believed.
struct gateway_access {
  std::string username;
  std::string password;
  /// A file in PEM: whose certificates are believed; empty: the system's.
  std::string authority;
  /// For all of a request, and for the connection to be made.
  caf::timespan timeout{0};
  caf::timespan connect_timeout{0};
};

struct http_request {
  std::string method;
  std::string url;
  /// `Name: value`.
  std::vector<std::string> headers;
  std::string body;
  /// Its name and password go into an `Authorization` header, if there are any.
  gateway_access access;
};

struct mail {
  /// `smtp://host:port`, or `smtps://`: TLS from the beginning.
  std::string server;
  /// Goes on only once the server has begun TLS (STARTTLS).
  bool wants_tls = true;
  /// Addresses, without names.
  std::string from;
  std::vector<std::string> to;
  /// The whole message: headers, an empty line, the body; lines end with CRLF.
  std::string content;
  gateway_access access;
};

/// What came back.
struct gateway_answer {
  /// An HTTP status, or an SMTP reply code to the mail (MAIL, RCPT, DATA); 0:
  /// none came.
  int32_t code = 0;
  /// As `Retry-After` says; -1: it does not.
  int64_t retry_after_ms = -1;
  /// The beginning of the body, or of what SMTP replied; why nothing came.
  std::string text;
};

/// GATEWAY: sends. Answers whatever happens, within the request's timeout;
/// `queue_full` while too many requests are on their way.
using gateway_actor = caf::typed_actor<
  caf::replies_to<post_atom, http_request>::with<gateway_answer>,
  caf::replies_to<post_atom, mail>::with<gateway_answer>>;

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, gateway_access& x) {
  return f(caf::meta::type_name("gateway_access"), x.username, x.password,
           x.authority, x.timeout, x.connect_timeout);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, http_request& x) {
  return f(caf::meta::type_name("http_request"), x.method, x.url, x.headers,
           x.body, x.access);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, mail& x) {
  return f(caf::meta::type_name("mail"), x.server, x.wants_tls, x.from, x.to,
           x.content, x.access);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, gateway_answer& x) {
  return f(caf::meta::type_name("gateway_answer"), x.code, x.retry_after_ms,
           x.text);
}

} // namespace troupe

CAF_BEGIN_TYPE_ID_BLOCK(troupe_gateway, caf::id_block::troupe_roles::end)

  CAF_ADD_TYPE_ID(troupe_gateway, (troupe::gateway_answer))
  CAF_ADD_TYPE_ID(troupe_gateway, (troupe::http_request))
  CAF_ADD_TYPE_ID(troupe_gateway, (troupe::mail))

CAF_END_TYPE_ID_BLOCK(troupe_gateway)
