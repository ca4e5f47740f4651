#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/settings.hpp"

namespace troupe {

/// A name and a value that belong to a log line.
using log_field = std::pair<std::string_view, std::string>;

/// Takes one finished line, without its end. May be called from any thread.
using log_sink = std::function<void(const std::string&)>;

/// Told of something that happens, for a log. May be called from any thread.
using log_reporter = std::function<void(log_level level, std::string_view event,
                                        const std::vector<log_field>& facts)>;

/// Writes structured log lines: text for people or JSON for machines.
class logger {
public:
  /// Drops everything.
  logger() = default;

  logger(log_format format, log_level level, log_sink sink);

  /// What happened, in a few words that do not vary, and the facts that do.
  void write(log_level level, int64_t now_ms, std::string_view event,
             const std::vector<log_field>& fields = {}) const;

private:
  log_format format_ = log_format::text;
  log_level level_ = log_level::error;
  log_sink sink_;
};

/// `2026-01-01T00:00:00.000Z`.
std::string format_time(int64_t time_ms);

} // namespace troupe
