// The requests that records become, byte by byte: whoever is at the other end
// relies on them.
#include <algorithm>

#include "actors/handlers/email.hpp"
#include "actors/handlers/sms.hpp"
#include "actors/handlers/webhook.hpp"
#include "actors/protocol/errors.hpp"
#include "tests/actors/handlers/record.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::tests;

namespace {

using maker = caf::expected<sender> (*)(const handler_options&,
                                        const secret_source&);

template <class Request>
Request rendered(maker make, const handler_options& options,
                 const delivery& x) {
  auto made = make(options, some_secrets());
  if (!made)
    FAIL(what(made.error()));
  auto request = made->render(x);
  if (!request)
    FAIL(what(request.error()));
  return std::get<Request>(*request);
}

std::string refusal(maker make, const handler_options& options) {
  auto made = make(options, some_secrets());
  return made ? "" : what(made.error());
}

std::string rejection(maker make, const handler_options& options,
                      const delivery& x) {
  auto made = make(options, some_secrets());
  REQUIRE(made);
  auto request = made->render(x);
  return request ? "" : what(request.error());
}

bool has(const std::vector<std::string>& xs, const std::string& x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

const bytes message{
  R"({"to": "+4930", "text": "2 f\u00fcr 1 & more", "subject": "Gr\u00fc"})"};

} // namespace

TEST_CASE("sms: as Kannel wants it, unless told otherwise") {
  auto x = rendered<http_request>(
    make_sms,
    {{"username", "shop"}, {"password_env", "PASSWORD"}, {"from", "Shop"}},
    a_record(message));
  CHECK(x.method == "GET");
  CHECK(x.url
        == "http://127.0.0.1:13013/cgi-bin/sendsms?username=shop"
           "&password=p%26ss&from=Shop&to=%2B4930"
           "&text=2%20f%C3%BCr%201%20%26%20more&charset=UTF-8&coding=0");
  CHECK(x.body.empty());
  CHECK(has(x.headers, "Idempotency-Key: messages/2/20"));
  // Both are in the URL already.
  CHECK(x.access.username.empty());
}

TEST_CASE("sms: what has no place among 7 bits goes as UCS-2") {
  auto coding = [](const char* text) {
    auto url = rendered<http_request>(
                 make_sms, {},
                 a_record(bytes{std::string{R"({"to": "1", "text": ")"} + text
                                + R"("})"}))
                 .url;
    return url.back();
  };
  CHECK(coding("") == '0');
  CHECK(coding("Hello [you] {and} me\u20ac \u00e0 \u0394") == '0');
  CHECK(coding("caf\u00ea") == '2');
  CHECK(coding("\u4f60\u597d") == '2');
  CHECK(coding("\U0001F600") == '2');
}

TEST_CASE("sms: other services, by a form with a login, or by JSON") {
  auto form =
    rendered<http_request>(make_sms,
                           {{"url", "https://sms.example/{username}/Messages"},
                            {"method", "POST"},
                            {"body", "To={to}&From={from}&Body={text}"},
                            {"login", "basic"},
                            {"username", "AC1"},
                            {"password_file", "/etc/password"},
                            {"from", "+1"},
                            {"text", "{key}: {value.text}"}},
                           a_record(message));
  CHECK(form.url == "https://sms.example/AC1/Messages");
  CHECK(form.body
        == "To=%2B4930&From=%2B1&Body=anna%3A%202%20f%C3%BCr%201%20%26%20more");
  CHECK(has(form.headers, "Content-Type: application/x-www-form-urlencoded"));
  CHECK(form.access.username == "AC1");
  CHECK(form.access.password == "p&ss");

  auto json = rendered<http_request>(
    make_sms,
    {{"url", "https://sms.example/send"},
     {"method", "POST"},
     {"headers", "X-Tenant: 7\nX-Other: a b"},
     {"content_type", "application/json"},
     {"body", R"({{"to": "{to}", "text": "{text}"}})"}},
    a_record(bytes{R"({"to": "1", "text": "say \"hi\""})"}));
  CHECK(json.body == R"({"to": "1", "text": "say \"hi\""})");
  CHECK(has(json.headers, "X-Tenant: 7"));
  CHECK(has(json.headers, "X-Other: a b"));
}

TEST_CASE("email: a message that is one, in UTF-8") {
  auto x = rendered<mail>(make_email,
                          {{"server", "smtps://mail.example:465"},
                           {"username", "shop"},
                           {"password_env", "PASSWORD"},
                           {"from", "B\xc3\xbc"
                                    "cher <shop@example.org>"},
                           {"to", "{value.to}@example.org, b@example.org"}},
                          a_record(bytes{
                            R"({"to": "anna", "text": "hello", "subject":
                                "Gr\u00fc\u00dfe"})"}));
  CHECK(x.server == "smtps://mail.example:465");
  CHECK(x.from == "shop@example.org");
  CHECK(x.to == std::vector<std::string>{"anna@example.org", "b@example.org"});
  CHECK(x.content
        == "From: =?UTF-8?B?QsO8Y2hlcg==?= <shop@example.org>\r\n"
           "To: anna@example.org,\r\n b@example.org\r\n"
           "Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n"
           "Date: Thu, 01 Jan 2026 00:00:01 +0000\r\n"
           "Message-ID: <messages.2.20@example.org>\r\n"
           "MIME-Version: 1.0\r\n"
           "Content-Type: text/plain; charset=UTF-8\r\n"
           "Content-Transfer-Encoding: base64\r\n\r\n"
           "aGVsbG8=\r\n");
}

TEST_CASE("email: nothing in a record becomes a header or a recipient") {
  handler_options options{{"from", "shop@example.org"}};
  auto hostile = [](const std::string& to, const std::string& subject) {
    return a_record(bytes{R"({"to": ")" + to + R"(", "subject": ")" + subject
                          + R"(", "text": "x"})"});
  };
  auto x = rendered<mail>(make_email, options,
                          hostile("a@b.c", R"(hi\r\nBcc: d@e.f)"));
  CHECK(x.content.find("\nBcc:") == std::string::npos);
  for (const auto* to :
       {"", "nobody", "a@b.c>\\r\\nRCPT TO:<d@e.f", "a b@c.d", "@b.c", "a@"}) {
    INFO(to);
    CHECK(rejection(make_email, options, hostile(to, "s"))
            .find("names nobody to send to")
          != std::string::npos);
  }
}

TEST_CASE("email: long subjects are folded between code points") {
  std::string subject;
  for (int i = 0; i < 60; ++i)
    subject += "\xc3\xbc";
  auto text = mail_header_text(subject);
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
  for (size_t begin = 0; begin < text.size();) {
    auto end = std::min(text.find("\r\n", begin), text.size());
    CHECK(end - begin <= 76);
    begin = end + 2;
  }
  CHECK(mail_header_text("plain") == "plain");
  CHECK(mail_date(0) == "Thu, 01 Jan 1970 00:00:00 +0000");
}

TEST_CASE("webhook: JSON, signed") {
  auto record = a_record(bytes{"hello"});
  auto x = rendered<http_request>(
    make_webhook,
    {{"url", "https://example.org/hook"}, {"secret_env", "PASSWORD"}}, record);
  CHECK(x.method == "POST");
  CHECK(x.body
        == R"({"id":"messages/2/20","topic":"messages","partition":2,)"
           R"("offset":20,"timestamp_ms":1767225601000,"attempt":1,)"
           R"("key":"anna","value":"hello",)"
           R"("headers":[{"key":"lang","value":"de"}]})");
  CHECK(has(x.headers, "Idempotency-Key: messages/2/20"));
  CHECK(has(x.headers, "Content-Type: application/json"));
  CHECK(
    has(x.headers, "Troupe-Signature: " + webhook_signature("p&ss", x.body)));
  // RFC 4231, test case 2.
  CHECK(webhook_signature("Jefe", "what do ya want for nothing?")
        == "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec"
           "3843");
}

TEST_CASE("webhook: what is no text, or is not there") {
  auto x = a_record(bytes{"\xff\x01"}, bytes{});
  auto body = webhook_body(x);
  CHECK(body.find(R"("key":null,"value_base64":"/wE=")") != std::string::npos);
}

TEST_CASE("senders: how long they wait is known") {
  using namespace std::chrono_literals;
  CHECK(make_sms({{"timeout", "7s"}}, some_secrets())->timeout
        == caf::timespan{7s});
  CHECK(make_email({{"from", "a@b.c"}}, some_secrets())->timeout
        == caf::timespan{10s});
  CHECK(make_webhook({{"url", "http://x"}, {"timeout", "1m"}}, some_secrets())
          ->timeout
        == caf::timespan{1min});
}

TEST_CASE("senders: options that cannot be are named, with what to do") {
  struct row {
    maker make;
    handler_options options;
    const char* why;
  };
  for (const auto& r : {
         row{make_sms, {{"password", "x"}}, "a secret does not stand in"},
         row{make_sms, {{"password_env", "NONE"}}, "there is no NONE"},
         row{make_sms,
             {{"password_env", "PASSWORD"}, {"password_file", "/etc/password"}},
             "one of them"},
         row{make_sms, {{"tex", "x"}}, "has no option 'tex'; did you mean"},
         row{make_sms, {{"text", "{nothing}"}}, "option 'text'"},
         row{make_sms, {{"url", "ftp://x"}}, "expected http:// or https://"},
         row{make_sms, {{"method", "get"}}, "expected one of GET, POST, PUT"},
         row{make_sms, {{"body", "To={to}"}}, "option 'body': a GET has none"},
         row{make_sms, {{"success", "20"}}, "expected 2xx, or statuses"},
         row{make_sms, {{"timeout", "0s"}}, "expected a duration"},
         row{make_sms, {{"headers", "none"}}, "expected Name: value"},
         row{make_email, {}, "option 'from': is missing"},
         row{make_email, {{"from", "me"}}, "is no address"},
         row{make_email,
             {{"from", "a@b.c"}, {"server", "mail.example"}},
             "expected smtp://"},
         row{make_email,
             {{"from", "a@b.c"},
              {"server", "smtp://mail.example"},
              {"tls", "none"},
              {"username", "u"}},
             "through TLS only"},
         row{make_email,
             {{"from", "a@b.c"},
              {"server", "smtp://127.0.0.1.example.org:25"},
              {"tls", "none"},
              {"username", "u"}},
             "through TLS only"},
         row{make_webhook, {}, "option 'url': is missing"},
         row{make_webhook, {{"url", "example.org"}}, "expected http://"},
       }) {
    INFO(r.why);
    CHECK(refusal(r.make, r.options).find(r.why) != std::string::npos);
  }
  for (const auto* method : {"POST", "PUT"})
    CHECK(refusal(make_sms, {{"body", "To={to}"}, {"method", method}}).empty());
  for (const auto* server :
       {"smtp://127.0.0.1:2525", "smtp://localhost", "smtp://[::1]:25"})
    CHECK(refusal(make_email, {{"from", "a@b.c"},
                               {"server", server},
                               {"tls", "none"},
                               {"username", "u"}})
            .empty());
}
