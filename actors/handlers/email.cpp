#include "actors/handlers/email.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "actors/handlers/base64.hpp"
#include "actors/handlers/verdict.hpp"
#include "actors/protocol/errors.hpp"
#include "config/host_port.hpp"
#include "config/rules.hpp"

namespace troupe {

namespace {

/// Recipients of one mail.
constexpr size_t recipients_max = 100;

struct settings {
  std::string server;
  bool wants_tls = true;
  /// As it stands in the header, and the address alone.
  std::string from;
  std::string sender;
  text_template to;
  text_template subject;
  text_template body;
  std::string content_type;
  gateway_access access;
  redaction hide;
};

bool is_address(std::string_view x) {
  auto at = x.find('@');
  return at != x.npos && at > 0 && at + 1 < x.size() && x.size() <= 254
         && std::none_of(x.begin(), x.end(), [](unsigned char c) {
              return c <= ' ' || c == 0x7f || c == '<' || c == '>' || c == ','
                     || c == ';' || c == '"';
            });
}

std::string_view trimmed(std::string_view x) {
  while (!x.empty() && x.front() == ' ')
    x.remove_prefix(1);
  while (!x.empty() && x.back() == ' ')
    x.remove_suffix(1);
  return x;
}

/// What is between the angle brackets, if there are any.
std::string_view address_in(std::string_view x) {
  auto begin = x.rfind('<');
  if (begin == x.npos || !x.ends_with('>'))
    return trimmed(x);
  return x.substr(begin + 1, x.size() - begin - 2);
}

/// Of `smtp://HOST` or `smtp://HOST:PORT`.
std::string host_of(const std::string& server) {
  auto where = server.substr(server.find("//") + 2);
  auto found = parse_host_port(where);
  return found ? found->host : where;
}

void read_server(option_reader& in, settings& to) {
  to.server = in.text("server", "smtp://127.0.0.1:25");
  auto is_tls = to.server.starts_with("smtps://");
  to.wants_tls = in.choice("tls", {"starttls", "none"}) == "starttls";
  if (!is_tls && !to.server.starts_with("smtp://"))
    in.wrong("server", fmt::format("expected smtp://HOST:PORT or "
                                   "smtps://HOST:PORT, found '{}'",
                                   to.server));
  to.access = in.access();
  to.hide = in.hide();
  if (!is_tls && !to.wants_tls && !to.access.username.empty()
      && !is_loopback(host_of(to.server)))
    in.wrong("tls", "a password goes to another machine through TLS only");
}

settings read(option_reader& in) {
  settings result;
  read_server(in, result);
  auto from = in.required("from", "such as Shop <shop@example.org>");
  auto address = address_in(from);
  if (!from.empty() && !is_address(address))
    in.wrong("from", fmt::format("'{}' is no address", from));
  result.sender = address;
  auto name = trimmed(std::string_view{from}.substr(0, from.rfind('<')));
  result.from = from.find('<') == from.npos
                  ? from
                  : fmt::format("{} <{}>", mail_header_text(name), address);
  result.to = in.place("to", "{value.to}");
  result.subject = in.place("subject", "{value.subject}");
  result.body = in.place("body", "{value.text}");
  result.content_type = in.choice("content_type", {"text/plain", "text/html"});
  return result;
}

caf::expected<std::vector<std::string>> read_recipients(std::string_view text) {
  std::vector<std::string> result;
  for (auto left = text;;) {
    auto end = std::min(left.find(','), left.size());
    auto each = trimmed(left.substr(0, end));
    if (!is_address(each))
      return make_error(ec::record_rejected,
                        "it names nobody to send to: no address is there, or "
                        "one is malformed");
    result.emplace_back(each);
    if (end == left.size())
      break;
    left.remove_prefix(end + 1);
  }
  if (result.size() > recipients_max)
    return make_error(ec::record_rejected,
                      fmt::format("it names {} to send to; at most {} get one "
                                  "mail",
                                  result.size(), recipients_max));
  return result;
}

/// Lines of at most 76 characters.
std::string wrapped(const std::string& base64) {
  std::string result;
  for (size_t i = 0; i < base64.size(); i += 76)
    result += base64.substr(i, 76) + "\r\n";
  return result;
}

caf::expected<gateway_request> render(const settings& with, const delivery& x) {
  record_fields fields{x};
  auto to = with.to.render(fields);
  if (!to)
    return std::move(to.error());
  auto recipients = read_recipients(*to);
  if (!recipients)
    return std::move(recipients.error());
  auto subject = with.subject.render(fields);
  if (!subject)
    return std::move(subject.error());
  auto body = with.body.render(fields, with.content_type == "text/html"
                                         ? text_escape::html
                                         : text_escape::none);
  if (!body)
    return std::move(body.error());
  mail result;
  result.server = with.server;
  result.wants_tls = with.wants_tls;
  result.from = with.sender;
  result.access = with.access;
  auto host = with.sender.substr(with.sender.find('@') + 1);
  // The same id at each delivery: whoever gets it twice can tell.
  result.content = fmt::format(
    "From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\n"
    "Message-ID: <{}.{}.{}@{}>\r\nMIME-Version: 1.0\r\n"
    "Content-Type: {}; charset=UTF-8\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\n{}",
    with.from, fmt::join(*recipients, ",\r\n "), mail_header_text(*subject),
    mail_date(x.content.timestamp_ms), x.topic, x.id.partition, x.offset, host,
    with.content_type, wrapped(to_base64(*body)));
  result.to = std::move(*recipients);
  return gateway_request{std::move(result)};
}

} // namespace

std::string mail_header_text(std::string_view text) {
  auto is_plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c >= ' ' && c < 0x7f;
  });
  // Longer lines have to be folded, which encoded words are.
  if (is_plain && text.size() <= 60 && text.find("=?") == text.npos)
    return std::string{text};
  // An encoded word has 75 characters at most, and whole code points.
  constexpr size_t chunk_max = 45;
  std::string result;
  while (!text.empty()) {
    auto size = std::min(chunk_max, text.size());
    while (size < text.size() && size > 1
           && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
      --size;
    result += fmt::format("{}=?UTF-8?B?{}?=", result.empty() ? "" : "\r\n ",
                          to_base64(text.substr(0, size)));
    text.remove_prefix(size);
  }
  return result;
}

std::string mail_date(int64_t ms) {
  static constexpr std::array days = {"Sun", "Mon", "Tue", "Wed",
                                      "Thu", "Fri", "Sat"};
  static constexpr std::array months = {"Jan", "Feb", "Mar", "Apr",
                                        "May", "Jun", "Jul", "Aug",
                                        "Sep", "Oct", "Nov", "Dec"};
  using namespace std::chrono;
  sys_time<seconds> time{
    duration_cast<seconds>(milliseconds{std::max<int64_t>(ms, 0)})};
  auto day = floor<std::chrono::days>(time);
  year_month_day date{day};
  hh_mm_ss clock{time - day};
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000",
                     days[weekday{day}.c_encoding()],
                     static_cast<unsigned>(date.day()),
                     months[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

caf::expected<sender> make_email(const handler_options& options,
                                 const secret_source& secrets) {
  option_reader in{"email", options, secrets};
  auto with = std::make_shared<settings>(read(in));
  if (auto error = in.finish())
    return error;
  return sender{
    [with](const delivery& x) { return render(*with, x); },
    [with](const gateway_answer& x) { return judge_mail(x, with->hide); },
    with->access.timeout};
}

} // namespace troupe
