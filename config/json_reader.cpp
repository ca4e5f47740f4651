#include "config/json_reader.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "config/nearest.hpp"
#include "config/units.hpp"

namespace troupe {

namespace {

namespace json = boost::json;

std::string_view view(const json::string& x) {
  return {x.data(), x.size()};
}

/// Whole numbers may be written as 1e3 or 5.0.
std::optional<int64_t> as_integer(const json::value& x) {
  if (auto number = x.if_int64())
    return *number;
  if (auto number = x.if_double())
    if (std::trunc(*number) == *number && std::abs(*number) < 9e15)
      return static_cast<int64_t>(*number);
  return std::nullopt;
}

std::optional<double> as_number(const json::value& x) {
  if (auto number = x.if_int64())
    return static_cast<double>(*number);
  if (auto number = x.if_uint64())
    return static_cast<double>(*number);
  if (auto number = x.if_double())
    return *number;
  return std::nullopt;
}

/// A text, or the number 0, which needs no unit.
std::optional<std::string_view> as_quantity(const json::value& x) {
  if (auto text = x.if_string())
    return view(*text);
  if (as_number(x) == 0.0)
    return "0";
  return std::nullopt;
}

} // namespace

std::string show(const json::value& x) {
  constexpr size_t size_max = 60;
  auto result = json::serialize(x);
  if (result.size() > size_max) {
    // Not in the middle of a UTF-8 sequence.
    auto cut = size_max;
    while (cut > 0 && (static_cast<unsigned char>(result[cut]) & 0xC0) == 0x80)
      --cut;
    result = result.substr(0, cut) + "...";
  }
  return result;
}

// -- json_problems ----------------------------------------------------------

void json_problems::add(std::string path, std::string message) {
  auto [line, column] = document_.position_of(path);
  config_error x{document_.file(), line, column, std::move(path),
                 std::move(message)};
  if (std::find(errors_.begin(), errors_.end(), x) == errors_.end())
    errors_.push_back(std::move(x));
}

std::vector<config_error> json_problems::take() {
  std::stable_sort(
    errors_.begin(), errors_.end(), [](const auto& a, const auto& b) {
      return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
  if (errors_.size() > count_max)
    errors_.resize(count_max);
  return std::move(errors_);
}

// -- json_reader ------------------------------------------------------------

void json_reader::fail(std::string message) const {
  problems_->add(path_, std::move(message));
}

void json_reader::fail_expected(std::string_view what,
                                std::string_view hint) const {
  auto message = fmt::format("expected {}, found {}", what, show(*value_));
  if (!hint.empty())
    message += fmt::format("; {}", hint);
  fail(std::move(message));
}

bool json_reader::is_word(std::string_view word) const noexcept {
  auto text = value_->if_string();
  return text != nullptr && view(*text) == word;
}

std::optional<bool> json_reader::flag() const {
  if (auto x = value_->if_bool())
    return *x;
  fail_expected("true or false");
  return std::nullopt;
}

std::optional<int64_t> json_reader::integer(int64_t min, int64_t max) const {
  if (auto x = as_integer(*value_); x && *x >= min && *x <= max)
    return *x;
  if (max == std::numeric_limits<int64_t>::max())
    fail_expected(fmt::format("a whole number of at least {}", min));
  else
    fail_expected(fmt::format("a whole number from {} to {}", min, max));
  return std::nullopt;
}

std::optional<double> json_reader::number(double min, double max) const {
  if (auto x = as_number(*value_); x && *x >= min && *x <= max)
    return *x;
  fail_expected(fmt::format("a number from {} to {}", min, max));
  return std::nullopt;
}

std::optional<std::string> json_reader::text(size_t size_max) const {
  auto x = value_->if_string();
  if (x && !x->empty() && x->size() <= size_max)
    return std::string{*x};
  if (x && x->size() > size_max)
    fail_expected(fmt::format("a text of at most {} bytes", size_max),
                  fmt::format("it has {}", x->size()));
  else
    fail_expected(x ? "a text that is not empty" : "a text");
  return std::nullopt;
}

std::optional<std::string> json_reader::any_text() const {
  if (auto x = value_->if_string())
    return std::string{*x};
  fail_expected("a text");
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> json_reader::duration(
  std::chrono::milliseconds min, std::chrono::milliseconds max) const {
  auto text = as_quantity(*value_);
  auto x = text ? parse_duration(*text) : std::nullopt;
  if (x && *x >= min && *x <= max)
    return x;
  auto what = fmt::format("a duration from {} to {}, as \"45s\"",
                          format_duration(min), format_duration(max));
  auto hint = x || !text ? std::string{} : hint_for_units(*text);
  if (!x && hint.empty())
    hint = as_number(*value_) ? "write it as a text with a unit"
                              : "units are ms, s, m, h, d";
  fail_expected(what, hint);
  return std::nullopt;
}

std::optional<uint64_t> json_reader::size(uint64_t min, uint64_t max) const {
  auto text = as_quantity(*value_);
  auto x = text ? parse_size(*text) : std::nullopt;
  if (x && *x >= min && *x <= max)
    return x;
  auto what = fmt::format("a size from {} to {}, as \"64KiB\"",
                          format_size(min), format_size(max));
  auto hint = x || !text ? std::string{} : hint_for_units(*text);
  if (!x && hint.empty())
    hint = as_number(*value_) ? "write it as a text with a unit"
                              : "units are B, KiB, MiB, GiB, TiB";
  fail_expected(what, hint);
  return std::nullopt;
}

std::optional<size_t> json_reader::choice(
  const std::vector<std::string>& words) const {
  for (size_t i = 0; i < words.size(); ++i)
    if (is_word(words[i]))
      return i;
  auto what = fmt::format("\"{}\"", fmt::join(words, "\" or \""));
  auto text = value_->if_string();
  auto near = text ? nearest(view(*text), words) : std::string{};
  fail_expected(what, near.empty() ? std::string{}
                                   : fmt::format("did you mean '{}'?", near));
  return std::nullopt;
}

std::optional<int64_t> json_reader::timestamp() const {
  if (auto x = as_integer(*value_); x && *x >= 0)
    return x;
  if (auto text = value_->if_string())
    if (auto x = parse_timestamp(view(*text)); x && *x >= 0)
      return x;
  fail_expected("a moment since 1970, as \"2026-01-01T00:00:00Z\" or "
                "milliseconds");
  return std::nullopt;
}

std::optional<std::vector<json_reader>> json_reader::elements() const {
  auto array = value_->if_array();
  if (array == nullptr) {
    fail_expected("an array");
    return std::nullopt;
  }
  std::vector<json_reader> result;
  result.reserve(array->size());
  for (const auto& x : *array)
    result.emplace_back(*problems_, x, element_path(path_, result.size()));
  return result;
}

std::optional<std::vector<std::pair<std::string, json_reader>>> json_reader::
  members() const {
  auto object = value_->if_object();
  if (object == nullptr) {
    fail_expected("an object");
    return std::nullopt;
  }
  std::vector<std::pair<std::string, json_reader>> result;
  result.reserve(object->size());
  for (const auto& x : *object) {
    std::string key{x.key()};
    auto path = member_path(path_, key);
    result.emplace_back(std::move(key),
                        json_reader{*problems_, x.value(), std::move(path)});
  }
  return result;
}

// -- json_object_reader -----------------------------------------------------

json_object_reader::json_object_reader(const json_reader& at,
                                       std::string_view what)
  : at_(at), object_(at.value().if_object()) {
  if (object_ == nullptr)
    at_.fail_expected(fmt::format("an object, {}", what));
}

std::optional<json_reader> json_object_reader::get(std::string_view key) {
  known_.emplace_back(key);
  if (object_ == nullptr)
    return std::nullopt;
  auto value = object_->if_contains({key.data(), key.size()});
  if (value == nullptr)
    return std::nullopt;
  return json_reader{*at_.problems_, *value, member_path(at_.path_, key)};
}

std::optional<json_reader> json_object_reader::require(std::string_view key) {
  auto result = get(key);
  if (!result && object_ != nullptr)
    at_.fail(fmt::format("'{}' is missing", key));
  return result;
}

void json_object_reader::finish() const {
  if (object_ == nullptr)
    return;
  for (const auto& x : *object_) {
    std::string key{x.key()};
    if (std::find(known_.begin(), known_.end(), key) == known_.end())
      at_.problems_->add(
        member_path(at_.path_, key),
        fmt::format("unknown key '{}'{}", key, suggestion(key, known_)));
  }
}

} // namespace troupe
