#include "actors/handlers/webhook.hpp"

#include <array>
#include <memory>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "actors/handlers/base64.hpp"
#include "actors/handlers/http_options.hpp"
#include "actors/protocol/utf8.hpp"

namespace troupe {

namespace {

namespace json = boost::json;

struct settings {
  std::string url;
  std::string secret;
  http_options http;
};

void put(json::object& to, const std::string& name, const bytes& x) {
  if (x.is_null())
    to[name] = nullptr;
  else if (is_utf8(x.view()))
    to[name] = json::string{x.view().data(), x.view().size()};
  else
    to[name + "_base64"] = to_base64(x.view());
}

gateway_request render(const settings& with, const delivery& x) {
  http_request result;
  result.method = "POST";
  result.url = with.url;
  result.body = webhook_body(x);
  result.headers = with.http.headers;
  result.headers.push_back("Content-Type: application/json");
  result.headers.push_back("Idempotency-Key: " + idempotency_key(x));
  if (!with.secret.empty())
    result.headers.push_back("Troupe-Signature: "
                             + webhook_signature(with.secret, result.body));
  result.access = with.http.access;
  return result;
}

} // namespace

std::string webhook_body(const delivery& x) {
  json::object result{{"id", idempotency_key(x)},
                      {"topic", x.topic},
                      {"partition", x.id.partition},
                      {"offset", x.offset},
                      {"timestamp_ms", x.content.timestamp_ms},
                      {"attempt", x.attempt}};
  put(result, "key", x.content.key);
  put(result, "value", x.content.value);
  json::array headers;
  for (const auto& each : x.content.headers) {
    json::object header{{"key", valid_utf8(each.name)}};
    put(header, "value", each.value);
    headers.push_back(std::move(header));
  }
  result["headers"] = std::move(headers);
  return json::serialize(result);
}

std::string webhook_signature(std::string_view secret, std::string_view body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(),
       digest.data(), &size);
  std::string result = "sha256=";
  for (unsigned int i = 0; i < size; ++i)
    result += fmt::format("{:02x}", digest[i]);
  return result;
}

caf::expected<sender> make_webhook(const handler_options& options,
                                   const secret_source& secrets) {
  option_reader in{"webhook", options, secrets};
  auto with = std::make_shared<settings>();
  with->url = in.required("url", "such as https://example.org/hook");
  check_url(in, "url", with->url);
  with->secret = in.secret("secret");
  with->http = read_http_options(in);
  if (auto error = in.finish())
    return error;
  return sender{[with](const delivery& x) { return render(*with, x); },
                [with](const gateway_answer& x) {
                  return judge(x, with->http.success, with->http.hide);
                },
                with->http.access.timeout};
}

} // namespace troupe
