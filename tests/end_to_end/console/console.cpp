// The console as people use it, in a real browser, and the metrics as
// Prometheus takes them.
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <httplib.h>

#include "tests/end_to_end/console/browser.hpp"
#include "tests/end_to_end/machine.hpp"
#include "tests/source_tree.hpp"

using namespace troupe::testing;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr const char* token = "0123456789abcdef0123456789abcdef";

/// A node with two groups: one prints, the other one mails, to those records
/// that say where to; its mail server is not there.
struct office {
  office() {
    auto secret = dir.path("token");
    std::ofstream{secret} << token << "\n";
    ::chmod(secret.c_str(), 0600);
    node.emplace(fmt::format(
      R"({{"coordination": {{"shards": 4}},
           "http": {{"address": "127.0.0.1:{}", "token_file": "{}"}},
           "topics": [{{"name": "messages", "partitions": 3}}],
           "consumers": [
             {{"group": "SMSGroup", "topics": ["messages"], "count": 2,
               "start": "earliest"}},
             {{"group": "EmailGroup", "topics": ["messages"],
               "start": "earliest", "handler": "email", "on_failure": "dead",
               "circuit_failures": 1, "retry_backoff": "1s",
               "options": {{"server": "smtp://127.0.0.1:1", "tls": "none",
                            "from": "a@example.org",
                            "to": "{{value.email}}"}}}}]}})",
      http, secret));
    node->start();
  }

  std::string url(const std::string& path) const {
    return fmt::format("http://127.0.0.1:{}{}", http, path);
  }

  json::value group(const std::string& name) {
    return json::parse(node->ok({"group", "describe", name, "--json"}));
  }

  bool is_paused(const std::string& name) {
    auto about = group(name);
    for (const auto& x : about.at("positions").as_array())
      if (!x.at("paused").as_bool())
        return false;
    return true;
  }

  troupe::scratch_directory dir;
  uint16_t http = free_port();
  std::optional<machine> node;
};

/// The button of a name within what a group's heading stands in.
std::string press(const std::string& section, const std::string& card,
                  const std::string& name) {
  return fmt::format(R"(
    for (const card of document.querySelectorAll('#{} article'))
      if (card.querySelector('h3').textContent.includes('{}'))
        for (const button of card.querySelectorAll('button'))
          if (button.textContent.trim() === '{}') {{
            button.click();
            return true;
          }}
    return false;)",
                     section, card, name);
}

/// A program of Debian's package, installed or only unpacked.
std::string prometheus_program(const std::string& name) {
  for (const auto& place :
       {std::string{"/usr/bin/"}, troupe::source_path("build/tools/usr/bin/")})
    if (::access((place + name).c_str(), X_OK) == 0)
      return place + name;
  return {};
}

} // namespace

TEST_CASE("console: a person signs in, watches, pauses a group and brings dead "
          "letters back") {
  if (!browser::is_there()) {
    WARN("SKIPPED, nothing was tested: there is no Chromium with its driver");
    return;
  }
  office it;
  std::string input;
  for (int i = 0; i < 20; ++i)
    input += fmt::format("k{0}={{\"text\": \"without address {0}\"}}\n", i);
  it.node->ok({"produce", "messages", "--key-separator", "="}, input);
  browser web{it.dir.path()};
  web.resize(1280, 900);
  web.open(it.url("/"));
  web.type("input[type=password]", "not the token of this console\n");
  CHECK(web.comes_true(
    "document.body.innerText.includes('not the console\\'s token')"));
  // The browser itself writes down the answer to that.
  web.complaints();
  web.run("document.querySelector('input[type=password]').value = ''");
  web.type("input[type=password]", std::string{token} + "\n");
  CHECK(web.comes_true("document.querySelector('#groups svg') !== null"));
  auto has_text = [&](const std::string& section, const std::string& text) {
    UNSCOPED_INFO(section << " " << text);
    return web.comes_true(fmt::format("document.querySelector('#{}').innerText"
                                      ".includes('{}')",
                                      section, text));
  };
  CHECK(has_text("groups", "SMSGroup"));
  CHECK(has_text("consumers", "EmailGroup-1"));
  CHECK(has_text("rebalances", "joined"));
  CHECK(has_text("dead", "20 dead letters"));
  // It is live: what is posted now shows without anybody's doing.
  it.node->ok({"produce", "messages"},
              R"({"email": "a@example.org", "subject": "s", "text": "t"})");
  CHECK(has_text("consumers", "circuit open"));
  CHECK(has_text("topics", "21 records"));

  CHECK(web.run(press("groups", "SMSGroup", "Pause")).as_bool());
  CHECK(eventually([&] { return it.is_paused("SMSGroup"); }, 60s));
  // The button can be pressed once the page has heard of it.
  CHECK(eventually(
    [&] {
      web.run(press("groups", "SMSGroup", "Resume"));
      return !it.is_paused("SMSGroup");
    },
    60s));

  CHECK(web.run(press("dead", "messages", "Replay all")).as_bool());
  CHECK(web.comes_true("document.querySelector('dialog[open]') !== null"));
  CHECK(web
          .run("const all = [...document.querySelectorAll('dialog[open] "
               "button')];"
               "const go = all.find((x) => x.textContent.trim() === 'Replay');"
               "go.click(); return true;")
          .as_bool());
  CHECK(has_text("groups", "messages.EmailGroup.replay"));

  web.click("#records button[type=submit]");
  CHECK(has_text("records", "without address"));
  // At the width of a phone nothing is cut off.
  web.resize(500, 900);
  CHECK(web.comes_true("document.documentElement.scrollWidth <= "
                       "document.documentElement.clientWidth"));
  web.click("#sign-out");
  CHECK(web.comes_true("document.querySelector('input[type=password]') !== "
                       "null"));
  for (const auto& complaint : web.complaints())
    FAIL_CHECK(complaint);
}

