#include "actors/handlers/text_template.hpp"

#include <algorithm>
#include <array>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "actors/protocol/errors.hpp"
#include "actors/protocol/utf8.hpp"

namespace troupe {

namespace {

namespace json = boost::json;

constexpr std::array own_names = {"key",    "value",     "topic", "partition",
                                  "offset", "timestamp", "id"};
constexpr std::string_view of_value = "value.";
constexpr std::string_view of_header = "header.";

caf::error reject(std::string why) {
  return make_error(ec::record_rejected, std::move(why));
}

caf::expected<std::string> to_text(const char* what, const bytes& x) {
  if (x.is_null())
    return reject(fmt::format("the record has no {}", what));
  if (!is_utf8(x.view()))
    return reject(fmt::format("its {} is not text (UTF-8)", what));
  return std::string{x.view()};
}

caf::expected<std::string> to_text(std::string_view path,
                                   const json::value& x) {
  if (x.is_string())
    return std::string{x.get_string().data(), x.get_string().size()};
  if (x.is_object() || x.is_array() || x.is_null())
    return reject(
      fmt::format("value.{} is no text, number or truth value", path));
  // As people write it: JSON's way would be 1.25E1.
  if (x.is_double())
    return fmt::format("{}", x.get_double());
  return json::serialize(x);
}

caf::expected<json::object> parse_object(const bytes& x) {
  auto text = to_text("value", x);
  if (!text)
    return std::move(text.error());
  boost::system::error_code why;
  // Nesting is bounded by the parser.
  auto value = json::parse(*text, why);
  if (why)
    return reject(fmt::format("its value is no JSON: {}", why.message()));
  if (!value.is_object())
    return reject("its value is no JSON object");
  return std::move(value.get_object());
}

bool is_known(const std::string& name, const std::vector<std::string>& more) {
  auto begins = [&](std::string_view with) {
    return name.starts_with(with) && name.size() > with.size();
  };
  return std::find(own_names.begin(), own_names.end(), name) != own_names.end()
         || begins(of_value) || begins(of_header)
         || std::find(more.begin(), more.end(), name) != more.end();
}

std::string escape_url(std::string_view text) {
  std::string result;
  for (unsigned char c : text)
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'
        || c == '~')
      result += static_cast<char>(c);
    else
      result += fmt::format("%{:02X}", c);
  return result;
}

std::string escape_json(std::string_view text) {
  auto quoted = json::serialize(json::string{text.data(), text.size()});
  return quoted.substr(1, quoted.size() - 2);
}

} // namespace

// -- fields ------------------------------------------------------------------

std::string idempotency_key(const delivery& x) {
  return fmt::format("{}/{}/{}", x.topic, x.id.partition, x.offset);
}

record_fields::record_fields(const delivery& record) : record_(record) {
  // nop
}

caf::expected<std::string> record_fields::member(std::string_view path) const {
  if (!value_)
    value_ = parse_object(record_.content.value);
  if (!*value_)
    return value_->error();
  const auto* at = &**value_;
  for (std::string_view left = path;;) {
    auto dot = std::min(left.find('.'), left.size());
    const auto* found = at->if_contains(json::string_view{left.data(), dot});
    if (!found)
      return reject(fmt::format("its value has no field '{}'", path));
    if (dot == left.size())
      return to_text(path, *found);
    if (!found->is_object())
      return reject(fmt::format("its value has no field '{}'", path));
    at = &found->get_object();
    left.remove_prefix(dot + 1);
  }
}

caf::expected<std::string> record_fields::get(const std::string& name) const {
  const auto& content = record_.content;
  if (name == "key")
    return to_text("key", content.key);
  if (name == "value")
    return to_text("value", content.value);
  if (name == "topic")
    return record_.topic;
  if (name == "partition")
    return std::to_string(record_.id.partition);
  if (name == "offset")
    return std::to_string(record_.offset);
  if (name == "timestamp")
    return std::to_string(content.timestamp_ms);
  if (name == "id")
    return idempotency_key(record_);
  if (name.starts_with(of_value))
    return member(std::string_view{name}.substr(of_value.size()));
  if (name.starts_with(of_header))
    for (const auto& x : content.headers)
      if (x.name == name.substr(of_header.size()))
        return to_text("header", x.value);
  return reject(fmt::format("it has no {}", name));
}

std::string escaped(std::string_view text, text_escape how) {
  switch (how) {
    case text_escape::url:
      return escape_url(text);
    case text_escape::json:
      return escape_json(text);
    case text_escape::html:
      return escape_html(text);
    default:
      return std::string{text};
  }
}

// -- templates ---------------------------------------------------------------

caf::expected<text_template> text_template::parse(
  std::string_view text, const std::vector<std::string>& names) {
  auto wrong = [&](std::string_view why) {
    return make_error(ec::invalid_argument,
                      fmt::format("'{}': {}; a place is written {{key}}, "
                                  "{{value.NAME}} or {{header.NAME}}, a brace "
                                  "{{{{ or }}}}",
                                  text, why));
  };
  text_template result;
  std::string plain;
  auto end_plain = [&] {
    if (!plain.empty())
      result.parts_.push_back({std::exchange(plain, {}), false, {}});
  };
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    if (c != '{' && c != '}') {
      plain += c;
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == c) {
      plain += c;
      ++i;
      continue;
    }
    auto end = text.find('}', i);
    if (c == '}' || end == text.npos)
      return wrong("a brace without its other one");
    auto name = std::string{text.substr(i + 1, end - i - 1)};
    part place{name, true, {}};
    if (auto bar = name.find('|'); bar != name.npos) {
      place.otherwise = name.substr(bar + 1);
      place.text = name.substr(0, bar);
    }
    if (!is_known(place.text, names))
      return wrong(
        fmt::format("'{}' is nothing that a record has", place.text));
    end_plain();
    result.parts_.push_back(std::move(place));
    i = end;
  }
  end_plain();
  return result;
}

caf::expected<std::string> text_template::render(
  const record_fields& fields, text_escape how,
  const std::map<std::string, std::string>& more) const {
  std::string result;
  for (const auto& x : parts_) {
    if (!x.is_name) {
      result += x.text;
      continue;
    }
    if (auto known = more.find(x.text); known != more.end()) {
      result += escaped(known->second, how);
      continue;
    }
    auto found = fields.get(x.text);
    if (!found && !x.otherwise)
      return std::move(found.error());
    result += escaped(found ? *found : *x.otherwise, how);
  }
  return result;
}

} // namespace troupe
