#pragma once

#include <string>
#include <vector>

#include "actors/handlers/option_reader.hpp"
#include "actors/handlers/verdict.hpp"

namespace troupe {

/// What handlers that send by HTTP have in common.
struct http_options {
  std::vector<std::string> headers;
  success_rule success;
  gateway_access access;
  /// Of all secrets that were read before, too.
  redaction hide;
};

/// `headers`, `success`, `success_text` and those of `option_reader::access`.
http_options read_http_options(option_reader& in);

/// `http://` or `https://`.
void check_url(option_reader& in, const std::string& name,
               const std::string& url);

} // namespace troupe
