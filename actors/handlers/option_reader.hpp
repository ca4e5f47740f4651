#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "actors/consumer/handler.hpp"
#include "actors/handlers/gateway.hpp"
#include "actors/handlers/redaction.hpp"
#include "actors/handlers/text_template.hpp"

namespace troupe {

/// Where secrets come from: variables of the environment, and files that not
/// everybody can read. `runtime/` has the real one.
struct secret_source {
  std::function<caf::expected<std::string>(const std::string& name)> variable;
  std::function<caf::expected<std::string>(const std::string& path)> file;
};

/// Reads the options of a handler. What is wrong is kept until `finish`, which
/// names the first such thing, or an option that nobody asked for.
class option_reader {
public:
  option_reader(std::string handler, const handler_options& options,
                const secret_source& secrets);

  std::string text(const std::string& name, const std::string& otherwise = "");
  std::string required(const std::string& name, const std::string& hint);
  std::string choice(const std::string& name,
                     const std::vector<std::string>& of);
  std::chrono::milliseconds duration(const std::string& name,
                                     std::chrono::milliseconds otherwise);
  text_template place(const std::string& name, const std::string& otherwise,
                      const std::vector<std::string>& names = {});

  /// Of a text that was read already.
  text_template parse_place(const std::string& name, const std::string& text,
                            const std::vector<std::string>& names = {});

  /// From the variable that `NAME_env` names, or the file that `NAME_file`
  /// does; given as it is, it is refused. Empty: none was named.
  std::string secret(const std::string& name);

  /// `username`, the secret `password`, `authority`, `timeout` (10s) and
  /// `connect_timeout` (5s).
  gateway_access access();

  /// Of all secrets that were read so far.
  const redaction& hide() const noexcept {
    return hide_;
  }

  void wrong(const std::string& name, const std::string& why);

  /// Error: `invalid_argument`.
  caf::error finish();

private:
  std::optional<std::string> take(const std::string& name);

  std::string handler_;
  const handler_options& options_;
  const secret_source& secrets_;
  std::vector<std::string> known_;
  redaction hide_;
  std::string problem_;
};

} // namespace troupe
