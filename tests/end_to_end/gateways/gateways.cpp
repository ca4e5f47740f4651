// What the two groups are for: each record is a short message and a mail, by
// gateways that are real, and that are away now and then; what arrives is
// counted at the far end.
#include <signal.h>
#include <sys/stat.h>

#include <map>
#include <optional>
#include <set>

#include <boost/json/parse.hpp>

#include "tests/end_to_end/gateways/mail_server.hpp"
#include "tests/end_to_end/gateways/sms_centre.hpp"
#include "tests/end_to_end/machine.hpp"

using namespace troupe::testing;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

struct shop {
  shop() : sms(dir.path()), mails(dir.path()) {
    sms.start();
    mails.start();
    auto secret = dir.path("password");
    std::ofstream{secret} << sms_centre::password << "\n";
    ::chmod(secret.c_str(), 0600);
    node.emplace(fmt::format(
      R"({{"coordination": {{"shards": 4}},
           "topics": [{{"name": "messages", "partitions": 3}}],
           "consumers": [
             {{"group": "SMSGroup", "topics": ["messages"], "count": 2,
               "start": "earliest", "handler": "sms", "on_failure": "dead",
               "circuit_pause": "1s", "retry_backoff_max": "1s",
               "options": {{"gateway": "{}", "username": "{}",
                            "password_file": "{}", "from": "Shop"}}}},
             {{"group": "EmailGroup", "topics": ["messages"], "count": 2,
               "start": "earliest", "handler": "email", "on_failure": "dead",
               "circuit_pause": "1s", "retry_backoff_max": "1s",
               "options": {{"server": "{}", "tls": "none",
                            "from": "Shop <shop@example.org>",
                            "to": "{{value.email}}"}}}}]}})",
      sms.url(), sms_centre::user, secret, mails.url()));
    node->start();
    sms_member = fmt::format(
      R"({{"connect": ["127.0.0.1:{}"], "consumers": [
            {{"group": "SMSGroup", "topics": ["messages"],
              "start": "earliest", "handler": "sms", "on_failure": "dead",
              "circuit_pause": "1s", "retry_backoff_max": "1s",
              "options": {{"gateway": "{}", "username": "{}",
                           "password_file": "{}", "from": "Shop"}}}}]}})",
      node->port, sms.url(), sms_centre::user, secret);
  }

  /// One more member of the SMS group, in a process of its own, that has
  /// partitions when this returns.
  std::unique_ptr<process> start_member() {
    auto file = dir.path("worker.json");
    std::ofstream{file} << sms_member;
    auto result = std::make_unique<process>(
      dir.path(), "worker", TROUPE_PROGRAM, args{"worker", "--config", file});
    REQUIRE(eventually(
      [&] {
        auto seen = node->ok({"group", "describe", "SMSGroup", "--json"});
        auto about = json::parse(seen);
        return about.at("state").as_string() == "stable"
               && about.at("members").as_array().size() == 3;
      },
      60s));
    return result;
  }

  void post(int from, int to) {
    std::string lines;
    for (int i = from; i < to; ++i)
      lines +=
        fmt::format(R"({{"to": "+4930{0}", "text": "Gr\u00fc\u00dfe {0}", )"
                    R"("email": "c{0}@example.org", )"
                    R"("subject": "Best\u00e4tigung {0}"}})"
                    "\n",
                    i);
    node->ok({"produce", "messages"}, lines);
  }

  /// How often each came, at most.
  template <class T>
  static int most(const std::map<T, int>& xs) {
    int result = 0;
    for (const auto& [x, count] : xs)
      result = std::max(result, count);
    return result;
  }

  std::map<std::string, int> texts() const {
    std::map<std::string, int> result;
    for (const auto& x : sms.received())
      ++result[x.to + " " + x.text];
    return result;
  }

  std::map<std::string, int> letters() const {
    std::map<std::string, int> result;
    for (const auto& x : mails.received())
      ++result[x.to + " " + x.text];
    return result;
  }

  bool have_all(int count) const {
    return texts().size() == static_cast<size_t>(count)
           && letters().size() == static_cast<size_t>(count);
  }

  troupe::scratch_directory dir;
  sms_centre sms;
  mail_server mails;
  std::optional<machine> node;
  std::string sms_member;
};

