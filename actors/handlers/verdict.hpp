#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "actors/handlers/gateway.hpp"
#include "actors/handlers/redaction.hpp"

namespace troupe {

/// Which answers of an HTTP gateway mean that it took the request.
struct success_rule {
  /// Statuses; none: all from 200 to 299.
  std::vector<int32_t> statuses;
  /// What the body has to contain; empty: anything.
  std::string body;
};

/// `2xx` or a list such as `200,202`. Error: `invalid_argument`.
caf::expected<std::vector<int32_t>> parse_statuses(const std::string& text);

/// What an answer means for the record. None: it was taken. Else
///
/// - `gateway_unavailable`: not the record's fault, and the next one would fare
///   no better: no answer, a busy gateway (408, 425, 429, 502 to 504), or one
///   that is not what it is taken for (300 to 399, 401, 403, 404, 405, 407);
/// - `handler_failed`: the record may do better next time (500, any other
///   status from 500 on, a body that does not say that it was taken);
/// - `record_rejected`: it never will (any other status).
///
/// With how long to wait, if the gateway said so, and with what it said,
/// without the secrets that `hide` knows.
caf::error judge(const gateway_answer& x, const success_rule& rule,
                 const redaction& hide = {});

/// The same of a mail server (RFC 5321, 4.2; RFC 4954, 6): 2yz: taken. 421,
/// 451, 452, 454 (it cannot just now) and 530, 534, 535, 538 (it wants another
/// login) are the gateway's; any other 4yz may go away; 5yz rejects the record.
/// What it says before it hears of a mail comes without a code.
caf::error judge_mail(const gateway_answer& x, const redaction& hide = {});

} // namespace troupe
