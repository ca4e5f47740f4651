#include "runtime/backup/manifest.hpp"

#include <algorithm>
#include <limits>
#include <sstream>

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"
#include "actors/storage/sealed_text.hpp"

namespace troupe::backup {

namespace {

constexpr std::string_view title = "troupe-backup";

/// Above what a node gives by itself, one for each crash.
constexpr int64_t numbers_left_out = 1'000;
constexpr int64_t ms_per_minute = 60'000;

/// Whether a path stays in the directory that it is relative to.
bool is_inside(std::string_view path) {
  if (path.empty() || path.front() == '/')
    return false;
  std::istringstream in{std::string{path}};
  for (std::string part; std::getline(in, part, '/');)
    if (part.empty() || part == "." || part == "..")
      return false;
  return true;
}

} // namespace

uint64_t bytes_of(const manifest& x) {
  uint64_t result = 0;
  for (const auto& file : x.files)
    result += file.bytes;
  return result;
}

std::string encode(const manifest& x) {
  auto text = fmt::format("{} {}\ncluster {}\nnode {}\nshards {}\nbegun {}\n"
                          "program {}\n",
                          title, manifest::version, to_string(x.cluster_id),
                          x.node_id, x.shards, x.begun_ms, x.program);
  for (const auto& file : x.files)
    text += fmt::format("file {} {:08x} {}\n", file.bytes, file.crc, file.path);
  return storage::seal(std::move(text));
}

caf::expected<manifest> decode_manifest(std::string_view text,
                                        const std::string& path) {
  auto content = storage::unseal(text, title, manifest::version, path);
  if (!content)
    return content.error();
  auto damaged = [&](std::string_view line) {
    return make_error(
      ec::corrupt_log,
      fmt::format("{}: no line of a manifest: '{}'", path, line));
  };
  std::istringstream lines{*content};
  manifest result;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream in{line};
    std::string key;
    std::string cluster;
    manifest::file file;
    in >> key;
    if (key == "cluster") {
      in >> cluster;
      auto id = parse_uuid(cluster);
      if (!id)
        return damaged(line);
      result.cluster_id = *id;
    } else if (key == "node") {
      in >> result.node_id;
    } else if (key == "shards") {
      in >> result.shards;
    } else if (key == "begun") {
      in >> result.begun_ms;
    } else if (key == "program") {
      in >> result.program;
    } else if (key == "file") {
      in >> file.bytes >> std::hex >> file.crc >> file.path;
      if (!is_inside(file.path))
        return damaged(line);
      result.files.push_back(std::move(file));
    } else {
      return damaged(line);
    }
    if (in.fail())
      return damaged(line);
  }
  return result;
}

int32_t number_after_restore(int32_t number, int64_t begun_ms, int64_t now_ms) {
  auto minutes = std::max<int64_t>(now_ms - begun_ms, 0) / ms_per_minute;
  auto result = int64_t{number} + numbers_left_out + minutes;
  return static_cast<int32_t>(
    std::min<int64_t>(result, std::numeric_limits<int32_t>::max() - 1));
}

} // namespace troupe::backup
