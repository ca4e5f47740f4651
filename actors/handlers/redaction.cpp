#include "actors/handlers/redaction.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "actors/handlers/base64.hpp"
#include "actors/handlers/text_template.hpp"

namespace troupe {

namespace {

constexpr std::string_view in_its_place = "***";

/// With the hexadecimal digits of `%2F` in small letters.
std::string small_digits(std::string x) {
  for (size_t i = 0; i + 2 < x.size(); ++i)
    if (x[i] == '%')
      for (auto* c : {&x[i + 1], &x[i + 2]})
        *c = static_cast<char>(std::tolower(static_cast<unsigned char>(*c)));
  return x;
}

/// As forms have it: a space is a plus sign.
std::string with_plus(std::string x) {
  for (size_t at = 0; (at = x.find("%20", at)) != x.npos;)
    x.replace(at, 3, "+");
  return x;
}

} // namespace

void redaction::add_form(std::string form) {
  if (form.empty()
      || std::find(forms_.begin(), forms_.end(), form) != forms_.end())
    return;
  auto place = std::find_if(forms_.begin(), forms_.end(), [&](const auto& x) {
    return x.size() < form.size();
  });
  forms_.insert(place, std::move(form));
}

void redaction::add(const std::string& secret) {
  auto in_url = escaped(secret, text_escape::url);
  add_form(secret);
  add_form(in_url);
  add_form(small_digits(in_url));
  add_form(with_plus(in_url));
  add_form(small_digits(with_plus(in_url)));
  add_form(escaped(secret, text_escape::json));
  add_form(escaped(secret, text_escape::html));
  add_form(to_base64(secret));
}

void redaction::add_login(const std::string& name,
                          const std::string& password) {
  if (password.empty())
    return;
  // Source: RFC 7617 (HTTP), RFC 4616 (mail).
  add_form(to_base64(name + ":" + password));
  add_form(to_base64(std::string{'\0'} + name + '\0' + password));
}

std::string redaction::operator()(std::string_view text) const {
  std::string result;
  for (size_t i = 0; i < text.size();) {
    auto rest = text.substr(i);
    auto found = std::find_if(forms_.begin(), forms_.end(), [&](const auto& x) {
      return rest.starts_with(x);
    });
    if (found == forms_.end()) {
      result += text[i++];
      continue;
    }
    result += in_its_place;
    i += found->size();
  }
  return result;
}

} // namespace troupe
