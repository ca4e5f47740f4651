#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>

#include "config/settings.hpp"
#include "tests/scratch_directory.hpp"
#include "tests/source_tree.hpp"

namespace troupe::tests {

/// An authority of its own, and what it signed: made by `./dev certs`.
class certificates {
public:
  certificates() {
    run(source_path("dev") + " certs " + dir_.path("pki") + " >/dev/null 2>&1");
  }

  /// Files of whoever has this name: node-1 to node-3, worker, admin, reader.
  tls_settings of(const std::string& name) const {
    return {path(name + ".pem"), path(name + ".key"), path("authority.pem")};
  }

  std::string path(const std::string& file) const {
    return dir_.path("pki/" + file);
  }

  /// Another certificate of this authority.
  tls_settings make(const std::string& name, const std::string& subject,
                    const std::string& options = "-days 1") const {
    run("openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
        " -keyout "
        + path(name + ".key") + " -subj '" + subject
        + "' 2>/dev/null | openssl x509 -req -CA " + path("authority.pem")
        + " -CAkey " + path("authority.key") + " -set_serial 7 " + options
        + " -out " + path(name + ".pem") + " 2>/dev/null");
    return of(name);
  }

private:
  static void run(const std::string& command) {
    if (std::system(command.c_str()) != 0)
      throw std::runtime_error("failed: " + command);
  }

  scratch_directory dir_;
};

} // namespace troupe::tests
