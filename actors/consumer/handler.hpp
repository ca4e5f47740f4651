#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/timespan.hpp>

#include "actors/protocol/interfaces.hpp"

/// What a user writes. A handler turns one record into one effect. It is either
/// a function, which runs inside the consumer and must not block, or an actor
/// (`handler_actor`), which may take its time. Both are registered under a
/// name, which JSON uses.
namespace troupe {

/// Handles one record. An error: the record is handed out again, after a wait
/// that grows; an exception counts as an error.
using handler_function = std::function<caf::error(const delivery&)>;

/// Spawns a handler actor: once a consumer, again after it crashed.
using handler_spawner = std::function<handler_actor(caf::actor_system&)>;

/// A handler made for one consumer: exactly one of the two is set.
struct handler {
  handler_function function;
  handler_spawner spawner;
  /// After this long it has given a record up by itself, as its option
  /// `timeout` says; 0: it has none.
  caf::timespan timeout = {};
};

/// The `options` object of a consumer in JSON.
using handler_options = std::map<std::string, std::string>;

/// Makes the handler of one consumer, or says what is wrong with its options.
using handler_factory =
  std::function<caf::expected<handler>(const handler_options&)>;

/// The handlers that JSON can name.
class handler_registry {
public:
  /// Registers a function that needs no options.
  void add(std::string name, handler_function fun);

  /// Registers an actor that needs no options.
  void add_actor(std::string name, handler_spawner spawn);

  /// Registers what makes a handler from its options.
  void add_factory(std::string name, handler_factory make);

  /// `unknown_handler` names the nearest registered one.
  caf::expected<handler> make(const std::string& name,
                              const handler_options& options) const;

  /// The handler of a consumer; `invalid_argument` when the consumer would not
  /// wait until the handler gives a record up by itself: a gateway that hangs
  /// would cost the record its attempts.
  caf::expected<handler> make(const consumer_settings& x) const;

  /// All names, sorted.
  std::vector<std::string> names() const;

private:
  std::map<std::string, handler_factory> factories_;
};

} // namespace troupe
