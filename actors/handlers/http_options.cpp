#include "actors/handlers/http_options.hpp"

#include <sstream>
#include <utility>

#include <fmt/format.h>

namespace troupe {

namespace {

std::vector<std::string> read_headers(option_reader& in) {
  std::vector<std::string> result;
  std::istringstream lines{in.text("headers")};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty())
      continue;
    if (line.find(':') == line.npos || line.find('\r') != line.npos)
      in.wrong("headers", fmt::format("'{}': expected Name: value", line));
    result.push_back(std::move(line));
  }
  return result;
}

} // namespace

http_options read_http_options(option_reader& in) {
  http_options result;
  result.headers = read_headers(in);
  if (auto statuses = parse_statuses(in.text("success", "2xx")))
    result.success.statuses = std::move(*statuses);
  else
    in.wrong("success", what(statuses.error()));
  result.success.body = in.text("success_text");
  result.access = in.access();
  result.hide = in.hide();
  return result;
}

void check_url(option_reader& in, const std::string& name,
               const std::string& url) {
  if (!url.starts_with("http://") && !url.starts_with("https://"))
    in.wrong(name,
             fmt::format("expected http:// or https://, found '{}'", url));
}

} // namespace troupe
