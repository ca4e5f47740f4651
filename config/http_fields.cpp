#include <fmt/format.h>

#include "config/host_port.hpp"
#include "config/rules.hpp"
#include "config/settings_checks.hpp"
#include "config/settings_fields.hpp"

/// What a node serves by HTTP, and to whom.
namespace troupe {

void describe(field_visitor& v, http_settings& x) {
  v.any_text("address", x.address,
             "`host:port` of the console, `/metrics`, `/healthz` and "
             "`/readyz`, by HTTPS when `tls` is set; only loopback, unless "
             "`tls` or `insecure` is set; empty: none of them.");
  v.any_text("token_env", x.token_env,
             "The variable of the environment that has the console's token, "
             "16 bytes or more: who knows it may look at records and change "
             "things.");
  v.any_text("token_file", x.token_file,
             "The same: a file that only its owner can read. Without either "
             "the console shows, on loopback, and changes nothing.");
  v.integer("watchers_max", x.watchers_max, 1, 1'000,
            "Browsers that watch the console at once.");
}

void check_http(json_problems& problems, const std::string& path,
                const node_settings& x) {
  const auto& http = x.http;
  if (!http.token_env.empty() && !http.token_file.empty())
    problems.add(member_path(path, "token_file"),
                 fmt::format("expected no more than one of token_env and "
                             "token_file, found \"{}\" beside \"{}\"",
                             http.token_file, http.token_env));
  if (http.address.empty())
    return;
  auto where = member_path(path, "address");
  auto at = parse_host_port(http.address);
  if (!at) {
    problems.add(where,
                 fmt::format("expected host:port with a port from 1 to 65535, "
                             "as \"127.0.0.1:8080\", found \"{}\"",
                             http.address));
    return;
  }
  if (is_loopback(at->host) || x.tls != tls_settings{})
    return;
  if (!x.insecure)
    problems.add(where,
                 fmt::format("'{}' can be reached from other machines without "
                             "encryption: use 127.0.0.1, set \"tls\", or set "
                             "\"insecure\": true if everyone in that network "
                             "may read all that it shows",
                             at->host));
  else if (http.token_env.empty() && http.token_file.empty())
    problems.add(where,
                 fmt::format("'{}' can be reached from other machines: the "
                             "console there wants a token (token_env or "
                             "token_file)",
                             at->host));
}

} // namespace troupe
