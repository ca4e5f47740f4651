#pragma once

#include <string>
#include <string_view>

#include "actors/handlers/option_reader.hpp"
#include "actors/handlers/sender.hpp"

namespace troupe {

/// `webhook`: posts each record as JSON:
///
///     {"id": "messages/0/7", "topic": "messages", "partition": 0, "offset": 7,
///      "timestamp_ms": 1700000000000, "attempt": 1, "key": "anna",
///      "value": "hello", "headers": [{"key": "h", "value": "v"}]}
///
/// What is not UTF-8 has a name that ends in `_base64`, what is null is null.
/// Headers of the request: `Idempotency-Key`, the record's `id`; with a secret
/// `Troupe-Signature: sha256=<64 hex digits>`, the HMAC-SHA256 of the body
/// (RFC 2104). Options: `url`; the secret `secret`; `headers`, `success` and
/// `success_text` as for `sms`; those of `option_reader::access`, whose
/// `username` and `password` make a basic login. Errors: `invalid_argument`.
caf::expected<sender> make_webhook(const handler_options& options,
                                   const secret_source& secrets);

/// The JSON of a record.
std::string webhook_body(const delivery& x);

/// `sha256=...` of a body.
std::string webhook_signature(std::string_view secret, std::string_view body);

} // namespace troupe
