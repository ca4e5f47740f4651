#include "config/json_document.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <boost/json/parse.hpp>
#include <boost/json/stream_parser.hpp>
#include <fmt/format.h>

namespace troupe {

namespace {

namespace json = boost::json;

json::parse_options lenient() {
  json::parse_options result;
  result.allow_comments = true;
  result.allow_trailing_commas = true;
  return result;
}

text_position position_at(std::string_view text, size_t offset) {
  auto before = text.substr(0, std::min(offset, text.size()));
  auto line_begin = before.rfind('\n');
  text_position result;
  result.line +=
    static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n'));
  result.column += static_cast<uint32_t>(
    line_begin == before.npos ? before.size() : before.size() - line_begin - 1);
  return result;
}

bool is_plain_word(std::string_view key) {
  auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '_';
  };
  return !key.empty() && !(key[0] >= '0' && key[0] <= '9')
         && std::all_of(key.begin(), key.end(), is_word);
}

/// Walks a text that is known to be good JSON and notes where what stands:
/// Boost.JSON tells neither, nor that a key occurs twice.
class locator {
public:
  locator(std::string_view text,
          std::map<std::string, text_position, std::less<>>& positions)
    : text_(text), positions_(positions) {
    // nop
  }

  struct repeated_key {
    std::string path;
    std::string key;
    text_position position;
  };

  std::vector<repeated_key> repeated;

  void value(const std::string& path) {
    skip_space();
    positions_.emplace(path, here());
    switch (text_[i_]) {
      case '{':
        object(path);
        break;
      case '[':
        array(path);
        break;
      case '"':
        string();
        break;
      default:
        i_ = std::min(text_.find_first_of(",]} \t\r\n/", i_), text_.size());
    }
  }

private:
  void object(const std::string& path) {
    std::set<std::string> keys;
    for (++i_; !at_end_of('}');) {
      auto position = here();
      auto key = string();
      auto inner = member_path(path, key);
      if (!keys.insert(key).second)
        repeated.push_back({inner, key, position});
      skip_space();
      ++i_; // the colon
      value(inner);
    }
  }

  void array(const std::string& path) {
    ++i_;
    for (size_t n = 0; !at_end_of(']'); ++n)
      value(element_path(path, n));
  }

  /// Steps over spaces and the comma to the next element or past the end.
  bool at_end_of(char bracket) {
    skip_space();
    if (text_[i_] == ',') {
      ++i_;
      skip_space();
    }
    if (text_[i_] != bracket)
      return false;
    ++i_;
    return true;
  }

  std::string string() {
    auto begin = i_;
    for (++i_; text_[i_] != '"'; ++i_)
      if (text_[i_] == '\\')
        ++i_;
    ++i_;
    auto token = text_.substr(begin, i_ - begin);
    if (token.find('\\') == token.npos)
      return std::string{token.substr(1, token.size() - 2)};
    auto parsed = json::parse({token.data(), token.size()});
    return std::string{parsed.as_string()};
  }

  void skip_space() {
    for (; i_ < text_.size(); ++i_) {
      if (text_.compare(i_, 2, "//") == 0)
        i_ = std::min(text_.find('\n', i_), text_.size() - 1);
      else if (text_.compare(i_, 2, "/*") == 0)
        i_ = text_.find("*/", i_) + 1;
      else if (std::strchr(" \t\r\n", text_[i_]) == nullptr)
        return;
    }
  }

  /// Positions are asked in ascending order: so lines are counted once.
  text_position here() {
    for (; counted_ < i_; ++counted_) {
      if (text_[counted_] == '\n') {
        ++position_.line;
        position_.column = 1;
      } else {
        ++position_.column;
      }
    }
    return position_;
  }

