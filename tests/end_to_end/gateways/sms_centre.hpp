#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/end_to_end/process.hpp"

namespace troupe::testing {

/// Kannel on this machine: bearerbox, smsbox with its HTTP interface, and the
/// fake SMS centre that comes with it, which prints what reaches it.
class sms_centre {
public:
  explicit sms_centre(const std::string& directory);

  /// Starts it; waits until all parts know each other.
  void start();

  /// The HTTP interface is gone; what is behind it stays.
  void stop_interface();
  void start_again();

  /// The URL of the HTTP interface, its user and password.
  std::string url() const;
  static constexpr const char* user = "shop";
  static constexpr const char* password = "kannel-secret";

  struct message {
    std::string to;
    std::string text;

    friend auto operator<=>(const message&, const message&) = default;
  };

  /// What came through, in its order; of one that was cut in two, two.
  std::vector<message> received() const;

  /// What all parts print, for people.
  std::string said() const;

private:
  void start_interface();

  std::string directory_;
  std::string settings_;
  uint16_t port_;
  uint16_t centre_port_;
  int started_ = 0;
  std::unique_ptr<process> bearerbox_;
  std::unique_ptr<process> smsbox_;
  std::unique_ptr<process> centre_;
};

} // namespace troupe::testing
