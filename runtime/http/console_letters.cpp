// Dead letters in the console.

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include <boost/json/array.hpp>

#include "config/json_reader.hpp"
#include "runtime/dead_letters.hpp"
#include "runtime/http/console_api.hpp"
#include "runtime/http/inquiry.hpp"
#include "runtime/json_view.hpp"
#include "runtime/wall_epoch.hpp"

namespace troupe::http {

namespace {

using boost::json::array;
using boost::json::object;

constexpr size_t name_bytes_max = 255;

/// Asks as threads of the server do.
struct asker {
  caf::actor_system& system() const noexcept {
    return of;
  }

  template <class Result, class Handle, class... Ts>
  caf::expected<Result> ask(const Handle& whom, Ts&&... xs) const {
    return http::ask<Result>(of, whom, std::forward<Ts>(xs)...);
  }

  caf::actor_system& of;
};

object letter_view(const placed_letter& x) {
  const auto& letter = x.what;
  return {{"offset", x.offset},
          {"partition", letter.partition},
          {"record_offset", letter.offset},
          {"consumer", text_to_json(letter.consumer)},
          {"attempts", letter.attempts},
          {"reason", text_to_json(letter.reason)},
          {"posted_ms", null_below_zero(letter.content.timestamp_ms)},
          {"key", text_or_null(letter.content.key)},
          {"value", text_or_null(letter.content.value)}};
}

struct replay_request {
  std::string topic;
  std::string group;
  std::optional<int64_t> last;
};

caf::expected<replay_request> read(const std::string& body) {
  auto document = json_document::parse(body, "request");
  if (!document)
    return make_error(ec::invalid_argument, to_string(document.errors()));
  json_problems problems{*document};
  json_object_reader in{json_reader{problems, *document}, "a request"};
  replay_request result;
  if (in.is_good()) {
    if (auto x = in.require("topic"))
      result.topic = x->text(name_bytes_max).value_or("");
    if (auto x = in.require("group"))
      result.group = x->text(name_bytes_max).value_or("");
    if (auto x = in.get("last"))
      result.last = x->integer(0, std::numeric_limits<int64_t>::max() - 1);
    in.finish();
  }
  if (!problems.is_empty())
    return make_error(ec::invalid_argument, to_string(problems.take()));
  return result;
}

} // namespace

caf::expected<object> console_api::dead_letters(
  const std::string& topic, const std::string& group) const {
  asker by{system};
  auto access = letter_access_of(by, node, wall_epoch());
  auto box = find_letter_box(access, dead_letter_topic(topic, group));
  if (!box)
    return box.error();
  auto page = read_letters(access, *box, box->begin, box->end);
  if (!page)
    return page.error();
  array letters;
  for (const auto& x : page->letters)
    letters.push_back(letter_view(x));
  return object{{"count", box->end - box->begin},
                {"letters", std::move(letters)}};
}

caf::expected<object> console_api::replay(const std::string& body) const {
  auto request = read(body);
  if (!request)
    return request.error();
  asker by{system};
  auto access = letter_access_of(by, node, wall_epoch());
  auto box =
    find_letter_box(access, dead_letter_topic(request->topic, request->group));
  if (!box)
    return box.error();
  auto end = request->last ? std::min(*request->last + 1, box->end) : box->end;
  auto done = replay_letters(access, *box, end);
  if (done.problem)
    return done.problem;
  return object{{"replayed", done.letters}};
}

} // namespace troupe::http
