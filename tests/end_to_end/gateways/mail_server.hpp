#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/end_to_end/process.hpp"

namespace troupe::testing {

/// An SMTP server on this machine (aiosmtpd), which puts mails into a
/// directory.
class mail_server {
public:
  explicit mail_server(const std::string& directory);

  /// Starts it, or starts it again; waits until it takes connections.
  void start();
  void stop();

  /// smtp://...
  std::string url() const;

  struct message {
    std::string id;
    std::string to;
    std::string subject;
    std::string text;
  };

  std::vector<message> received() const;

  std::string said() const;

private:
  std::string directory_;
  uint16_t port_;
  int started_ = 0;
  std::unique_ptr<process> server_;
};

} // namespace troupe::testing
