#pragma once

#include <string>
#include <string_view>

#include "actors/handlers/option_reader.hpp"
#include "actors/handlers/sender.hpp"

namespace troupe {

/// `email`: a mail for each record, through an SMTP server. Options:
///
/// | option | default | what |
/// |---|---|---|
/// | `server` | `smtp://127.0.0.1:25` | or `smtps://HOST:PORT`: TLS from the
/// beginning | | `tls` | `starttls` | `none`: `smtp://` without TLS; only to
/// this machine, if there is a login | | `from` | | an address, or `Name
/// <address>` | | `to` | `{value.to}` | addresses, with commas between | |
/// `subject`, `body` | `{value.subject}`, `{value.text}` | | | `content_type` |
/// `text/plain` | or `text/html`: what is put into it is escaped |
///
/// and those of `option_reader::access`; a `username` logs in. Errors:
/// `invalid_argument`.
caf::expected<sender> make_email(const handler_options& options,
                                 const secret_source& secrets);

/// A text as it stands in a header of a mail: as it is when it is ASCII, else
/// as encoded words (RFC 2047), folded.
std::string mail_header_text(std::string_view text);

/// Milliseconds since the epoch as a mail's date (RFC 5322, 3.3), in UTC.
std::string mail_date(int64_t ms);

} // namespace troupe