  std::string_view text_;
  std::map<std::string, text_position, std::less<>>& positions_;
  size_t i_ = 0;
  size_t counted_ = 0;
  text_position position_;
};

/// What Boost.JSON says, in words for people who edit a file.
std::string explain(json::error code, std::string_view text, size_t offset) {
  switch (code) {
    case json::error::incomplete:
      return "the text ends in the middle of a value: is a bracket, brace or "
             "quote missing?";
    case json::error::extra_data:
      return "there is more text after the value has ended";
    case json::error::too_deep:
      return "too many levels of brackets";
    default:
      break;
  }
  auto rest = text.substr(std::min(offset, text.size()));
  auto what = json::make_error_code(code).message();
  if (rest.empty())
    return fmt::format("this is no JSON: {} at the end of the text", what);
  rest = rest.substr(0, std::min<size_t>(rest.find('\n'), 20));
  if (rest.empty())
    return fmt::format("this is no JSON: {} at the end of the line", what);
  return fmt::format("this is no JSON: {} at '{}'", what, rest);
}

std::vector<config_error> one_error(std::string file, text_position at,
                                    std::string message) {
  return {{std::move(file), at.line, at.column, "", std::move(message)}};
}

} // namespace

std::string to_string(const config_error& x) {
  auto result = x.file;
  if (x.line > 0)
    result += fmt::format(":{}:{}", x.line, x.column);
  if (!x.path.empty())
    result += fmt::format(": {}", x.path);
  return fmt::format("{}: {}", result, x.message);
}

std::string to_string(const std::vector<config_error>& xs) {
  std::string result;
  for (const auto& x : xs)
    result += to_string(x) + "\n";
  return result;
}

config_result<json_document> json_document::parse(std::string_view text,
                                                  std::string file) {
  json::stream_parser parser{json::storage_ptr{}, lenient()};
  json::error_code failure;
  auto offset = parser.write_some(text.data(), text.size(), failure);
  if (!failure && offset < text.size())
    failure = json::error::extra_data;
  if (!failure) {
    parser.finish(failure);
    offset = text.size();
  }
  if (failure) {
    auto code = static_cast<json::error>(failure.value());
    return one_error(std::move(file), position_at(text, offset),
                     explain(code, text, offset));
  }
  json_document result;
  result.file_ = std::move(file);
  result.root_ = parser.release();
  locator where{text, result.positions_};
  where.value("$");
  if (where.repeated.empty())
    return result;
  std::vector<config_error> errors;
  for (auto& x : where.repeated)
    errors.push_back({result.file_, x.position.line, x.position.column, x.path,
                      fmt::format("'{}' is here for the second time", x.key)});
  return errors;
}

text_position json_document::position_of(std::string_view path) const {
  while (!path.empty()) {
    if (auto i = positions_.find(path); i != positions_.end())
      return i->second;
    auto cut = path.find_last_of(".[");
    path = path.substr(0, cut == path.npos ? 0 : cut);
  }
  return {};
}

std::string member_path(std::string_view parent, std::string_view key) {
  return is_plain_word(key) ? fmt::format("{}.{}", parent, key)
                            : fmt::format("{}['{}']", parent, key);
}

std::string element_path(std::string_view parent, size_t index) {
  return fmt::format("{}[{}]", parent, index);
}

config_result<std::string> read_text_file(const std::string& path) {
  auto fail = [&](const std::string& why) {
    return std::vector<config_error>{{path, 0, 0, "", why}};
  };
  std::error_code failure;
  if (std::filesystem::is_directory(path, failure))
    return fail("cannot be read: it is a directory");
  errno = 0;
  std::ifstream in{path, std::ios::binary};
  if (!in)
    return fail(fmt::format("cannot be read: {}", std::strerror(errno)));
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  if (in.bad())
    return fail(fmt::format("cannot be read: {}", std::strerror(errno)));
  if (text.size() > json_document::text_size_max)
    return fail(fmt::format("has {} bytes; at most {} are read", text.size(),
                            json_document::text_size_max));
  return text;
}

} // namespace troupe
