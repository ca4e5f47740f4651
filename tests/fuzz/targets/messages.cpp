// Messages between processes: whatever the bytes are, reading one gives a
// message or an error, and a message reads the same after it was written.
#include <cmath>
#include <vector>

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>

#include "actors/protocol/messages.hpp"
#include "tests/fuzz/targets/target.hpp"

namespace troupe::fuzz {

namespace {

template <class T>
std::vector<char> written(T x) {
  std::vector<char> result;
  caf::binary_serializer sink{nullptr, result};
  must(!sink(x), "a message cannot be written");
  return result;
}

/// CAF's way to write a double does not come back from an infinite one; a
/// coordinator takes no such rate.
template <class T>
bool has_endless_rate(const T& x) {
  if constexpr (requires { x.rules.records_per_second; })
    return !std::isfinite(x.rules.records_per_second);
  else
    return false;
}

template <class T>
bool read(std::string_view input) {
  T x;
  caf::binary_deserializer source{nullptr, input.data(), input.size()};
  if (source(x) || has_endless_rate(x))
    return false;
  auto once = written(x);
  T again;
  caf::binary_deserializer second{nullptr, once};
  must(!second(again), "a message that was written cannot be read");
  must(written(again) == once, "a message changed by being written again");
  return true;
}

struct entry {
  bool (*run)(std::string_view);
  std::vector<char> (*seed)();
};

template <class T>
constexpr entry of() {
  return {read<T>, [] { return written(T{}); }};
}

std::vector<char> full_fetch() {
  record x{bytes{std::string{"k"}}, {}, {{"h", {}}}, 5};
  return written(fetch_result{fetch_status::ok, {make_batch({x})}, 0, 1, 1, 0});
}

constexpr entry entries[] = {
  {read<fetch_result>, full_fetch},
  of<append_request>(),
  of<append_result>(),
  of<assignment>(),
  of<commit_request>(),
  of<commit_result>(),
  of<consumer_status>(),
  of<delivery>(),
  of<fetch_request>(),
  of<group_description>(),
  of<group_image>(),
  of<heartbeat>(),
  of<heartbeat_result>(),
  of<join_request>(),
  of<member_state>(),
  of<metadata_update>(),
  of<node_metrics>(),
  of<node_status>(),
  of<partition_status>(),
  of<posting>(),
  of<reset_plan>(),
  of<reset_request>(),
  of<revocation>(),
  of<revoked_notice>(),
  of<timeline_event>(),
  of<topic_spec>(),
  of<std::vector<posting>>(),
  of<std::vector<topic_info>>(),
};

bool run(std::string_view input) {
  if (input.empty())
    return false;
  auto which = static_cast<unsigned char>(input[0]) % std::size(entries);
  return entries[which].run(input.substr(1));
}

std::vector<std::string> seeds() {
  std::vector<std::string> result;
  for (size_t i = 0; i < std::size(entries); ++i) {
    auto content = entries[i].seed();
    result.push_back(std::string(1, static_cast<char>(i))
                     + std::string{content.begin(), content.end()});
  }
  return result;
}

} // namespace

const target messages{"messages", run, nullptr, seeds};

} // namespace troupe::fuzz