TEST_CASE("metrics: the real Prometheus takes them all") {
  auto program = prometheus_program("prometheus");
  if (program.empty()) {
    WARN("SKIPPED, nothing was tested: there is no Prometheus");
    return;
  }
  office it;
  it.node->ok({"produce", "messages"}, lines(0, 30));
  httplib::Client node{"127.0.0.1", it.http};
  auto scraped = node.Get("/metrics");
  REQUIRE(scraped);
  process lint{it.dir.path(), "promtool", prometheus_program("promtool"),
               args{"check", "metrics"}, scraped->body};
  auto said = lint.wait(60s);
  INFO(said.err << said.out);
  CHECK(said.exit_code == 0);

  std::ofstream{it.dir.path("prometheus.yml")}
    << fmt::format("global: {{scrape_interval: 1s}}\n"
                   "scrape_configs:\n"
                   "  - job_name: troupe\n"
                   "    static_configs: [{{targets: ['127.0.0.1:{}']}}]\n",
                   it.http);
  auto port = free_port();
  process server{it.dir.path(), "prometheus", program,
                 args{"--config.file=" + it.dir.path("prometheus.yml"),
                      "--storage.tsdb.path=" + it.dir.path("series"),
                      fmt::format("--web.listen-address=127.0.0.1:{}", port)}};
  auto value_of = [&](const std::string& query) -> std::string {
    httplib::Client client{"127.0.0.1", port};
    auto answer = client.Get("/api/v1/query", httplib::Params{{"query", query}},
                             httplib::Headers{});
    if (!answer || answer->status != 200)
      return {};
    auto found = json::parse(answer->body).at("data").at("result");
    return found.as_array().empty()
             ? ""
             : std::string{
               found.as_array()[0].at("value").as_array()[1].as_string()};
  };
  INFO(server.err());
  CHECK(eventually([&] { return value_of("up") == "1"; }, 60s));
  CHECK(eventually(
    [&] {
      return value_of("sum(troupe_partition_high_watermark"
                      "{topic=\"messages\"})")
             == "30";
    },
    60s));
  CHECK(eventually(
    [&] {
      return value_of("sum by (group) (troupe_consumer_handled_records_total"
                      "{group=\"SMSGroup\"})")
             == "30";
    },
    60s));
  CHECK(value_of("sum(troupe_group_lag_records{group=\"SMSGroup\"})") == "0");
  CHECK(value_of("histogram_quantile(0.99, sum by (le) "
                 "(troupe_sync_duration_seconds_bucket)) > 0")
        != "");
  // What the dashboard asks is understood, and known.
  std::ifstream file{troupe::source_path("config/monitoring/grafana.json")};
  auto dashboard =
    json::parse(std::string(std::istreambuf_iterator<char>{file}, {}));
  for (const auto& panel : dashboard.at("panels").as_array()) {
    if (!panel.as_object().contains("targets"))
      continue;
    for (const auto& target : panel.at("targets").as_array()) {
      auto query = std::string{target.at("expr").as_string()};
      for (auto at = query.find("$__rate_interval"); at != query.npos;
           at = query.find("$__rate_interval"))
        query.replace(at, 16, "1m");
      for (auto at = query.find("$node"); at != query.npos;
           at = query.find("$node"))
        query.replace(at, 5, ".*");
      INFO(query);
      httplib::Client client{"127.0.0.1", port};
      auto answer = client.Get(
        "/api/v1/query", httplib::Params{{"query", query}}, httplib::Headers{});
      REQUIRE(answer);
      INFO(answer->body);
      CHECK(answer->status == 200);
    }
  }
}
