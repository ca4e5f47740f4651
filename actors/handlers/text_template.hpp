#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <caf/expected.hpp>

#include "actors/protocol/client_messages.hpp"

namespace troupe {

/// What a record has to put into texts, by name:
///
/// | name | what |
/// |---|---|
/// | `key`, `value` | as text |
/// | `value.NAME`, `value.NAME.NAME` | a member of the value, a JSON object |
/// | `header.NAME` | the first header of that name |
/// | `topic`, `partition`, `offset`, `timestamp` | where and when it is |
/// | `id` | `topic/partition/offset`: the same at each delivery |
class record_fields {
public:
  /// `record` outlives this.
  explicit record_fields(const delivery& record);

  /// Errors, all `record_rejected`: it has no such thing, or none that is text.
  caf::expected<std::string> get(const std::string& name) const;

private:
  caf::expected<std::string> member(std::string_view path) const;

  const delivery& record_;
  /// The value, if it is a JSON object; read when it is first asked for.
  mutable std::optional<caf::expected<boost::json::object>> value_;
};

/// The same at each delivery of a record, and of no other one.
std::string idempotency_key(const delivery& x);

/// How what is put in is written.
enum class text_escape : uint8_t {
  none,
  /// For a URL or a form.
  url,
  /// For the inside of a JSON string.
  json,
  /// For the text of a page.
  html,
};

/// `text` as it is written there.
std::string escaped(std::string_view text, text_escape how);

/// A text with places for parts of a record: `Hello {value.name}!`; `{{` and
/// `}}` stand for a brace. `{NAME|TEXT}` is TEXT for a record without it.
class text_template {
public:
  text_template() = default;

  /// `names` are taken besides those of a record. Error: `invalid_argument`.
  static caf::expected<text_template> parse(
    std::string_view text, const std::vector<std::string>& names = {});

  /// `more`: the values of those names. Errors as of `record_fields::get`.
  caf::expected<std::string> render(
    const record_fields& fields, text_escape how = text_escape::none,
    const std::map<std::string, std::string>& more = {}) const;

  bool is_empty() const noexcept {
    return parts_.empty();
  }

private:
  struct part {
    /// A text, or the name of what is put in.
    std::string text;
    bool is_name = false;
    std::optional<std::string> otherwise;
  };

  std::vector<part> parts_;
};

} // namespace troupe
