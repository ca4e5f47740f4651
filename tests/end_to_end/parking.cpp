// The order of a key through a failure that lasts, a node that is killed, and
// the way back: seen at the far end of a webhook.
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <optional>

#include <boost/json/parse.hpp>

#include "tests/end_to_end/machine.hpp"
#include "tests/runtime/gateway/http_stub.hpp"

using namespace troupe::testing;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

using texts = std::vector<std::string>;

json::value body_of(const std::string& request) {
  return json::parse(request.substr(request.find("\r\n\r\n") + 4));
}

struct shop {
  shop()
    : hook([this](const std::string& request) {
        auto value = body_of(request).at("value").as_string();
        auto is_bad = std::string_view{value}.ends_with("!");
        return http_answer(is_bad && fails ? 422 : 200, "");
      }) {
    node.emplace(fmt::format(
      R"({{"coordination": {{"shards": 4}},
           "topics": [{{"name": "orders", "partitions": 2}}],
           "consumers": [
             {{"group": "G", "topics": ["orders"], "count": 2,
               "start": "earliest", "handler": "webhook",
               "on_failure": "park", "retry_backoff_max": "1s",
               "options": {{"url": "{}"}}}}]}})",
      hook.url("/hook")));
    node->start();
  }

  void post(const std::string& lines) {
    node->ok({"produce", "orders", "-k", "=", "-p", "0"}, lines);
  }

  /// Values of a key as they came, each at its last time.
  texts came(const std::string& key) const {
    texts result;
    for (const auto& request : hook.requests()) {
      auto body = body_of(request);
      if (body.at("key") != json::value(key.c_str()))
        continue;
      auto value = std::string{body.at("value").as_string()};
      std::erase(result, value);
      result.push_back(value);
    }
    return result;
  }

  bool comes_to(const std::string& key, const texts& expected) const {
    return eventually([&] { return came(key) == expected; }, 60s);
  }

  /// 'key count' of each key.
  texts parked() {
    auto seen = node->run({"dead", "parked", "list", "orders", "G", "--json"});
    texts result;
    if (seen.exit_code != 0)
      return result;
    auto piles = json::parse(seen.out);
    for (const auto& x : piles.as_array())
      result.push_back(fmt::format("{} {}",
                                   std::string{x.at("key").as_string()},
                                   x.at("letters").to_number<int64_t>()));
    return result;
  }

  outcome replay(const args& more) {
    args command{"dead", "parked", "replay", "orders", "G"};
    command.insert(command.end(), more.begin(), more.end());
    return node->run(command);
  }

  std::atomic<bool> fails = true;
  http_stub hook;
  std::optional<machine> node;
};

} // namespace

TEST_CASE("a key is parked, through a kill, until it is brought back in its "
          "order") {
  shop it;
  it.post("a=a0\na=a1!\nb=b2\na=a3\nb=b4\nc=c5!\n");
  REQUIRE(it.comes_to("b", {"b2", "b4"}));
  REQUIRE(eventually([&] { return it.parked() == texts{"a 2", "c 1"}; }, 60s));
  it.node->node->send(SIGKILL);
  it.node->node->wait(10s);
  it.node->start();
  it.post("a=a6\nb=b7\n");
  REQUIRE(it.comes_to("b", {"b2", "b4", "b7"}));
  CHECK(it.parked() == texts{"a 3", "c 1"});
  CHECK(it.came("a") == texts{"a0", "a1!"});
  auto shown = it.node->ok({"dead", "parked", "list", "orders", "G"});
  CHECK(shown.find("422") != std::string::npos);

  // Only told what would be.
  auto preview = it.replay({});
  CHECK(preview.exit_code == 1);
  CHECK(preview.out.find("4 records of 2 keys would go") != std::string::npos);
  // It fails again, for ever: it stays where it is.
  auto early = it.replay({"--key", "a", "--timeout", "2", "--yes"});
  CHECK(early.exit_code == 1);
  INFO(early.err);
  CHECK(early.err.find("1 key stays parked, in order: G handled none of them "
                       "for 2 s")
        != std::string::npos);
  CHECK(it.parked() == texts{"a 3", "c 1"});

  it.fails = false;
  auto one = it.replay({"--key", "a", "--yes"});
  INFO(one.err);
  CHECK(one.exit_code == 0);
  CHECK(it.came("a") == texts{"a0", "a1!", "a3", "a6"});
  CHECK(it.parked() == texts{"c 1"});
  it.post("a=a8\nc=c9\n");
  REQUIRE(it.comes_to("a", {"a0", "a1!", "a3", "a6", "a8"}));
  REQUIRE(eventually([&] { return it.parked() == texts{"c 2"}; }, 60s));

  auto all = it.replay({"--yes", "--json"});
  INFO(all.err);
  CHECK(all.exit_code == 0);
  CHECK(json::parse(all.out).at("replayed") == 2);
  CHECK(it.came("c") == texts{"c5!", "c9"});
  CHECK(it.parked().empty());
  // Nothing is left, and nothing is to be done.
  CHECK(it.node->ok({"consume", "orders.G.parked", "-b", "-e"}).empty());
  CHECK(it.replay({"--yes"}).exit_code == 0);
}

TEST_CASE("without consumers a key stays parked, and the command says so") {
  shop it;
  it.post("a=a0!\n");
  REQUIRE(eventually([&] { return it.parked() == texts{"a 1"}; }, 60s));
  it.node->node->send(SIGTERM);
  it.node->node->wait(60s);
  std::ofstream{it.node->dir.path("node.json")}
    << R"({"coordination": {"shards": 4}})";
  it.node->start();
  auto result = it.replay({"--yes"});
  CHECK(result.exit_code == 1);
  INFO(result.err);
  CHECK(result.err.find("G has no member that takes them")
        != std::string::npos);
  CHECK(it.parked() == texts{"a 1"});
  // Of others there is nothing.
  CHECK(it.node->run({"dead", "parked", "list", "orders", "H"}).exit_code == 3);
}
