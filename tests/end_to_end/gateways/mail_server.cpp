#include "tests/end_to_end/gateways/mail_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "tests/catch.hpp"

namespace troupe::testing {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

bool listens(uint16_t port) {
  auto socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto result =
    ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address))
    == 0;
  ::close(socket);
  return result;
}

std::string from_base64(const std::string& text) {
  std::string result(text.size(), '\0');
  auto size =
    EVP_DecodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                    reinterpret_cast<const unsigned char*>(text.data()),
                    static_cast<int>(text.size()));
  if (size < 0)
    return "no base 64: " + text;
  auto padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  result.resize(static_cast<size_t>(size - padding));
  return result;
}

mail_server::message read(const fs::path& path) {
  mail_server::message result;
  std::ifstream in{path};
  std::string body;
  auto is_body = false;
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r'))
      line.pop_back();
    auto value = [&](std::string_view name, std::string& to) {
      if (line.starts_with(name))
        to = line.substr(name.size());
    };
    if (is_body) {
      body += line;
      continue;
    }
    is_body = line.empty();
    value("Message-ID: ", result.id);
    value("To: ", result.to);
    value("Subject: ", result.subject);
  }
  result.text = from_base64(body);
  return result;
}

} // namespace

mail_server::mail_server(const std::string& directory)
  : directory_(directory), port_(free_port()) {
  // What it is in decides what `python3` loads.
  fs::create_directories(directory_ + "/mail");
}

void mail_server::start() {
  server_ = std::make_unique<process>(
    directory_, fmt::format("aiosmtpd{}", ++started_), "/usr/bin/python3",
    std::vector<std::string>{
      "-m", "aiosmtpd", "-n", "-l", fmt::format("127.0.0.1:{}", port_), "-c",
      "aiosmtpd.handlers.Mailbox", directory_ + "/mail/box"});
  if (!eventually([this] { return listens(port_); }, 30s))
    FAIL("no mail server: " << said());
}

void mail_server::stop() {
  server_.reset();
}

std::string mail_server::url() const {
  return fmt::format("smtp://127.0.0.1:{}", port_);
}

std::vector<mail_server::message> mail_server::received() const {
  std::vector<message> result;
  // A mail that is not whole yet is in another folder.
  auto folder = fs::path{directory_} / "mail/box/new";
  if (fs::exists(folder))
    for (const auto& x : fs::directory_iterator{folder})
      result.push_back(read(x.path()));
  return result;
}

std::string mail_server::said() const {
  return server_ ? server_->out() + server_->err() : "";
}

} // namespace troupe::testing
