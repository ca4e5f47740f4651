#include "tests/end_to_end/gateways/sms_centre.hpp"

#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "tests/catch.hpp"

namespace troupe::testing {

using namespace std::chrono_literals;

namespace {

constexpr const char* bearerbox_program = "/usr/sbin/bearerbox";
constexpr const char* smsbox_program = "/usr/sbin/smsbox";
constexpr const char* centre_program = "/usr/lib/kannel/test/fakesmsc";

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// What the fake centre prints of text: `+` for a space, `%XX` for a byte.
/// UCS-2 is brought to what it has of Latin-1, as UTF-8.
std::string decode(const std::string& text, bool is_ucs2) {
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] == '%' && i + 2 < text.size()) {
      bytes += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      bytes += text[i] == '+' ? ' ' : text[i];
    }
  if (!is_ucs2)
    return bytes;
  std::string result;
  for (size_t i = 1; i < bytes.size(); i += 2) {
    auto c = static_cast<unsigned char>(bytes[i]);
    if (c < 0x80) {
      result += static_cast<char>(c);
    } else {
      result += static_cast<char>(0xC0 | (c >> 6));
      result += static_cast<char>(0x80 | (c & 0x3F));
    }
  }
  return result;
}

} // namespace

sms_centre::sms_centre(const std::string& directory)
  : directory_(directory), settings_(directory + "/kannel.conf"),
    port_(free_port()), centre_port_(free_port()) {
  std::ofstream{settings_} << fmt::format(
    "group = core\nadmin-port = {}\nadmin-password = none\n"
    "admin-interface = 127.0.0.1\nsmsbox-port = {}\n"
    "box-allow-ip = 127.0.0.1\nsms-resend-freq = 1\nlog-level = 0\n\n"
    "group = smsc\nsmsc = fake\nsmsc-id = FAKE\nport = {}\n"
    "connect-allow-ip = 127.0.0.1\n\n"
    "group = smsbox\nbearerbox-host = 127.0.0.1\nsendsms-port = {}\n"
    "sendsms-interface = 127.0.0.1\nglobal-sender = 13013\nlog-level = 0\n\n"
    "group = sendsms-user\nusername = {}\npassword = {}\n"
    "max-messages = 10\nconcatenation = true\n",
    free_port(), free_port(), centre_port_, port_, user, password);
}

void sms_centre::start() {
  auto waits_for = [this](const process& whom, const char* text) {
    if (!eventually([&] { return has(whom.out() + whom.err(), text); }, 30s))
      FAIL("no '" << text << "': " << said());
  };
  bearerbox_ = std::make_unique<process>(
    directory_, "bearerbox", bearerbox_program, std::vector{settings_});
  waits_for(*bearerbox_, "MAIN: Start-up done");
  // Its standard input never ends, else it does.
  centre_ = std::make_unique<process>(
    directory_, "fakesmsc", "/bin/sh",
    std::vector<std::string>{
      "-c", fmt::format("mkfifo open && exec {} -H 127.0.0.1 -r {} <> open",
                        centre_program, centre_port_)});
  waits_for(*bearerbox_, "Fakesmsc client connected");
  start_interface();
  waits_for(*bearerbox_, "Client connected from <");
}

void sms_centre::start_interface() {
  smsbox_ =
    std::make_unique<process>(directory_, fmt::format("smsbox{}", ++started_),
                              smsbox_program, std::vector{settings_});
}

void sms_centre::start_again() {
  start_interface();
}

void sms_centre::stop_interface() {
  smsbox_.reset();
}

std::string sms_centre::url() const {
  return fmt::format("http://127.0.0.1:{}/cgi-bin/sendsms", port_);
}

std::vector<sms_centre::message> sms_centre::received() const {
  std::vector<message> result;
  std::istringstream lines{centre_->out() + centre_->err()};
  for (std::string line; std::getline(lines, line);) {
    auto begin = line.find(": <");
    if (!has(line, "Got message ") || begin == line.npos)
      continue;
    std::istringstream words{line.substr(begin + 3)};
    std::string from;
    std::string to;
    std::string kind;
    std::string text;
    words >> from >> to >> kind;
    std::getline(words >> std::ws, text);
    text = text.substr(0, text.rfind('>'));
    result.push_back({to, decode(text, kind == "ucs-2")});
  }
  return result;
}

std::string sms_centre::said() const {
  std::string result = bearerbox_->out() + bearerbox_->err() + centre_->err();
  if (smsbox_)
    result += smsbox_->out() + smsbox_->err();
  return result;
}

} // namespace troupe::testing
