#include "runtime/http/routes.hpp"

#include <charconv>
#include <optional>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "config/host_port.hpp"
#include "config/rules.hpp"
#include "runtime/http/exposition.hpp"
#include "runtime/http/inquiry.hpp"
#include "runtime/http/page_files.hpp"
#include "runtime/http/snapshot.hpp"
#include "runtime/json_view.hpp"

namespace troupe::http {

namespace {

using boost::json::object;

constexpr const char* json_type = "application/json";
constexpr size_t records_default = 50;
constexpr std::chrono::milliseconds snapshot_pause{1000};

int status_of(const caf::error& x) {
  switch (code_of(x)) {
    case ec::invalid_argument:
      return 400;
    case ec::not_allowed:
      return 403;
    case ec::unknown_topic:
    case ec::unknown_partition:
    case ec::unknown_group:
      return 404;
    case ec::group_not_empty:
      return 409;
    case ec::queue_full:
      return 429;
    default:
      return 503;
  }
}

void refuse(httplib::Response& to, int status, const std::string& why) {
  to.status = status;
  to.set_content(boost::json::serialize(object{{"error", text_to_json(why)}}),
                 json_type);
}

void refuse(httplib::Response& to, const caf::error& why) {
  refuse(to, status_of(why), what(why));
}

std::optional<int64_t> integer_param(const httplib::Request& x,
                                     const char* name) {
  auto text = x.get_param_value(name);
  int64_t result = 0;
  auto [end, error] =
    std::from_chars(text.data(), text.data() + text.size(), result);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return result;
}

/// The value of a cookie; empty: it was not sent.
std::string cookie(const httplib::Request& x, std::string_view name) {
  auto all = x.get_header_value("Cookie");
  for (size_t at = 0; at < all.size();) {
    auto end = std::min(all.find(';', at), all.size());
    auto one = std::string_view{all}.substr(at, end - at);
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    if (one.starts_with(name) && one.size() > name.size()
        && one[name.size()] == '=')
      return std::string{one.substr(name.size() + 1)};
    at = end + 1;
  }
  return {};
}

/// The host that a browser believes it talks to.
bool names_loopback(const std::string& host) {
  auto found = parse_host_port(host);
  if (found)
    return is_loopback(found->host);
  auto bare = host;
  if (bare.starts_with('[') && bare.ends_with(']'))
    bare = bare.substr(1, bare.size() - 2);
  return is_loopback(bare);
}

} // namespace

routes::routes(caf::actor_system& system, server_config config)
  : system_(system), config_(std::move(config)), api_{system_, config_.node},
    neighbours_(system_, config_.connector, config_.node_id),
    cookie_(fmt::format(
      "troupe_session_{}",
      parse_host_port(config_.http.address).value_or(host_port{}).port)),
    sessions_(config_.token, random_token),
    board_(
      [this] {
        return boost::json::serialize(
          snapshot_of(take_survey(system_, config_.node, &neighbours_)));
      },
      config_.http.watchers_max, snapshot_pause) {
  // nop
}

void routes::add_to(httplib::Server& to, const std::string& host,
                    bool is_encrypted) {
  to.set_default_headers(
    {{"Content-Security-Policy",
      "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; "
      "base-uri 'none'; form-action 'self'"},
     {"X-Content-Type-Options", "nosniff"},
     {"Referrer-Policy", "no-referrer"},
     {"Cache-Control", "no-store"}});
  // A page of somebody else's whose name was made to point here stays out.
  if (is_loopback(host))
    to.set_pre_routing_handler([](const request& x, response& y) {
      if (names_loopback(x.get_header_value("Host")))
        return httplib::Server::HandlerResponse::Unhandled;
      refuse(y, 403, "this server is called 127.0.0.1 or localhost");
      return httplib::Server::HandlerResponse::Handled;
    });
  to.set_exception_handler(
    [](const request&, response& y, std::exception_ptr failed) {
      try {
        std::rethrow_exception(std::move(failed));
      } catch (const std::exception& x) {
        refuse(y, 500, x.what());
      } catch (...) {
        refuse(y, 500, "an exception of unknown type");
      }
    });
  to.set_error_handler([](const request&, response& y) {
    if (y.body.empty())
      refuse(y, y.status, fmt::format("HTTP {}", y.status));
  });
  add_health(to);
  add_pages(to);
  add_session(to, is_encrypted);
  add_views(to);
  add_actions(to);
}

void routes::close() {
  board_.close();
}

// -- health and metrics
// --------------------------------------------------------

void routes::add_health(httplib::Server& to) {
  to.Get("/healthz", [](const request&, response& y) {
    y.set_content("alive\n", "text/plain");
  });
  to.Get("/readyz", [this](const request&, response& y) {
    // Answered once the node serves.
    auto topics =
      ask<std::vector<topic_info>>(system_, config_.node, topics_atom_v);
    y.status = topics ? 200 : 503;
    y.set_content(topics
                    ? "serves\n"
                    : fmt::format("serves not: {}\n", what(topics.error())),
                  "text/plain");
  });
  to.Get("/metrics", [this](const request&, response& y) {
    y.set_content(exposition_of(take_survey(system_, config_.node, nullptr)),
                  exposition_type);
  });
}

void routes::add_pages(httplib::Server& to) {
  for (const auto& file : page_files()) {
    auto serve = [file](const request&, response& y) {
      y.set_content(file.content.data(), file.content.size(),
                    std::string{file.media_type});
    };
    // Paths are patterns: a dot in a name is a dot.
    std::string pattern;
    for (auto c : file.path)
      pattern += c == '.' ? std::string{"\\."} : std::string{c};
    to.Get("/" + pattern, serve);
    if (file.path == "index.html")
      to.Get("/", serve);
  }
}

// -- who it is
// -------------------------------------------------------------------

std::optional<session> routes::session_of(const request& x) {
  auto id = cookie(x, cookie_);
  if (id.empty())
    return std::nullopt;
  return sessions_.find(id, std::chrono::steady_clock::now());
}

bool routes::may_look(const request& x, response& to) {
  if (!sessions_.has_token() || session_of(x))
    return true;
  refuse(to, 401, "sign in with the console's token first");
  return false;
}

bool routes::may_change(const request& x, response& to) {
  if (!sessions_.has_token()) {
    refuse(to, 403,
           "this console has no token (http.token_file), and so changes "
           "nothing");
    return false;
  }
  auto known = session_of(x);
  if (!known) {
    refuse(to, 401, "sign in with the console's token first");
    return false;
  }
  if (!is_same_secret(x.get_header_value("X-CSRF-Token"), known->csrf)) {
    refuse(to, 403, "X-CSRF-Token is not this session's");
    return false;
  }
  return true;
}

void routes::add_session(httplib::Server& to, bool is_encrypted) {
  to.Get("/api/session", [this](const request& x, response& y) {
    auto known = session_of(x);
    answer(y, object{{"signed_in", known.has_value()},
                     {"has_token", sessions_.has_token()},
                     {"node_id", config_.node_id},
                     {"csrf", known ? boost::json::value(known->csrf)
                                    : boost::json::value(nullptr)}});
  });
  to.Post("/api/session", [this, is_encrypted](const request& x, response& y) {
    boost::json::error_code failed;
    auto body = boost::json::parse(x.body, failed);
    const auto* token = failed || !body.is_object()
                          ? nullptr
                          : body.as_object().if_contains("token");
    if (!token || !token->is_string())
      return refuse(y, 400, "expected {\"token\": \"...\"}");
    auto made = sessions_.sign_in(std::string{token->as_string()},
                                  std::chrono::steady_clock::now());
    if (!made)
      return refuse(y, code_of(made.error()) == ec::queue_full ? 429 : 401,
                    what(made.error()));
    y.set_header(
      "Set-Cookie",
      fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; "
                  "Max-Age={}{}",
                  cookie_, made->id,
                  std::chrono::seconds{session_book::lifetime}.count(),
                  is_encrypted ? "; Secure" : ""));
    answer(y, object{{"csrf", made->csrf}});
  });
  to.Delete("/api/session", [this](const request& x, response& y) {
    if (!may_change(x, y))
      return;
    sessions_.sign_out(cookie(x, cookie_));
    answer(y, object{});
  });
}

