#include "actors/handlers/option_reader.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "actors/protocol/errors.hpp"
#include "config/nearest.hpp"
#include "config/units.hpp"

namespace troupe {

using namespace std::chrono_literals;

option_reader::option_reader(std::string handler,
                             const handler_options& options,
                             const secret_source& secrets)
  : handler_(std::move(handler)), options_(options), secrets_(secrets) {
  // nop
}

std::optional<std::string> option_reader::take(const std::string& name) {
  known_.push_back(name);
  auto i = options_.find(name);
  if (i == options_.end())
    return std::nullopt;
  return i->second;
}

void option_reader::wrong(const std::string& name, const std::string& why) {
  if (problem_.empty())
    problem_ =
      fmt::format("handler '{}', option '{}': {}", handler_, name, why);
}

std::string option_reader::text(const std::string& name,
                                const std::string& otherwise) {
  return take(name).value_or(otherwise);
}

std::string option_reader::required(const std::string& name,
                                    const std::string& hint) {
  auto result = text(name);
  if (result.empty())
    wrong(name, "is missing; " + hint);
  return result;
}

std::string option_reader::choice(const std::string& name,
                                  const std::vector<std::string>& of) {
  auto result = text(name, of.front());
  if (std::find(of.begin(), of.end(), result) == of.end())
    wrong(name, fmt::format("expected one of {}, found '{}'",
                            fmt::join(of, ", "), result));
  return result;
}

std::chrono::milliseconds option_reader::duration(
  const std::string& name, std::chrono::milliseconds otherwise) {
  auto given = take(name);
  if (!given)
    return otherwise;
  auto result = parse_duration(*given);
  if (!result || *result < 1ms || *result > 1h) {
    wrong(name, fmt::format("expected a duration from 1ms to 1h, such as 10s, "
                            "found '{}'",
                            *given));
    return otherwise;
  }
  return *result;
}

text_template option_reader::place(const std::string& name,
                                   const std::string& otherwise,
                                   const std::vector<std::string>& names) {
  return parse_place(name, text(name, otherwise), names);
}

text_template option_reader::parse_place(
  const std::string& name, const std::string& text,
  const std::vector<std::string>& names) {
  auto result = text_template::parse(text, names);
  if (result)
    return std::move(*result);
  wrong(name, what(result.error()));
  return {};
}

std::string option_reader::secret(const std::string& name) {
  auto variable = take(name + "_env");
  auto file = take(name + "_file");
  if (options_.contains(name)) {
    known_.push_back(name);
    wrong(name, fmt::format("a secret does not stand in the settings: say "
                            "{0}_env, a variable of the environment, or "
                            "{0}_file, a file that only this user can read",
                            name));
    return {};
  }
  if (!variable && !file)
    return {};
  auto which = name + (variable ? "_env" : "_file");
  if (variable && file) {
    wrong(which, fmt::format("there is {}_file, too: one of them", name));
    return {};
  }
  auto found = variable ? secrets_.variable(*variable) : secrets_.file(*file);
  if (!found) {
    wrong(which, what(found.error()));
    return {};
  }
  hide_.add(*found);
  return std::move(*found);
}

gateway_access option_reader::access() {
  gateway_access result;
  result.username = text("username");
  result.password = secret("password");
  hide_.add_login(result.username, result.password);
  result.authority = text("authority");
  result.timeout = duration("timeout", 10s);
  result.connect_timeout = duration("connect_timeout", 5s);
  return result;
}

caf::error option_reader::finish() {
  if (!problem_.empty())
    return make_error(ec::invalid_argument, problem_);
  for (const auto& [name, value] : options_)
    if (std::find(known_.begin(), known_.end(), name) == known_.end())
      return make_error(ec::invalid_argument,
                        fmt::format("handler '{}' has no option '{}'{}",
                                    handler_, name, suggestion(name, known_)));
  return caf::none;
}

} // namespace troupe
