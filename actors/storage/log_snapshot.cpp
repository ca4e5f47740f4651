#include <fmt/format.h>

#include "actors/storage/log_impl.hpp"

namespace troupe::storage {

namespace {

/// Good to have, but a log opens without: none of it is written in place.
constexpr const char* producers_name = "producers";

} // namespace

caf::expected<log_snapshot> log::snapshot(const std::string& to) const {
  auto& x = *impl_;
  if (x.is_closed)
    return x.check_usable();
  if (auto error = x.disk->remove(to))
    return error;
  if (auto error = x.disk->make_directory(to))
    return error;
  log_snapshot result;
  result.directory = x.directory;
  result.start = x.start;
  result.end = x.end;
  auto link = [&](const std::string& name, int64_t bytes) {
    result.files.push_back({name, bytes});
    return x.disk->link(x.path_of(name), fmt::format("{}/{}", to, name));
  };
  for (const auto& s : x.segments)
    if (auto error =
          link(log_file_name(s->name()), static_cast<int64_t>(s->bytes())))
      return error;
  // The active segment's index is made when it is closed.
  for (size_t i = 0; i + 1 < x.segments.size(); ++i)
    if (auto name = index_file_name(x.segments[i]->name());
        x.disk->exists(x.path_of(name)))
      if (auto error = link(name, -1))
        return error;
  if (x.disk->exists(x.path_of(producers_name)))
    if (auto error = link(producers_name, -1))
      return error;
  log_state state;
  state.is_clean = true;
  state.end = x.end;
  state.bytes = x.segments.empty() ? 0 : x.segments.back()->bytes();
  state.start = x.start;
  state.epochs = x.epochs.entries();
  result.state = encode(state);
  // A copy is whole: all of it can be held to be synced.
  result.checkpoint = encode(log_checkpoint{x.end, x.checkpoint.compacted});
  return result;
}

} // namespace troupe::storage
