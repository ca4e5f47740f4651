// What a gateway says ends in logs, on pages and in dead letters, where
// everybody reads it; and gateways quote what they were sent.
#include "actors/handlers/redaction.hpp"

#include "actors/handlers/base64.hpp"
#include "actors/handlers/email.hpp"
#include "actors/handlers/sms.hpp"
#include "actors/handlers/webhook.hpp"
#include "tests/actors/handlers/record.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::tests;

TEST_CASE("redaction: a secret goes in whatever form it stands there") {
  redaction hide;
  hide.add("p& s/\"<1>");
  hide.add_login("shop", "p& s/\"<1>");
  struct row {
    std::string said;
    const char* shown;
  };
  for (const auto& r : {
         row{"", ""},
         row{"nothing of it", "nothing of it"},
         row{"as it is: p& s/\"<1>!", "as it is: ***!"},
         row{"p& s/\"<1>p& s/\"<1>", "******"},
         row{"/send?password=p%26%20s%2F%22%3C1%3E&to=1",
             "/send?password=***&to=1"},
         row{"in small: p%26%20s%2f%22%3c1%3e", "in small: ***"},
         row{"a form: p%26+s%2F%22%3C1%3E", "a form: ***"},
         row{R"({"password": "p& s/\"<1>"})", R"({"password": "***"})"},
         row{"<b>p&amp; s/&quot;&lt;1&gt;</b>", "<b>***</b>"},
         row{"Basic " + to_base64("shop:p& s/\"<1>"), "Basic ***"},
         row{"AUTH PLAIN " + to_base64(std::string("\0shop\0p& s/\"<1>", 15)),
             "AUTH PLAIN ***"},
         row{to_base64("p& s/\"<1>"), "***"},
       })
    CHECK(hide(r.said) == r.shown);
}

TEST_CASE("redaction: of several the longest, and none at all") {
  redaction hide;
  CHECK(hide("text") == "text");
  hide.add("");
  hide.add_login("shop", "");
  CHECK(hide("text shop:") == "text shop:");
  hide.add("ab");
  hide.add("abcd");
  CHECK(hide("abcd abc") == "*** ***c");
}

TEST_CASE("senders: what a gateway says is shown without their secrets") {
  using maker =
    caf::expected<sender> (*)(const handler_options&, const secret_source&);
  struct row {
    maker make;
    handler_options options;
    int32_t code;
    std::string said;
    const char* shown;
  };
  for (const auto& r : {
         row{make_sms,
             {{"username", "u"}, {"password_env", "PASSWORD"}},
             400,
             "no such number in /sendsms?password=p%26ss",
             "record_rejected: it answered 400: no such number in "
             "/sendsms?password=***"},
         row{make_sms,
             {{"username", "u"},
              {"password_env", "PASSWORD"},
              {"login", "basic"}},
             500,
             "Authorization: Basic " + to_base64("u:p&ss"),
             "handler_failed: it answered 500: Authorization: Basic ***"},
         row{make_webhook,
             {{"url", "http://x"}, {"secret_file", "/etc/password"}},
             0,
             "p&ss",
             "gateway_unavailable: ***"},
         row{
           make_email,
           {{"from", "a@b.c"}, {"username", "u"}, {"password_env", "PASSWORD"}},
           535,
           "535 p&ss is wrong",
           "gateway_unavailable: it answered 535: 535 *** is wrong"},
       }) {
    auto made = r.make(r.options, some_secrets());
    REQUIRE(made);
    CHECK(what(made->judge({r.code, -1, r.said})) == r.shown);
  }
  // Cut off, too: no half of it is left.
  auto made = make_sms({{"password_env", "PASSWORD"}}, some_secrets());
  auto said = what(made->judge({400, -1, std::string(198, 'x') + "p&ss"}));
  CHECK(said.find("p&") == std::string::npos);
  // Whether it was taken is told by all that it says.
  made = make_sms({{"password_env", "PASSWORD"}, {"success_text", "p&ss"}},
                  some_secrets());
  CHECK_FALSE(made->judge({200, -1, "p&ss"}));
}