// -- looking
// ---------------------------------------------------------------------

void routes::answer(response& to, const caf::expected<boost::json::object>& x) {
  if (!x)
    return refuse(to, x.error());
  to.set_content(boost::json::serialize(*x), json_type);
}

void routes::add_views(httplib::Server& to) {
  to.Get("/api/snapshot", [this](const request& x, response& y) {
    if (may_look(x, y))
      answer(y, snapshot_of(take_survey(system_, config_.node, &neighbours_)));
  });
  to.Get("/api/events", [this](const request& x, response& y) {
    if (may_look(x, y))
      watch(x, y);
  });
  to.Get("/api/records", [this](const request& x, response& y) {
    if (!may_look(x, y))
      return;
    auto partition = integer_param(x, "partition");
    if (!partition || *partition < 0 || *partition > INT32_MAX)
      return refuse(y, 400, "partition: expected a number from 0");
    answer(y, api_.records(
                x.get_param_value("topic"), static_cast<int32_t>(*partition),
                integer_param(x, "offset"),
                static_cast<size_t>(std::max<int64_t>(
                  integer_param(x, "count").value_or(records_default), 1))));
  });
  to.Get("/api/dead", [this](const request& x, response& y) {
    if (may_look(x, y))
      answer(y, api_.dead_letters(x.get_param_value("topic"),
                                  x.get_param_value("group")));
  });
}

void routes::watch(const request&, response& to) {
  if (!board_.join())
    return refuse(to, 503,
                  fmt::format("{} browsers watch already (http.watchers_max)",
                              config_.http.watchers_max));
  to.set_chunked_content_provider(
    "text/event-stream",
    [this, seen = uint64_t{0}](size_t, httplib::DataSink& sink) mutable {
      auto page = board_.next(seen);
      if (!page)
        return false;
      seen = page->number;
      auto event = fmt::format("event: snapshot\ndata: {}\n\n", page->text);
      return sink.write(event.data(), event.size());
    },
    [this](bool) { board_.leave(); });
}

// -- doing
// -----------------------------------------------------------------------

void routes::add_actions(httplib::Server& to) {
  to.Post("/api/groups/pause", [this](const request& x, response& y) {
    if (may_change(x, y))
      answer(y, api_.pause(x.body));
  });
  to.Post("/api/groups/reset", [this](const request& x, response& y) {
    if (may_change(x, y))
      answer(y, api_.reset(x.body));
  });
  to.Post("/api/dead/replay", [this](const request& x, response& y) {
    if (may_change(x, y))
      answer(y, api_.replay(x.body));
  });
}

} // namespace troupe::http
