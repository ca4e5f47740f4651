#include "tests/end_to_end/console/browser.hpp"

#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <httplib.h>

#include "tests/catch.hpp"

namespace troupe::testing {

using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr const char* driver_program = "/usr/bin/chromedriver";
constexpr const char* browser_program = "/usr/bin/chromium";

/// The key that stands for an element in answers.
constexpr const char* element_key = "element-6066-11e4-a52e-4f735466cecf";

} // namespace

bool browser::is_there() {
  return ::access(driver_program, X_OK) == 0
         && ::access(browser_program, X_OK) == 0;
}

browser::browser(const std::string& directory)
  : port_(free_port()),
    driver_(std::make_unique<process>(
      directory, "driver", driver_program,
      std::vector<std::string>{fmt::format("--port={}", port_)})) {
  REQUIRE(eventually(
    [&] {
      httplib::Client client{"127.0.0.1", port_};
      auto answer = client.Get("/status");
      return answer && answer->status == 200;
    },
    60s));
  auto made = ask(
    "POST", "/session",
    json::object{
      {"capabilities",
       json::object{
         {"alwaysMatch",
          json::object{
            {"browserName", "chrome"},
            {"goog:loggingPrefs", json::object{{"browser", "ALL"}}},
            {"goog:chromeOptions",
             json::object{
               {"binary", browser_program},
               {"args", json::array{"--headless=new", "--no-sandbox",
                                    "--disable-gpu", "--disable-dev-shm-usage",
                                    "--user-data-dir=" + directory
                                      + "/browser"}}}}}}}}});
  session_ = "/session/" + std::string{made.at("sessionId").as_string()};
}

browser::~browser() {
  httplib::Client client{"127.0.0.1", port_};
  client.set_read_timeout(30s);
  // The driver ends the browser with it.
  if (!session_.empty())
    client.Delete(session_);
}

json::value browser::ask(const char* method, const std::string& path,
                         const json::value& body) {
  httplib::Client client{"127.0.0.1", port_};
  client.set_read_timeout(120s);
  auto is_post = std::string_view{method} == "POST";
  auto answer = is_post ? client.Post(session_ + path, json::serialize(body),
                                      "application/json")
                        : client.Get(session_ + path);
  REQUIRE(answer);
  INFO(path << ": " << answer->body);
  REQUIRE(answer->status == 200);
  return json::parse(answer->body).at("value");
}

void browser::open(const std::string& url) {
  ask("POST", "/url", json::object{{"url", url}});
}

void browser::resize(int width, int height) {
  ask("POST", "/window/rect",
      json::object{{"width", width}, {"height", height}});
}

std::string browser::find(const std::string& css) {
  REQUIRE(comes_true(fmt::format("document.querySelector({}) !== null",
                                 json::serialize(json::value(css)))));
  auto found = ask("POST", "/element",
                   json::object{{"using", "css selector"}, {"value", css}});
  return std::string{found.at(element_key).as_string()};
}

void browser::type(const std::string& css, const std::string& text) {
  ask("POST", "/element/" + find(css) + "/value", json::object{{"text", text}});
}

void browser::click(const std::string& css) {
  ask("POST", "/element/" + find(css) + "/click", json::object{});
}

json::value browser::run(const std::string& script) {
  return ask("POST", "/execute/sync",
             json::object{{"script", script}, {"args", json::array{}}});
}

bool browser::comes_true(const std::string& expression) {
  return eventually(
    [&] {
      auto found = run("return (" + expression + ") === true;");
      return found.as_bool();
    },
    60s);
}

std::vector<std::string> browser::complaints() {
  std::vector<std::string> result;
  auto all = ask("POST", "/se/log", json::object{{"type", "browser"}});
  for (const auto& x : all.as_array())
    if (x.at("level").as_string() == "SEVERE")
      result.emplace_back(x.at("message").as_string());
  return result;
}

} // namespace troupe::testing
