#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "tests/end_to_end/process.hpp"

namespace troupe::testing {

/// Chromium without a window, driven by its driver as people drive it: keys and
/// clicks (https://www.w3.org/TR/webdriver2/).
class browser {
public:
  /// Whether both programs are there.
  static bool is_there();

  /// Starts both; what they write is below `directory`.
  explicit browser(const std::string& directory);

  ~browser();

  void open(const std::string& url);
  void resize(int width, int height);

  /// Waits until an element is there and types into it, '\n' for enter.
  void type(const std::string& css, const std::string& text);
  void click(const std::string& css);

  /// What a function's body returns in the page.
  boost::json::value run(const std::string& script);

  /// Waits until what an expression says is true, a minute at most.
  bool comes_true(const std::string& expression);

  /// What the page complained of since the last time: errors of scripts, and
  /// what its policy forbids.
  std::vector<std::string> complaints();

private:
  boost::json::value ask(const char* method, const std::string& path,
                         const boost::json::value& body = {});
  /// The id of an element.
  std::string find(const std::string& css);

  uint16_t port_;
  std::unique_ptr<process> driver_;
  std::string session_;
};

} // namespace troupe::testing
