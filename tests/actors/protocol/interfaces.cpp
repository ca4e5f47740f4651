// Every message between processes is inspected: a field that its `inspect`
// forgets is lost without a word. So every type of Troupe's id block is filled,
// sent through CAF's serializer, and its fields are counted.
#include "actors/protocol/interfaces.hpp"

#include <set>
#include <type_traits>

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/deep_to_string.hpp>
#include <caf/meta/annotation.hpp>

#include "tests/catch.hpp"

using namespace troupe;

namespace {

// -- how many fields a type has ----------------------------------------------

struct any_value {
  template <class T>
  operator T() const;
};

/// The number of members of an aggregate: the most values it can be made of.
template <class T, class... Ts>
constexpr size_t field_count() {
  if constexpr (requires { T{Ts{}..., any_value{}}; })
    return field_count<T, Ts..., any_value>();
  else
    return sizeof...(Ts);
}

/// An inspector that counts what it is shown.
struct field_counter {
  using result_type = size_t;
  static constexpr bool reads_state = true;
  static constexpr bool writes_state = false;

  template <class... Ts>
  size_t operator()(Ts&&...) const {
    return (size_t{0} + ... + (caf::meta::is_annotation<Ts>::value ? 0 : 1));
  }
};

// -- a value for every field -------------------------------------------------

/// An inspector that gives every field it is shown a value of its own, never
/// the default.
class filler {
public:
  using result_type = caf::error;
  static constexpr bool reads_state = false;
  static constexpr bool writes_state = true;

  template <class... Ts>
  caf::error operator()(Ts&&... xs) {
    (fill(xs), ...);
    return caf::none;
  }

  template <class T>
  void fill(T& x) {
    if constexpr (caf::meta::is_annotation<T>::value)
      return;
    else if constexpr (std::is_same_v<T, bool>)
      x = true;
    else if constexpr (std::is_enum_v<T>)
      x = static_cast<T>(1);
    else if constexpr (std::is_arithmetic_v<T>)
      x = static_cast<T>(++last_);
    else
      inspect(*this, x);
  }

  template <class Rep, class Period>
  void fill(std::chrono::duration<Rep, Period>& x) {
    x = std::chrono::duration<Rep, Period>{++last_};
  }

  void fill(std::string& x) {
    x = "text " + std::to_string(++last_);
  }

  void fill(bytes& x) {
    x = bytes{"bytes " + std::to_string(++last_)};
  }

  template <class T>
  void fill(std::vector<T>& xs) {
    xs.resize(2);
    for (auto& x : xs)
      fill(x);
  }

private:
  int last_ = 1;
};

// -- all types ---------------------------------------------------------------

/// Calls `f` with an empty value of every type of the id block.
template <caf::type_id_t Id = caf::id_block::troupe::begin, class F>
void for_each_type(F f) {
  if constexpr (Id < caf::id_block::troupe::end) {
    f(typename caf::type_by_id<Id>::type{}, caf::type_name_by_id<Id>::value);
    for_each_type<Id + 1>(f);
  }
}

/// What messages are made of without being one.
template <class F>
void for_each_part(F f) {
  f(batch_header{}, "batch_header");
  f(commit_entry{}, "commit_entry");
  f(consumer_partition{}, "consumer_partition");
  f(group_position{}, "group_position");
  f(group_settings{}, "group_settings");
  f(held_partition{}, "held_partition");
  f(member_description{}, "member_description");
  f(placed_record{}, "placed_record");
  f(record{}, "record");
  f(record_header{}, "record_header");
  f(reset_entry{}, "reset_entry");
  f(start_rule{}, "start_rule");
  f(timeline_move{}, "timeline_move");
}

template <class T>
std::vector<char> serialized(T x) {
  std::vector<char> result;
  caf::binary_serializer sink{nullptr, result};
  if (auto error = sink(x))
    FAIL(caf::to_string(error));
  return result;
}

} // namespace

TEST_CASE("every type comes back from another process as it was") {
  auto check = [](auto x, const char* name) {
    INFO(name);
    using type = decltype(x);
    auto empty = serialized(x);
    filler{}.fill(x);
    auto sent = serialized(x);
    CHECK(sent != empty);
    type received{};
    caf::binary_deserializer source{nullptr, sent};
    REQUIRE_FALSE(source(received));
    CHECK(source.remaining() == 0);
    CHECK(serialized(received) == sent);
    CHECK(caf::deep_to_string(received) == caf::deep_to_string(x));
  };
  for_each_type(check);
  for_each_part(check);
}

TEST_CASE("inspect shows every field of every type") {
  auto check = [](auto x, const char* name) {
    using type = decltype(x);
    if constexpr (std::is_aggregate_v<type>) {
      INFO(name);
      field_counter counter;
      CHECK(inspect(counter, x) == field_count<type>());
    }
  };
  for_each_type(check);
  for_each_part(check);
}

TEST_CASE("a cut message is an error, not a value") {
  group_description x;
  filler{}.fill(x);
  auto whole = serialized(x);
  for (size_t size = 0; size < whole.size(); ++size) {
    std::vector<char> cut(whole.begin(),
                          whole.begin() + static_cast<ptrdiff_t>(size));
    group_description y;
    caf::binary_deserializer source{nullptr, cut};
    CHECK(source(y));
  }
}

TEST_CASE("verbs stay apart") {
  // CAF packs an atom's letters into 64 bits and collapses what does not fit.
  std::set<uint64_t> values;
  auto add = [&](auto... verbs) {
    (values.insert(verbs.uint_value()), ...);
    CHECK(values.size() == sizeof...(verbs));
  };
  add(append_atom_v, assign_atom_v, backup_atom_v, beat_atom_v, commit_atom_v,
      config_atom_v, consumers_atom_v, create_atom_v, delete_atom_v,
      describe_atom_v, epoch_atom_v, fenced_atom_v, fetch_atom_v, flush_atom_v,
      group_atom_v, groups_atom_v, grow_atom_v, handle_atom_v, identify_atom_v,
      join_atom_v, leave_atom_v, load_atom_v, locate_atom_v, offset_atom_v,
      pace_atom_v, pause_atom_v, post_atom_v, reset_atom_v, revoke_atom_v,
      revoked_atom_v, snapshot_atom_v, state_atom_v, status_atom_v, stop_atom_v,
      sync_atom_v, tick_atom_v, timeline_atom_v, topic_atom_v, topics_atom_v,
      update_atom_v, upkeep_atom_v, watch_atom_v, write_atom_v);
}
