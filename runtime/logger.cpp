#include "runtime/logger.hpp"

#include <chrono>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace troupe {

namespace {

const char* name_of(log_level level) {
  switch (level) {
    case log_level::error:
      return "error";
    case log_level::warning:
      return "warning";
    case log_level::info:
      return "info";
    case log_level::debug:
      return "debug";
  }
  return "unknown";
}

bool needs_quotes(std::string_view text) {
  return text.empty()
         || text.find_first_of(" \"=\n\r\t\\") != std::string_view::npos;
}

std::string as_text(log_level level, std::string_view time,
                    std::string_view event,
                    const std::vector<log_field>& fields) {
  auto line = fmt::format("{} {:<7} {}", time, name_of(level), event);
  for (const auto& [key, value] : fields) {
    line += fmt::format(" {}=", key);
    line += needs_quotes(value) ? boost::json::serialize(value) : value;
  }
  return line;
}

std::string as_json(log_level level, std::string_view time,
                    std::string_view event,
                    const std::vector<log_field>& fields) {
  boost::json::object line;
  line["time"] = time;
  line["level"] = name_of(level);
  line["event"] = event;
  for (const auto& [key, value] : fields)
    line[key] = value;
  return boost::json::serialize(line);
}

} // namespace

logger::logger(log_format format, log_level level, log_sink sink)
  : format_(format), level_(level), sink_(std::move(sink)) {}

void logger::write(log_level level, int64_t now_ms, std::string_view event,
                   const std::vector<log_field>& fields) const {
  if (!sink_ || level > level_)
    return;
  auto time = format_time(now_ms);
  sink_(format_ == log_format::json ? as_json(level, time, event, fields)
                                    : as_text(level, time, event, fields));
}

std::string format_time(int64_t time_ms) {
  using namespace std::chrono;
  auto whole = sys_time<milliseconds>{milliseconds{time_ms}};
  auto seconds_part = floor<seconds>(whole);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(system_clock::to_time_t(seconds_part)),
                     (whole - seconds_part).count());
}

} // namespace troupe
