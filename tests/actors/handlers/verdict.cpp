// A wrong verdict sends a message twice, or never: each class of answers has
// its own.
#include "actors/handlers/verdict.hpp"

#include "actors/protocol/retry_after.hpp"
#include "tests/catch.hpp"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

struct row {
  int32_t code;
  ec meaning;
};

} // namespace

TEST_CASE("verdict: what an HTTP status means for a record") {
  for (const auto& r : {
         row{200, ec::none},
         row{202, ec::none},
         row{0, ec::gateway_unavailable},
         row{100, ec::gateway_unavailable},
         row{301, ec::gateway_unavailable},
         row{400, ec::record_rejected},
         row{401, ec::gateway_unavailable},
         row{403, ec::gateway_unavailable},
         row{404, ec::gateway_unavailable},
         row{408, ec::gateway_unavailable},
         row{413, ec::record_rejected},
         row{422, ec::record_rejected},
         row{429, ec::gateway_unavailable},
         row{500, ec::handler_failed},
         row{502, ec::gateway_unavailable},
         row{503, ec::gateway_unavailable},
         row{504, ec::gateway_unavailable},
         row{599, ec::handler_failed},
       }) {
    INFO(r.code);
    CHECK(code_of(judge({r.code, -1, ""}, {})) == r.meaning);
  }
}

TEST_CASE("verdict: statuses and a text of one's own") {
  success_rule rule{{200, 409}, "Accepted"};
  CHECK_FALSE(judge({409, -1, "0: Accepted"}, rule));
  CHECK(code_of(judge({200, -1, "queue full"}, rule)) == ec::handler_failed);
  CHECK(code_of(judge({202, -1, "0: Accepted"}, rule)) == ec::handler_failed);
  CHECK(parse_statuses("2xx")->empty());
  CHECK(*parse_statuses("200,409") == std::vector<int32_t>{200, 409});
  for (const auto* text : {"", "2", "200,", "abc", "200 202", "600"})
    CHECK_FALSE(parse_statuses(text));
}

TEST_CASE("verdict: what a mail server's reply means") {
  for (const auto& r : {
         row{250, ec::none},
         row{0, ec::gateway_unavailable},
         row{421, ec::gateway_unavailable},
         row{450, ec::handler_failed},
         row{451, ec::gateway_unavailable},
         row{452, ec::gateway_unavailable},
         row{530, ec::gateway_unavailable},
         row{535, ec::gateway_unavailable},
         row{550, ec::record_rejected},
         row{554, ec::record_rejected},
       }) {
    INFO(r.code);
    CHECK(code_of(judge_mail({r.code, -1, ""})) == r.meaning);
  }
}

TEST_CASE("verdict: the gateway's wish to be left alone, and its words") {
  auto busy = judge({503, 7000, "later\nplease"}, {});
  CHECK(retry_after(busy) == caf::timespan{7s});
  CHECK(what(busy) == "gateway_unavailable: it answered 503: later\\nplease");
  CHECK_FALSE(retry_after(judge({503, -1, ""}, {})));
  CHECK(what(judge({503, -1, ""}, {}))
        == "gateway_unavailable: it answered 503");
}
