#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include <curl/curl.h>

#include "actors/handlers/gateway.hpp"

namespace troupe {

/// One request on its way, as libcurl has it.
class transfer {
public:
  transfer(uint64_t id, http_request x);
  transfer(uint64_t id, mail x);

  transfer(const transfer&) = delete;
  transfer& operator=(const transfer&) = delete;

  uint64_t id() const noexcept {
    return id_;
  }

  CURL* handle() const noexcept {
    return handle_.get();
  }

  /// It is over.
  gateway_answer answer(CURLcode result) const;

private:
  explicit transfer(uint64_t id);

  template <class T>
  void set(CURLoption option, T value);
  void set_access(const gateway_access& x);
  void add(std::unique_ptr<curl_slist, void (*)(curl_slist*)>& to,
           const std::string& text);

  /// Whether the server said no to this mail, not to all of them.
  bool is_refused_mail(CURLcode result, long code) const;

  static size_t take_body(char* data, size_t size, size_t count, void* to);
  static size_t take_line(char* data, size_t size, size_t count, void* to);
  static size_t give_content(char* data, size_t size, size_t count, void* from);

  uint64_t id_;
  std::unique_ptr<CURL, void (*)(CURL*)> handle_;
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers_;
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> recipients_;
  std::string content_;
  size_t given_ = 0;
  std::string body_;
  /// The last line of SMTP's replies that says no, or else the last one.
  std::string line_;
  bool is_mail_ = false;
  std::array<char, CURL_ERROR_SIZE> problem_{};
};

} // namespace troupe
