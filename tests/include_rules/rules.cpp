#include "tests/include_rules/rules.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace troupe::tests {

namespace {

using patterns = std::vector<std::string>;

/// A pattern that ends in '/' stands for everything below it, any other one
/// for itself; `{own}` is the folder of the file, with its '/'.
struct rule {
  const char* name;
  bool (*holds_for)(const source_file&);
  /// Headers of the project, by path.
  patterns own;
  /// Headers of others; those of the standard library without a '/' or a '.'
  /// are free.
  patterns others;
  /// Taken out of both, and of the standard library.
  patterns never;
};

// -- patterns ---------------------------------------------------------------

bool matches(const patterns& xs, const std::string& own_folder,
             const std::string& path) {
  return std::any_of(xs.begin(), xs.end(), [&](const std::string& pattern) {
    const auto& x = pattern == "{own}" ? own_folder : pattern;
    return x.ends_with('/') ? path.starts_with(x) : path == x;
  });
}

patterns operator+(patterns x, const patterns& y) {
  x.insert(x.end(), y.begin(), y.end());
  return x;
}

// -- which file is what ------------------------------------------------------

bool is_below(const source_file& x, std::string_view folder) {
  return x.path.starts_with(folder);
}

/// "actors/partition/" for a file in it.
std::string folder_of(const source_file& x) {
  return x.path.substr(0, x.path.rfind('/') + 1);
}

/// What an actor is declared in: "actors/partition/partition.hpp" or
/// "actors/partition/partition_state.hpp".
bool is_actor_header(const source_file& x, const std::string& path) {
  auto folder = folder_of(x);
  auto role = folder.substr(0, folder.size() - 1);
  role.erase(0, role.rfind('/') + 1);
  return path == folder + role + ".hpp" || path == folder + role + "_state.hpp";
}

/// Tools of an actor that do not need its header.
const patterns actor_tools = {"actors/coordinator/reply.hpp"};

/// A role's actor: the header of its name, what is built on it, its tools.
/// Everything else in the folder is a pure core.
bool is_actor(const source_file& x) {
  return is_below(x, "actors/")
         && (is_actor_header(x, x.path) || matches(actor_tools, "", x.path)
             || std::any_of(
               x.includes.begin(), x.includes.end(),
               [&](const auto& y) { return is_actor_header(x, y.path); }));
}

/// What users write, and what they write it with.
bool is_handler(const source_file& x) {
  return is_below(x, "actors/handlers/")
         || is_below(x, "actors/consumer/handler.");
}

// -- the table ---------------------------------------------------------------

/// What CAF has of values.
const patterns caf_values = {
  "caf/error.hpp",    "caf/expected.hpp", "caf/none.hpp",    "caf/sec.hpp",
  "caf/timespan.hpp", "caf/optional.hpp", "caf/variant.hpp", "caf/meta/"};

/// What would make an actor wait, or run beside it.
const patterns threads = {
  "barrier",   "condition_variable", "future",     "latch", "mutex",
  "semaphore", "shared_mutex",       "stop_token", "thread"};

/// What only `runtime/` may touch.
const patterns outside_world =
  threads + patterns{"filesystem", "fstream", "iostream"};

/// The libraries of the codecs.
const patterns compression = {"lz4frame.h", "snappy.h", "zlib.h", "zstd.h",
                              "zstd_errors.h"};

/// Brings sockets, or the whole of CAF.
const patterns caf_outside = {"caf/io/", "caf/all.hpp"};

const std::vector<rule>& rules() {
  static const std::vector<rule> result = {
    {"config/ includes std and Boost.JSON, never CAF",
     [](const source_file& x) { return is_below(x, "config/"); },
     {"config/"},
     {"boost/json/", "boost/json.hpp", "boost/system/", "fmt/"},
     threads},
    {"a codec includes its library, and of the protocol what bytes are",
     [](const source_file& x) {
       return is_below(x, "actors/protocol/codecs/");
     },
     {"{own}", "actors/protocol/bytes.hpp", "actors/protocol/encoding.hpp"},
     compression,
     outside_world},
    {"of the consensus one header includes its library",
     [](const source_file& x) {
       return x.path == "actors/consensus/libraft.hpp";
     },
     {},
     {"raft.h"},
     outside_world},
    {"the protocol includes itself, the settings and CAF without caf/io",
     [](const source_file& x) { return is_below(x, "actors/protocol/"); },
     {"actors/protocol/", "config/settings.hpp"},
     {"caf/", "fmt/", "isa-l/"},
     outside_world + caf_outside},
    {"a handler includes what a user's handler does: handler.hpp, the "
     "protocol, settings and CAF without caf/io; those that ship Boost.JSON "
     "and what OpenSSL has of digests, too",
     is_handler,
     {"{own}", "actors/consumer/handler.hpp", "actors/protocol/",
      "config/settings.hpp", "config/nearest.hpp", "config/units.hpp",
      "config/host_port.hpp", "config/rules.hpp"},
     {"caf/", "fmt/", "boost/json/", "openssl/evp.h", "openssl/hmac.h"},
     outside_world + caf_outside},
    {"the controller of a cluster includes what the metadata and the consensus "
     "are, too, and no actor of theirs",
     [](const source_file& x) {
       return is_below(x, "actors/quorum_controller/");
     },
     {"{own}", "actors/protocol/", "actors/storage/", "actors/consensus/",
      "actors/controller/", "config/settings.hpp"},
     {"caf/", "fmt/"},
     outside_world + caf_outside
       + patterns{"actors/controller/controller.hpp"}},
    {"an actor includes its own folder, the protocol, storage, settings and "
     "CAF without caf/io, never another role",
     is_actor,
     {"{own}", "actors/protocol/", "actors/storage/", "config/settings.hpp"},
     {"caf/", "fmt/"},
     outside_world + caf_outside},
    {"a pure core includes its own folder's cores, storage, the protocol's "
     "values, settings and CAF's values; it names no actor, system or clock",
     [](const source_file& x) { return is_below(x, "actors/"); },
     {"{own}", "actors/protocol/", "actors/storage/", "config/settings.hpp",
      "config/nearest.hpp"},
     caf_values + patterns{"fmt/", "isa-l/"},
     outside_world + caf_outside + actor_tools
       + patterns{"actors/protocol/interfaces.hpp",
                  "actors/protocol/clock.hpp"}},
    {"runtime/ includes everything but the tests",
     [](const source_file& x) { return is_below(x, "runtime/"); },
     {"actors/", "config/", "runtime/"},
     {"caf/", "boost/", "fmt/", "isa-l/", "CLI/", "sys/", "netinet/", "arpa/",
      "openssl/", "curl/", "httplib.h", "prometheus/", "unistd.h", "fcntl.h",
      "signal.h", "netdb.h", "poll.h", "dirent.h"},
     {}},
  };
  return result;
}

const rule* find_rule(const source_file& x) {
  for (const auto& y : rules())
    if (y.holds_for(x))
      return &y;
  return nullptr;
}

bool is_allowed(const rule& r, const std::string& own_folder,
                const include_line& x) {
  if (matches(r.never, own_folder, x.path))
    return false;
  if (x.is_quoted)
    return matches(r.own, own_folder, x.path);
  auto is_standard = x.path.find_first_of("/.") == std::string::npos;
  return is_standard || matches(r.others, own_folder, x.path);
}

} // namespace

std::string rule_of(const source_file& file) {
  const auto* r = find_rule(file);
  return r ? r->name : "";
}

std::vector<std::string> include_faults(const source_file& file) {
  const auto* r = find_rule(file);
  if (!r)
    return {fmt::format("{}: no rule says what it may include", file.path)};
  std::vector<std::string> result;
  for (const auto& x : file.includes)
    if (!is_allowed(*r, folder_of(file), x))
      result.push_back(fmt::format("{}:{}: includes {}: {}", file.path, x.line,
                                   x.path, r->name));
  return result;
}

} // namespace troupe::tests
