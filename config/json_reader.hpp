#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "config/json_document.hpp"

namespace troupe {

/// Collects what is wrong with a document, in the order it is found.
class json_problems {
public:
  explicit json_problems(const json_document& document) : document_(document) {
    // nop
  }

  /// Notes that something is wrong with the value at `path`.
  void add(std::string path, std::string message);

  bool is_empty() const noexcept {
    return errors_.empty();
  }

  /// All of them, in the order of the text; at most `count_max`.
  std::vector<config_error> take();

  static constexpr size_t count_max = 50;

private:
  const json_document& document_;
  std::vector<config_error> errors_;
};

/// A value in a document: its getters give what was asked for, or note why they
/// cannot ('expected a size from 1KiB to 1GiB, found "12"') and give nothing.
class json_reader {
public:
  json_reader(json_problems& problems, const boost::json::value& value,
              std::string path)
    : problems_(&problems), value_(&value), path_(std::move(path)) {
    // nop
  }

  /// The whole document.
  json_reader(json_problems& problems, const json_document& document)
    : json_reader(problems, document.root(), "$") {
    // nop
  }

  const std::string& path() const noexcept {
    return path_;
  }

  const boost::json::value& value() const noexcept {
    return *value_;
  }

  /// Notes that something is wrong with this value.
  void fail(std::string message) const;

  /// Notes 'expected <what>, found <this>'.
  void fail_expected(std::string_view what, std::string_view hint = "") const;

  // -- what kind it is

  bool is_null() const noexcept {
    return value_->is_null();
  }

  bool is_text() const noexcept {
    return value_->is_string();
  }

  bool is_array() const noexcept {
    return value_->is_array();
  }

  bool is_object() const noexcept {
    return value_->is_object();
  }

  /// True if it is this very text.
  bool is_word(std::string_view word) const noexcept;

  // -- what it holds

  std::optional<bool> flag() const;
  std::optional<int64_t> integer(int64_t min, int64_t max) const;
  std::optional<double> number(double min, double max) const;
  /// A text that is neither empty nor longer than `size_max` bytes.
  std::optional<std::string> text(size_t size_max) const;
  /// Any text, the empty one too.
  std::optional<std::string> any_text() const;
  std::optional<std::chrono::milliseconds> duration(
    std::chrono::milliseconds min, std::chrono::milliseconds max) const;
  std::optional<uint64_t> size(uint64_t min, uint64_t max) const;
  /// The index of one of `words`; names the nearest when it is none of them.
  std::optional<size_t> choice(const std::vector<std::string>& words) const;
  /// Milliseconds since the epoch, from '2026-01-01T00:00:00Z' or a number.
  std::optional<int64_t> timestamp() const;

  /// The elements of an array.
  std::optional<std::vector<json_reader>> elements() const;
  /// The members of an object whose keys are data, not words of a format.
  std::optional<std::vector<std::pair<std::string, json_reader>>> members()
    const;

private:
  friend class json_object_reader;

  json_problems* problems_;
  const boost::json::value* value_;
  std::string path_;
};

/// An object whose keys are words of a format: those asked for are known, all
/// others are refused by `finish`.
class json_object_reader {
public:
  /// Notes what is wrong if `at` is no object; `what` says what it describes:
  /// 'a topic'.
  json_object_reader(const json_reader& at, std::string_view what);

  bool is_good() const noexcept {
    return object_ != nullptr;
  }

  /// The member, if it is there.
  std::optional<json_reader> get(std::string_view key);

  /// The member; notes that it is missing if so.
  std::optional<json_reader> require(std::string_view key);

  /// Notes every key that was never asked for, with the nearest known one.
  void finish() const;

private:
  json_reader at_;
  const boost::json::object* object_ = nullptr;
  std::vector<std::string> known_;
};

/// How an error shows a value: as JSON, cut where it gets long.
std::string show(const boost::json::value& x);

} // namespace troupe
