#include "runtime/gateway/transfer.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace troupe {

namespace {

/// Of a body: what is behind says nothing about success.
constexpr size_t body_bytes_max = 4096;

long to_ms(caf::timespan x) {
  auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(x).count();
  // 0 is libcurl's own default.
  return static_cast<long>(std::max<int64_t>(ms, 1));
}

/// Without name and password, which are nobody's business.
std::string host_of(const std::string& url) {
  auto begin = url.find("://");
  begin = begin == url.npos ? 0 : begin + 3;
  auto end = std::min(url.find_first_of("/?#", begin), url.size());
  auto at = url.rfind('@', end);
  if (at != url.npos && at > begin)
    begin = at + 1;
  return url.substr(begin, end - begin);
}

bool is_refusal(std::string_view smtp_line) {
  return smtp_line.starts_with('4') || smtp_line.starts_with('5');
}

} // namespace

transfer::transfer(uint64_t id)
  : id_(id), handle_(curl_easy_init(), curl_easy_cleanup),
    headers_(nullptr, curl_slist_free_all),
    recipients_(nullptr, curl_slist_free_all) {
  if (!handle_)
    throw std::bad_alloc{};
  // Signals are the program's.
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_ERRORBUFFER, problem_.data());
  set(CURLOPT_WRITEFUNCTION, &transfer::take_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
}

transfer::transfer(uint64_t id, http_request x) : transfer(id) {
  set(CURLOPT_URL, x.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set_access(x.access);
  for (const auto& header : x.headers)
    add(headers_, header);
  // Nothing is asked before it is sent.
  add(headers_, "Expect:");
  set(CURLOPT_HTTPHEADER, headers_.get());
  content_ = std::move(x.body);
  if (x.method == "GET")
    return;
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(content_.size()));
  set(CURLOPT_POSTFIELDS, content_.data());
  set(CURLOPT_CUSTOMREQUEST, x.method.c_str());
}

transfer::transfer(uint64_t id, mail x) : transfer(id) {
  is_mail_ = true;
  set(CURLOPT_URL, x.server.c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set_access(x.access);
  set(CURLOPT_USE_SSL,
      static_cast<long>(x.wants_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  set(CURLOPT_MAIL_FROM, fmt::format("<{}>", x.from).c_str());
  for (const auto& to : x.to)
    add(recipients_, fmt::format("<{}>", to));
  set(CURLOPT_MAIL_RCPT, recipients_.get());
  content_ = std::move(x.content);
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(content_.size()));
  set(CURLOPT_READFUNCTION, &transfer::give_content);
  set(CURLOPT_READDATA, static_cast<void*>(this));
  set(CURLOPT_HEADERFUNCTION, &transfer::take_line);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
}

template <class T>
void transfer::set(CURLoption option, T value) {
  // What can fail here is memory, or an option that this libcurl lacks.
  if (auto why = curl_easy_setopt(handle_.get(), option, value);
      why != CURLE_OK)
    throw std::runtime_error(
      fmt::format("libcurl: {}", curl_easy_strerror(why)));
}

void transfer::set_access(const gateway_access& x) {
  set(CURLOPT_TIMEOUT_MS, to_ms(x.timeout));
  set(CURLOPT_CONNECTTIMEOUT_MS, to_ms(x.connect_timeout));
  if (!x.authority.empty())
    set(CURLOPT_CAINFO, x.authority.c_str());
  if (x.username.empty())
    return;
  set(CURLOPT_USERNAME, x.username.c_str());
  set(CURLOPT_PASSWORD, x.password.c_str());
}

void transfer::add(std::unique_ptr<curl_slist, void (*)(curl_slist*)>& to,
                   const std::string& text) {
  auto* longer = curl_slist_append(to.get(), text.c_str());
  if (!longer)
    throw std::bad_alloc{};
  static_cast<void>(to.release());
  to.reset(longer);
}

size_t transfer::take_body(char* data, size_t size, size_t count, void* to) {
  auto& body = static_cast<transfer*>(to)->body_;
  auto room = body_bytes_max - std::min(body_bytes_max, body.size());
  body.append(data, std::min(room, size * count));
  return size * count;
}

size_t transfer::take_line(char* data, size_t size, size_t count, void* to) {
  auto& line = static_cast<transfer*>(to)->line_;
  std::string_view next{data, std::min(body_bytes_max, size * count)};
  while (!next.empty() && (next.back() == '\n' || next.back() == '\r'))
    next.remove_suffix(1);
  // A server that has said no is told goodbye, and says yes to that.
  if (is_refusal(next) || !is_refusal(line))
    line = next;
  return size * count;
}

size_t transfer::give_content(char* data, size_t size, size_t count,
                              void* from) {
  auto& self = *static_cast<transfer*>(from);
  auto bytes = std::min(size * count, self.content_.size() - self.given_);
  self.content_.copy(data, bytes, self.given_);
  self.given_ += bytes;
  return bytes;
}

bool transfer::is_refused_mail(CURLcode result, long code) const {
  // A code from before a line broke says nothing.
  if (!is_mail_ || code < 400)
    return false;
  // To MAIL, RCPT and DATA libcurl says that it could not send; that the mail
  // was not taken in the end has no code of its own. All before (greeting,
  // EHLO, STARTTLS, AUTH) is about the server, whatever the mail.
  return result == CURLE_SEND_ERROR || given_ > 0;
}

gateway_answer transfer::answer(CURLcode result) const {
  gateway_answer x;
  long code = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &code);
  if (result == CURLE_OK || is_refused_mail(result, code))
    x.code = static_cast<int32_t>(code);
  curl_off_t wait_s = 0;
  if (curl_easy_getinfo(handle_.get(), CURLINFO_RETRY_AFTER, &wait_s)
        == CURLE_OK
      && wait_s > 0)
    x.retry_after_ms = std::min<int64_t>(wait_s, 86'400) * 1000;
  if (x.code != 0) {
    x.text = is_mail_ ? line_ : body_;
    return x;
  }
  char* url = nullptr;
  curl_easy_getinfo(handle_.get(), CURLINFO_EFFECTIVE_URL, &url);
  x.text = fmt::format("{}: {}", url ? host_of(url) : "the gateway",
                       problem_[0] != '\0' ? problem_.data()
                                           : curl_easy_strerror(result));
  if (is_mail_ && code >= 400)
    x.text += "; it said: " + line_;
  return x;
}

} // namespace troupe
