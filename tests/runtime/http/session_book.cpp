// Who may change things from a browser.
#include "runtime/http/session_book.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::http;
using namespace std::chrono_literals;

namespace {

constexpr const char* token = "0123456789abcdef";

struct booth {
  explicit booth(std::string secret = token)
    : book(std::move(secret), [this] { return std::to_string(++ids); }) {
    // nop
  }

  session_book::time at(std::chrono::seconds x) const {
    return session_book::time{} + x;
  }

  int ids = 0;
  session_book book;
};

} // namespace

TEST_CASE("sessions: who shows the token has one, for a while") {
  booth x;
  auto made = x.book.sign_in(token, x.at(0s));
  REQUIRE(made);
  CHECK(made->id != made->csrf);
  CHECK(x.book.find(made->id, x.at(1s))->csrf == made->csrf);
  CHECK_FALSE(x.book.find(made->csrf, x.at(1s)));
  CHECK_FALSE(x.book.find("", x.at(1s)));
  CHECK(x.book.find(made->id, x.at(session_book::lifetime - 1s)));
  CHECK_FALSE(x.book.find(made->id, x.at(session_book::lifetime)));
  x.book.sign_out(made->id);
  CHECK_FALSE(x.book.find(made->id, x.at(1s)));
}

TEST_CASE("sessions: nobody gets in with anything else") {
  booth x;
  for (const auto* wrong : {"", "0123456789abcdeF", "0123456789abcdef0"}) {
    auto refused = x.book.sign_in(wrong, x.at(0s));
    REQUIRE_FALSE(refused);
    CHECK(code_of(refused.error()) == ec::not_allowed);
  }
  booth none{""};
  CHECK_FALSE(none.book.has_token());
  CHECK_FALSE(none.book.sign_in("", none.at(0s)));
}

TEST_CASE("sessions: after too many wrong tokens nobody may try for a minute") {
  booth x;
  for (size_t i = 0; i < session_book::failures_max; ++i)
    CHECK(code_of(x.book.sign_in("guess", x.at(0s)).error())
          == ec::not_allowed);
  CHECK(code_of(x.book.sign_in(token, x.at(59s)).error()) == ec::queue_full);
  CHECK(x.book.sign_in(token, x.at(60s)));
}

TEST_CASE("sessions: there are so many at most; the oldest one goes") {
  booth x;
  auto first = x.book.sign_in(token, x.at(0s))->id;
  std::string last;
  for (size_t i = 0; i < session_book::sessions_max; ++i)
    last = x.book.sign_in(token, x.at(1s))->id;
  CHECK_FALSE(x.book.find(first, x.at(1s)));
  CHECK(x.book.find(last, x.at(1s)));
}

TEST_CASE("sessions: random tokens differ, and are 64 digits long") {
  CHECK(random_token().size() == 64);
  CHECK(random_token() != random_token());
}
