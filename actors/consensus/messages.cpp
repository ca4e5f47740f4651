#include "actors/consensus/messages.hpp"

#include <limits>
#include <utility>

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"
#include "actors/protocol/fields.hpp"

namespace troupe::consensus {

namespace {

constexpr int64_t version = 1;

int64_t number(uint64_t x) {
  return static_cast<int64_t>(x);
}

// -- writing
// -------------------------------------------------------------------

class message_writer {
public:
  std::string operator()(const request_vote& x) {
    begin(0, x.version, x.term)
      .add(number(x.candidate))
      .add(number(x.last_index))
      .add(number(x.last_term))
      .add(x.disrupts_leader)
      .add(x.is_pre_vote);
    return out_.take();
  }

  std::string operator()(const vote_result& x) {
    begin(1, x.version, x.term)
      .add(x.is_granted)
      .add(x.is_pre_vote)
      .add(int64_t{x.features})
      .add(int64_t{x.capacity});
    return out_.take();
  }

  std::string operator()(const append_entries& x) {
    begin(2, x.version, x.term)
      .add(number(x.previous_index))
      .add(number(x.previous_term))
      .add(number(x.commit_index))
      .add(number(x.entries.size()));
    for (const auto& i : x.entries)
      out_.add(number(i.term)).add(static_cast<int64_t>(i.kind)).add(i.data);
    return out_.take();
  }

  std::string operator()(const append_result& x) {
    begin(3, x.version, x.term)
      .add(number(x.rejected))
      .add(number(x.last_index))
      .add(int64_t{x.features})
      .add(int64_t{x.capacity});
    return out_.take();
  }

  std::string operator()(const install_snapshot& x) {
    begin(4, x.version, x.term);
    add(x.base);
    return out_.take();
  }

  std::string operator()(const timeout_now& x) {
    begin(5, x.version, x.term)
      .add(number(x.last_index))
      .add(number(x.last_term));
    return out_.take();
  }

  std::string operator()(const snapshot& x) {
    out_.add(version);
    add(x);
    return out_.take();
  }

private:
  field_writer& begin(int64_t what, uint8_t their_version, uint64_t term) {
    return out_.add(version)
      .add(what)
      .add(int64_t{their_version})
      .add(number(term));
  }

  void add(const snapshot& x) {
    out_.add(number(x.index)).add(number(x.term)).add(number(x.members.size()));
    for (const auto& i : x.members)
      out_.add(number(i.id)).add(i.address).add(static_cast<int64_t>(i.role));
    out_.add(number(x.members_index)).add(x.state);
  }

  field_writer out_;
};

// -- reading
// -------------------------------------------------------------------

class message_reader {
public:
  explicit message_reader(std::string_view bytes) : in_(bytes) {}

  caf::expected<message> read_message() {
    if (auto err = check_version())
      return err;
    auto what = in_.integer();
    auto their_version = small<uint8_t>();
    auto term = number();
    auto result = body(what, their_version, term);
    if (!in_.is_complete() || !is_known_)
      return make_error(
        ec::invalid_argument,
        fmt::format("message {} between servers is malformed", what));
    return result;
  }

  caf::expected<snapshot> read_snapshot() {
    if (auto err = check_version())
      return err;
    auto result = base();
    if (!in_.is_complete() || !is_known_)
      return make_error(ec::corrupt_log, "the snapshot is malformed");
    return result;
  }

private:
  caf::error check_version() {
    auto found = in_.integer();
    if (in_.is_ok() && found > version)
      return make_error(ec::unsupported_version,
                        fmt::format("version {} of what servers say to each "
                                    "other; this program knows {}",
                                    found, version));
    if (found != version)
      is_known_ = false;
    return caf::none;
  }

  message body(int64_t what, uint8_t their_version, uint64_t term) {
    switch (what) {
      case 0:
        return request_vote{their_version, term,       number(),  number(),
                            number(),      in_.flag(), in_.flag()};
      case 1:
        return vote_result{their_version,     term,
                           in_.flag(),        in_.flag(),
                           small<uint16_t>(), small<uint16_t>()};
      case 2:
        return append_entries{their_version, term,     number(),
                              number(),      number(), entries()};
      case 3:
        return append_result{their_version,     term,
                             number(),          number(),
                             small<uint16_t>(), small<uint16_t>()};
      case 4:
        return install_snapshot{their_version, term, base()};
      case 5:
        return timeout_now{their_version, term, number(), number()};
      default:
        is_known_ = false;
        return timeout_now{};
    }
  }

  uint64_t number() {
    return static_cast<uint64_t>(
      in_.between(0, std::numeric_limits<int64_t>::max()));
  }

  template <class T>
  T small() {
    return static_cast<T>(in_.between(0, std::numeric_limits<T>::max()));
  }

  std::vector<entry> entries() {
    std::vector<entry> result;
    for (auto left = in_.count(); left > 0 && in_.is_ok(); --left) {
      entry x;
      x.term = number();
      x.kind = in_.enumerator(entry_kind::change);
      x.data = in_.text();
      // No kind has the number 0.
      if (x.kind < entry_kind::command || x.term == 0)
        is_known_ = false;
      result.push_back(std::move(x));
    }
    return result;
  }

  snapshot base() {
    snapshot result;
    result.index = number();
    result.term = number();
    for (auto left = in_.count(); left > 0 && in_.is_ok(); --left) {
      member x;
      x.id = number();
      x.address = in_.text();
      x.role = in_.enumerator(member_role::spare);
      result.members.push_back(std::move(x));
    }
    result.members_index = number();
    result.state = in_.text();
    return result;
  }

  field_reader in_;
  bool is_known_ = true;
};

} // namespace

std::string encode_message(const message& x) {
  return std::visit(message_writer{}, x);
}

caf::expected<message> decode_message(std::string_view bytes) {
  return message_reader{bytes}.read_message();
}

std::string encode_snapshot(const snapshot& x) {
  return message_writer{}(x);
}

caf::expected<snapshot> decode_snapshot(std::string_view bytes) {
  return message_reader{bytes}.read_snapshot();
}

} // namespace troupe::consensus