int repeated(const std::map<std::string, int>& xs) {
  int result = 0;
  for (const auto& [x, count] : xs)
    result += count - 1;
  return result;
}

} // namespace

TEST_CASE("each record is a message and a mail; kills and outages lose none") {
  shop it;
  it.post(0, 60);
  REQUIRE(eventually([&] { return !it.texts().empty(); }, 60s));
  // A consumer is killed...
  auto member = it.start_member();
  it.post(160, 200);
  member->send(SIGKILL);
  member->wait(10s);
  // ... and the node, with records on their way, to both gateways.
  it.node->node->send(SIGKILL);
  it.node->node->wait(10s);
  it.node->start();
  it.post(60, 120);
  // Nobody is there to take them; then there is again.
  it.sms.stop_interface();
  it.mails.stop();
  it.post(120, 160);
  CHECK(eventually(
    [&] {
      auto seen = it.node->ok({"status", "--json"});
      return seen.find("gateway_unavailable") != std::string::npos;
    },
    30s));
  it.sms.start_again();
  it.mails.start();
  INFO(it.node->node->err());
  INFO(it.sms.said());
  REQUIRE(eventually([&] { return it.have_all(200); }, 120s));
  CHECK(it.texts().contains("+49307 Gr\xc3\xbc\xc3\x9f"
                            "e 7"));
  CHECK(it.letters().contains("c7@example.org Gr\xc3\xbc\xc3\x9f"
                              "e 7"));
  // A kill repeats what was on its way, one of each partition at most; a mail
  // that was taken and not answered, the same.
  CHECK(repeated(it.texts()) <= 3 * 3);
  CHECK(repeated(it.letters()) <= 2 * 3);
  CHECK(shop::most(it.texts()) <= 4);
  // A mail that comes twice has the same id twice.
  std::set<std::string> ids;
  for (const auto& x : it.mails.received())
    ids.insert(x.id);
  CHECK(ids.size() == 200);
  CHECK(it.node->ok({"dead", "list"}).find("no group has dead letters")
        != std::string::npos);
}

TEST_CASE("a record that a group cannot do is a dead letter of that group, and "
          "comes back when asked for") {
  shop it;
  it.node->ok({"produce", "messages"},
              "{\"email\": \"c0@example.org\", \"text\": \"no number\", "
              "\"subject\": \"s\"}\n");
  it.post(1, 4);
  REQUIRE(eventually(
    [&] { return it.texts().size() == 3 && it.letters().size() == 4; }, 60s));
  auto letters_of = [&] {
    return json::parse(
             it.node->ok({"dead", "list", "messages", "SMSGroup", "--json"}))
      .as_array();
  };
  REQUIRE(eventually(
    [&] {
      return it.node->run({"dead", "list", "messages", "SMSGroup"}).exit_code
             == 0;
    },
    30s));
  auto letters = letters_of();
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].at("topic") == "messages");
  CHECK(letters[0].at("attempts") == 1);
  CHECK(letters[0].at("reason").as_string().find("has no field 'to'")
        != std::string::npos);
  auto shown = it.node->ok({"dead", "show", "messages", "SMSGroup", "0"});
  CHECK(shown.find("no number") != std::string::npos);

  CHECK(it.node->run({"dead", "replay", "messages", "SMSGroup"}).exit_code
        == 1);
  it.node->ok({"dead", "replay", "messages", "SMSGroup", "--yes"});
  // It fares no better, and is on the list again.
  REQUIRE(eventually(
    [&] {
      auto now = letters_of();
      return now.size() == 1 && now[0].at("letter") == 1;
    },
    30s));
  CHECK(letters_of()[0].at("offset") == letters[0].at("offset"));
  // The other group got nothing again.
  CHECK(it.letters().size() == 4);
  CHECK(repeated(it.letters()) == 0);
}
