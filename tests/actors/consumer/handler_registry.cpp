// JSON names handlers: a name that is mistyped must be answered with the one
// that was meant.
#include "actors/consumer/handler.hpp"

#include "tests/catch.hpp"

using namespace troupe;

namespace {

caf::error nothing(const delivery&) {
  return caf::none;
}

handler_registry registry() {
  handler_registry result;
  result.add("print", nothing);
  result.add("sms", nothing);
  result.add_actor("webhook",
                   [](caf::actor_system&) { return handler_actor{}; });
  result.add_factory(
    "email", [](const handler_options& x) -> caf::expected<handler> {
      if (!x.contains("to"))
        return make_error(ec::invalid_argument, "email: 'to' is missing");
      return handler{nothing, nullptr};
    });
  return result;
}

} // namespace

TEST_CASE("a handler is made by its name, as function or as actor") {
  auto all = registry();
  CHECK(all.names()
        == std::vector<std::string>{"email", "print", "sms", "webhook"});
  auto print = all.make("print", {});
  REQUIRE(print);
  CHECK(print->function);
  CHECK_FALSE(print->spawner);
  auto webhook = all.make("webhook", {});
  REQUIRE(webhook);
  CHECK_FALSE(webhook->function);
  CHECK(webhook->spawner);
}

TEST_CASE("a factory says what is wrong with its options") {
  auto all = registry();
  CHECK(what(all.make("email", {}).error())
        == "invalid_argument: email: 'to' is missing");
  CHECK(all.make("email", {{"to", "x@example.org"}}));
  CHECK(what(all.make("sms", {{"tow", "1"}}).error())
        == "invalid_argument: handler 'sms' has no option 'tow'");
}

TEST_CASE(
  "a handler gives a record up before its consumer does, or is refused") {
  using namespace std::chrono_literals;
  handler_registry all;
  all.add("function", nothing);
  all.add_factory("slow", [](const handler_options&) {
    return caf::expected<handler>{handler{nothing, nullptr, 10s}};
  });
  consumer_settings x;
  x.handler_timeout = 10ms;
  x.handler = "function";
  CHECK(all.make(x));
  x.handler = "unheard";
  CHECK(code_of(all.make(x).error()) == ec::unknown_handler);
  x.handler = "slow";
  x.handler_timeout = 10'001ms;
  CHECK(all.make(x));
  for (auto less : {10s, 1s}) {
    x.handler_timeout = less;
    CHECK(what(all.make(x).error())
          == "invalid_argument: handler 'slow', option 'timeout': expected "
             "less than the consumer's handler_timeout, which is "
               + std::to_string(std::chrono::milliseconds{less}.count())
               + " ms, found 10000 ms");
  }
}

TEST_CASE("an unknown name is answered with the nearest and with all") {
  auto all = registry();
  struct row {
    const char* asked;
    const char* nearest;
  };
  auto r = GENERATE(row{"prnt", "print"}, row{"SMS", "sms"},
                    row{"e-mail", "email"}, row{"web_hook", "webhook"});
  auto made = all.make(r.asked, {});
  REQUIRE_FALSE(made);
  CHECK(code_of(made.error()) == ec::unknown_handler);
  CHECK(what(made.error())
        == "unknown_handler: '" + std::string{r.asked} + "': did you mean '"
             + r.nearest + "'? Registered: email, print, sms, webhook");
  CHECK(what(handler_registry{}.make("x", {}).error())
        == "unknown_handler: 'x': no handler is registered");
}
