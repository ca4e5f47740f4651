#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// What is wrong with a configuration, and the result of reading one.
namespace troupe {

/// One thing that is wrong in a JSON file.
struct config_error {
  std::string file;
  /// Where in the text, both from 1; 0: not known (the file is missing).
  uint32_t line = 0;
  uint32_t column = 0;
  /// The JSON path, as '$.consumers[1].commit.every'; empty for a file that is
  /// no JSON.
  std::string path;
  /// What was expected, what was found, what to do.
  std::string message;

  friend bool operator==(const config_error&, const config_error&) = default;
};

/// 'node.json:12:16: $.consumers[1].commit.every: expected ...'
std::string to_string(const config_error& x);

/// One line each.
std::string to_string(const std::vector<config_error>& xs);

/// What was read, or all that is wrong with it.
template <class T>
class config_result {
public:
  config_result(T value) : content_(std::move(value)) {
    // nop
  }

  config_result(std::vector<config_error> errors)
    : content_(std::move(errors)) {
    // nop
  }

  explicit operator bool() const noexcept {
    return content_.index() == 0;
  }

  /// Throws std::bad_variant_access unless there is a value.
  T& operator*() {
    return std::get<0>(content_);
  }

  const T& operator*() const {
    return std::get<0>(content_);
  }

  T* operator->() {
    return &std::get<0>(content_);
  }

  const T* operator->() const {
    return &std::get<0>(content_);
  }

  /// In the order of the file; empty if there is a value.
  std::vector<config_error> errors() const {
    if (content_.index() == 0)
      return {};
    return std::get<1>(content_);
  }

private:
  std::variant<T, std::vector<config_error>> content_;
};

} // namespace troupe
