#include "actors/handlers/sms.hpp"

#include <map>
#include <memory>
#include <utility>

#include "actors/handlers/http_options.hpp"

namespace troupe {

namespace {

constexpr const char* kannel = "http://127.0.0.1:13013/cgi-bin/sendsms";

constexpr const char* kannel_url =
  "{gateway}?username={username}&password={password}&from={from}&to={to}"
  "&text={text}&charset=UTF-8&coding={coding}";

constexpr const char* form = "application/x-www-form-urlencoded";

constexpr std::string_view gateway_place = "{gateway}";

const std::vector<std::string> names = {"username", "password", "from",
                                        "to",       "text",     "coding"};

/// The alphabet of 7 bits, with its extension, as UTF-8. Source: 3GPP
/// TS 23.038, 6.2.1.
constexpr std::string_view gsm_alphabet =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
  "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€";

/// Kannel's number of what the text is sent as: 7 bits a character where they
/// do (160 to a message), else UCS-2 (70).
std::string coding_of(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    auto end = i + 1;
    while (end < text.size()
           && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
      ++end;
    if (gsm_alphabet.find(text.substr(i, end - i)) == gsm_alphabet.npos)
      return "2";
    i = end;
  }
  return "0";
}

struct settings {
  std::string from;
  text_template to;
  text_template text;
  text_template url;
  text_template body;
  std::string method;
  std::string content_type;
  bool has_basic_login = false;
  http_options http;
};

/// A URL with the gateway's address in it, as which nothing of a record counts.
std::string read_url(option_reader& in) {
  auto result = in.text("url", kannel_url);
  auto gateway = in.text("gateway", kannel);
  if (auto at = result.find(gateway_place); at != std::string::npos)
    result.replace(at, gateway_place.size(), gateway);
  check_url(in, "url", result);
  return result;
}

settings read(option_reader& in) {
  settings result;
  result.from = in.text("from");
  result.to = in.place("to", "{value.to}");
  result.text = in.place("text", "{value.text}");
  result.url = in.parse_place("url", read_url(in), names);
  result.method = in.choice("method", {"GET", "POST", "PUT"});
  result.body = in.place("body", "", names);
  if (result.method == "GET" && !result.body.is_empty())
    in.wrong("body", "a GET has none; say \"method\": \"POST\", or PUT");
  result.content_type = in.text("content_type", form);
  result.has_basic_login = in.choice("login", {"template", "basic"}) == "basic";
  result.http = read_http_options(in);
  return result;
}

text_escape escape_for(const std::string& content_type) {
  if (content_type.starts_with(form))
    return text_escape::url;
  return content_type.find("json") != std::string::npos ? text_escape::json
                                                        : text_escape::none;
}

caf::expected<gateway_request> render(const settings& with, const delivery& x) {
  record_fields fields{x};
  auto to = with.to.render(fields);
  if (!to)
    return std::move(to.error());
  if (to->empty())
    return make_error(ec::record_rejected, "it names nobody to send to");
  auto text = with.text.render(fields);
  if (!text)
    return std::move(text.error());
  auto coding = coding_of(*text);
  std::map<std::string, std::string> more{
    {"coding", std::move(coding)},
    {"username", with.http.access.username},
    {"password", with.http.access.password},
    {"from", with.from},
    {"to", std::move(*to)},
    {"text", std::move(*text)}};
  http_request result;
  result.method = with.method;
  auto url = with.url.render(fields, text_escape::url, more);
  if (!url)
    return std::move(url.error());
  result.url = std::move(*url);
  auto body = with.body.render(fields, escape_for(with.content_type), more);
  if (!body)
    return std::move(body.error());
  result.body = std::move(*body);
  result.headers = with.http.headers;
  if (!with.body.is_empty())
    result.headers.push_back("Content-Type: " + with.content_type);
  result.headers.push_back("Idempotency-Key: " + idempotency_key(x));
  result.access = with.http.access;
  if (!with.has_basic_login)
    result.access.username.clear();
  return gateway_request{std::move(result)};
}

} // namespace

caf::expected<sender> make_sms(const handler_options& options,
                               const secret_source& secrets) {
  option_reader in{"sms", options, secrets};
  auto with = std::make_shared<settings>(read(in));
  if (auto error = in.finish())
    return error;
  return sender{[with](const delivery& x) { return render(*with, x); },
                [with](const gateway_answer& x) {
                  return judge(x, with->http.success, with->http.hide);
                },
                with->http.access.timeout};
}

} // namespace troupe
