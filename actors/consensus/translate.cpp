#include "actors/consensus/translate.hpp"
#include "actors/consensus/configuration.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"

namespace troupe::consensus {

caf::error to_error(int code, const char* what) {
  auto text = fmt::format("{}: {}", what, raft_strerror(code));
  switch (code) {
    case RAFT_NOTLEADER:
      return make_error(ec::not_leader, std::move(text));
    case RAFT_CANTCHANGE:
      return make_error(ec::not_available, std::move(text));
    case RAFT_BADID:
    case RAFT_BADROLE:
    case RAFT_DUPLICATEID:
    case RAFT_DUPLICATEADDRESS:
    case RAFT_NOTFOUND:
      return make_error(ec::invalid_argument, std::move(text));
    default:
      return make_error(ec::consensus_failed, std::move(text));
  }
}

// The stored numbers are libraft's own.
static_assert(static_cast<int>(entry_kind::command) == RAFT_COMMAND);
static_assert(static_cast<int>(entry_kind::barrier) == RAFT_BARRIER);
static_assert(static_cast<int>(entry_kind::change) == RAFT_CHANGE);
static_assert(static_cast<int>(member_role::standby) == RAFT_STANDBY);
static_assert(static_cast<int>(member_role::voter) == RAFT_VOTER);
static_assert(static_cast<int>(member_role::spare) == RAFT_SPARE);

caf::expected<raft_configuration> to_library(const configuration& x) {
  raft_configuration result;
  raft_configuration_init(&result);
  for (const auto& i : x) {
    if (i.id == 0 || i.address.empty()) {
      raft_configuration_close(&result);
      return make_error(
        ec::invalid_argument,
        fmt::format("member {} at '{}' has no id or address", i.id, i.address));
    }
    auto code = raft_configuration_add(&result, i.id, i.address.c_str(),
                                       static_cast<int>(i.role));
    if (code == 0)
      continue;
    raft_configuration_close(&result);
    return to_error(code,
                    fmt::format("member {} at '{}'", i.id, i.address).c_str());
  }
  return result;
}

configuration from_library(const raft_configuration& x) {
  configuration result;
  for (unsigned i = 0; i < x.n; ++i)
    result.push_back({x.servers[i].id, x.servers[i].address,
                      static_cast<member_role>(x.servers[i].role)});
  return result;
}

caf::expected<std::string> encode_configuration(const configuration& x) {
  auto members = to_library(x);
  if (!members)
    return std::move(members.error());
  raft_buffer buffer{};
  auto code = raft_configuration_encode(&*members, &buffer);
  raft_configuration_close(&*members);
  if (code != 0)
    return to_error(code, "a configuration as bytes");
  std::string result{static_cast<const char*>(buffer.base), buffer.len};
  raft_free(buffer.base);
  return result;
}

caf::expected<raft_configuration> decode_configuration(const std::string& x) {
  raft_configuration result;
  raft_buffer buffer{const_cast<char*>(x.data()), x.size()};
  if (auto code = raft_configuration_decode(&buffer, &result); code != 0)
    return to_error(code, "bytes as a configuration");
  return result;
}

caf::expected<raft_snapshot_metadata> to_library(const snapshot& x) {
  auto members = to_library(x.members);
  if (!members)
    return std::move(members.error());
  return raft_snapshot_metadata{x.index, x.term, *members, x.members_index};
}

std::vector<raft_entry> to_library(const std::vector<entry>& entries,
                                   void* batch) {
  std::vector<raft_entry> result;
  result.reserve(entries.size());
  for (const auto& x : entries)
    result.push_back({x.term,
                      static_cast<raft_entry_type>(x.kind),
                      {const_cast<char*>(x.data.data()), x.data.size()},
                      batch});
  return result;
}

bool disown(configuration& members, uint64_t id, const std::string& address) {
  auto i = std::find_if(members.begin(), members.end(),
                        [id](const member& x) { return x.id == id; });
  if (i == members.end() || i->address == address)
    return false;
  i->role = member_role::spare;
  return true;
}

caf::expected<configuration> read_configuration(const std::string& data) {
  auto read = decode_configuration(data);
  if (!read)
    return std::move(read.error());
  auto result = from_library(*read);
  raft_configuration_close(&*read);
  return result;
}

} // namespace troupe::consensus
