// A mail server can say no at each step. To the mail: that is the record's
// fault; before it: no mail would fare better, and none is to be given up.
#include <map>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include "actors/handlers/verdict.hpp"
#include "runtime/gateway/curl_gateway.hpp"
#include "tests/catch.hpp"
#include "tests/runtime/gateway/tcp_stub.hpp"

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

/// What is said in place of yes; by the command, "" for the greeting, "." for
/// the end of a mail.
using refusals = std::map<std::string, std::string>;

std::string yes_to(const std::string& command) {
  if (command == "")
    return "220 ready";
  if (command == "EHLO")
    return "250-here\r\n250 AUTH PLAIN";
  if (command == "AUTH")
    return "235 welcome";
  if (command == "DATA")
    return "354 go on";
  return "250 ok";
}

/// Empty: it hangs up.
std::string answer_to(const std::string& command, const refusals& no) {
  auto i = no.find(command);
  return i == no.end() ? yes_to(command) : i->second;
}

void serve_mail(tcp_stub::connection& x, const refusals& no) {
  x.write(answer_to("", no) + "\r\n");
  std::string input;
  auto is_login = false;
  auto is_data = false;
  while (x.read(input))
    for (size_t end; (end = input.find("\r\n")) != input.npos;) {
      auto line = input.substr(0, end);
      input.erase(0, end + 2);
      if (is_data && line != ".")
        continue;
      auto command = is_login ? "AUTH" : line.substr(0, line.find(' '));
      // The password comes when it is asked for.
      is_login = command == "AUTH" && !is_login;
      auto answer = is_login ? "334 " : answer_to(command, no);
      if (answer.empty())
        return;
      is_data = answer.starts_with("354");
      x.write(answer + "\r\n");
    }
}

gateway_answer answer_of(const refusals& no) {
  tcp_stub server{[&](auto& x) { serve_mail(x, no); }};
  caf::actor_system_config config;
  caf::actor_system system{config};
  mail x;
  x.server = "smtp://127.0.0.1:" + std::to_string(server.port());
  x.wants_tls = false;
  x.from = "shop@example.org";
  x.to = {"anna@example.org"};
  x.content = "Subject: s\r\n\r\nhello\r\n";
  x.access.username = "shop";
  x.access.password = "secret";
  x.access.timeout = x.access.connect_timeout = 10s;
  auto gateway = spawn_curl_gateway(system);
  caf::scoped_actor self{system};
  gateway_answer result;
  self->request(gateway, 30s, post_atom_v, x)
    .receive([&](gateway_answer& y) { result = std::move(y); },
             [&](caf::error& why) { FAIL(what(why)); });
  return result;
}

} // namespace

TEST_CASE("mail: whose fault it is depends on what the server says no to") {
  struct row {
    const char* name;
    refusals no;
    int32_t code;
    ec meaning;
  };
  for (const auto& r : {
         row{"it is taken", {}, 250, ec::none},
         row{"a greeting",
             {{"", "554 no service here"}},
             0,
             ec::gateway_unavailable},
         row{"busy", {{"", "421 later"}}, 0, ec::gateway_unavailable},
         row{"it knows neither way to begin",
             {{"EHLO", "502 what"}, {"HELO", "502 what"}},
             0,
             ec::gateway_unavailable},
         row{"a login", {{"AUTH", "550 not you"}}, 0, ec::gateway_unavailable},
         row{"a login, as it should say so",
             {{"AUTH", "535 not you"}},
             0,
             ec::gateway_unavailable},
         row{"the sender", {{"MAIL", "550 no"}}, 550, ec::record_rejected},
         row{"the recipient", {{"RCPT", "550 no"}}, 550, ec::record_rejected},
         row{"the recipient, for now",
             {{"RCPT", "450 later"}},
             450,
             ec::handler_failed},
         row{"data", {{"DATA", "554 no"}}, 554, ec::record_rejected},
         row{"the mail", {{".", "552 too large"}}, 552, ec::record_rejected},
         row{"the mail, for now",
             {{".", "451 later"}},
             451,
             ec::gateway_unavailable},
         row{"it hangs up", {{".", ""}}, 0, ec::gateway_unavailable},
         row{"it hangs up early", {{"RCPT", ""}}, 0, ec::gateway_unavailable},
       }) {
    INFO(r.name);
    auto answer = answer_of(r.no);
    INFO(answer.text);
    CHECK(answer.code == r.code);
    CHECK(code_of(judge_mail(answer)) == r.meaning);
    CHECK(answer.text.find("secret") == std::string::npos);
  }
}

TEST_CASE("mail: what the server said is told") {
  CHECK(answer_of({{"RCPT", "550 5.1.1 nobody"}}).text == "550 5.1.1 nobody");
  auto text = answer_of({{"AUTH", "550 5.7.8 not you"}}).text;
  CHECK(text.starts_with("127.0.0.1:"));
  CHECK(text.ends_with("; it said: 550 5.7.8 not you"));
}
