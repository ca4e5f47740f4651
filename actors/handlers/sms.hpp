#pragma once

#include "actors/handlers/option_reader.hpp"
#include "actors/handlers/sender.hpp"

namespace troupe {

/// `sms`: a short message for each record, through an HTTP gateway; as it is,
/// by Kannel's sendsms interface (Kannel 1.4 User's Guide, 'Using the HTTP
/// interface to send SMS messages'). Options:
///
/// | option | default | what |
/// |---|---|---|
/// | `gateway` | `http://127.0.0.1:13013/cgi-bin/sendsms` | `{gateway}` of
/// `url` | | `to`, `text` | `{value.to}`, `{value.text}` | to whom, and what |
/// | `from` | | who sends it |
/// | `url` | Kannel's | may have all of these, and places for a record |
/// | `method` | `GET` | or `POST`, `PUT` |
/// | `body`, `content_type` | none, a form | a form's and JSON's places are
/// escaped for it | | `headers` | | `Name: value`, each in a line of its own |
/// | `login` | `template` | `basic`: `username` and `password` go in a header |
/// | `success`, `success_text` | `2xx` | statuses, and what the answer has to
/// contain |
///
/// and those of `option_reader::access`. Errors: `invalid_argument`.
caf::expected<sender> make_sms(const handler_options& options,
                               const secret_source& secrets);

} // namespace troupe
