#include <algorithm>
#include <chrono>
#include <limits>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "actors/consumer/handler.hpp"

namespace troupe {

namespace {

/// How many characters have to be put in, left out or replaced to get from `x`
/// to `y`. Source: Levenshtein distance, Wagner and Fischer's algorithm.
size_t distance(std::string_view x, std::string_view y) {
  std::vector<size_t> row(y.size() + 1);
  for (size_t j = 0; j <= y.size(); ++j)
    row[j] = j;
  for (size_t i = 1; i <= x.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= y.size(); ++j) {
      auto replaced = diagonal + (x[i - 1] == y[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

caf::error unknown(const std::string& name,
                   const std::vector<std::string>& known) {
  if (known.empty())
    return make_error(ec::unknown_handler,
                      fmt::format("'{}': no handler is registered", name));
  auto nearest = std::min_element(
    known.begin(), known.end(), [&](const auto& x, const auto& y) {
      return distance(name, x) < distance(name, y);
    });
  return make_error(ec::unknown_handler,
                    fmt::format("'{}': did you mean '{}'? Registered: {}", name,
                                *nearest, fmt::join(known, ", ")));
}

/// A factory of a handler that has no options.
handler_factory without_options(std::string name, handler made) {
  return [name = std::move(name), made = std::move(made)](
           const handler_options& options) -> caf::expected<handler> {
    if (!options.empty())
      return make_error(ec::invalid_argument,
                        fmt::format("handler '{}' has no option '{}'", name,
                                    options.begin()->first));
    return made;
  };
}

} // namespace

void handler_registry::add(std::string name, handler_function fun) {
  auto make = without_options(name, handler{std::move(fun), nullptr});
  add_factory(std::move(name), std::move(make));
}

void handler_registry::add_actor(std::string name, handler_spawner spawn) {
  auto make = without_options(name, handler{nullptr, std::move(spawn)});
  add_factory(std::move(name), std::move(make));
}

void handler_registry::add_factory(std::string name, handler_factory make) {
  factories_.insert_or_assign(std::move(name), std::move(make));
}

caf::expected<handler> handler_registry::make(
  const std::string& name, const handler_options& options) const {
  auto i = factories_.find(name);
  if (i == factories_.end())
    return unknown(name, names());
  return i->second(options);
}

caf::expected<handler> handler_registry::make(
  const consumer_settings& x) const {
  auto made = make(x.handler, x.options);
  if (!made || made->timeout < x.handler_timeout)
    return made;
  auto found =
    std::chrono::duration_cast<std::chrono::milliseconds>(made->timeout);
  return make_error(ec::invalid_argument,
                    fmt::format("handler '{}', option 'timeout': expected less "
                                "than the consumer's handler_timeout, which is "
                                "{} ms, found {} ms",
                                x.handler, x.handler_timeout.count(),
                                found.count()));
}

std::vector<std::string> handler_registry::names() const {
  std::vector<std::string> result;
  for (const auto& [name, make] : factories_)
    result.push_back(name);
  return result;
}

} // namespace troupe
