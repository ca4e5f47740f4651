#include "actors/handlers/verdict.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "actors/protocol/retry_after.hpp"
#include "actors/protocol/utf8.hpp"

namespace troupe {

namespace {

/// Of what a gateway says, for people.
constexpr size_t shown_bytes = 200;

std::string said(const gateway_answer& x, const redaction& hide) {
  // Before it is cut off: half of a secret would not be known as one.
  auto text = printable(hide(x.text).substr(0, shown_bytes));
  if (x.code == 0)
    return text;
  return text.empty() ? fmt::format("it answered {}", x.code)
                      : fmt::format("it answered {}: {}", x.code, text);
}

caf::error failure(ec code, const gateway_answer& x, const redaction& hide) {
  if (x.retry_after_ms < 0)
    return make_error(code, said(x, hide));
  return make_error(code, said(x, hide),
                    std::chrono::milliseconds{x.retry_after_ms});
}

bool is_one_of(int32_t x, std::initializer_list<int32_t> xs) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

} // namespace

caf::expected<std::vector<int32_t>> parse_statuses(const std::string& text) {
  std::vector<int32_t> result;
  if (text == "2xx")
    return result;
  for (std::string_view left = text;;) {
    auto end = std::min(left.find(','), left.size());
    int32_t status = 0;
    auto [stop, why] = std::from_chars(left.data(), left.data() + end, status);
    if (why != std::errc{} || stop != left.data() + end || status < 100
        || status > 599)
      return make_error(ec::invalid_argument,
                        fmt::format("'{}': expected 2xx, or statuses such as "
                                    "200,202",
                                    text));
    result.push_back(status);
    if (end == left.size())
      return result;
    left.remove_prefix(end + 1);
  }
}

caf::error judge(const gateway_answer& x, const success_rule& rule,
                 const redaction& hide) {
  auto is_taken = rule.statuses.empty() ? x.code >= 200 && x.code < 300
                                        : std::find(rule.statuses.begin(),
                                                    rule.statuses.end(), x.code)
                                            != rule.statuses.end();
  if (is_taken && x.text.find(rule.body) != std::string::npos)
    return caf::none;
  if (x.code < 200 || (x.code >= 300 && x.code < 400)
      || is_one_of(x.code,
                   {401, 403, 404, 405, 407, 408, 425, 429, 502, 503, 504}))
    return failure(ec::gateway_unavailable, x, hide);
  if (x.code >= 500 || (x.code >= 200 && x.code < 300))
    return failure(ec::handler_failed, x, hide);
  return failure(ec::record_rejected, x, hide);
}

caf::error judge_mail(const gateway_answer& x, const redaction& hide) {
  if (x.code >= 200 && x.code < 300)
    return caf::none;
  if (x.code < 400 || x.code == 421
      || is_one_of(x.code, {451, 452, 454, 530, 534, 535, 538}))
    return failure(ec::gateway_unavailable, x, hide);
  if (x.code < 500)
    return failure(ec::handler_failed, x, hide);
  return failure(ec::record_rejected, x, hide);
}

} // namespace troupe
