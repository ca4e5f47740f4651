#include "actors/storage/log_state.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "actors/protocol/errors.hpp"
#include "actors/storage/sealed_text.hpp"

namespace troupe::storage {

namespace {

constexpr std::string_view state_title = "troupe-log-state";
constexpr std::string_view checkpoint_title = "troupe-log-checkpoint";

caf::error unreadable(const std::string& path, const std::string& key) {
  return make_error(ec::corrupt_log,
                    fmt::format("{}: '{}' cannot be read", path, key));
}

/// At least one; ascending by epoch and by offset, from 0 on.
bool are_epochs(const std::vector<epoch_start>& xs) {
  auto is_wrong = [](const auto& x, const auto& y) {
    return x.epoch >= y.epoch || x.start_offset > y.start_offset;
  };
  return !xs.empty() && xs.front().epoch >= 0 && xs.front().start_offset >= 0
         && std::adjacent_find(xs.begin(), xs.end(), is_wrong) == xs.end();
}

} // namespace

std::string encode(const log_state& x) {
  auto text = fmt::format("{} {}\nclean {}\nend {}\nbytes {}\nstart {}\n",
                          state_title, log_state::version, x.is_clean ? 1 : 0,
                          x.end, x.bytes, x.start);
  for (const auto& e : x.epochs)
    text += fmt::format("epoch {} {}\n", e.epoch, e.start_offset);
  return seal(std::move(text));
}

std::string encode(const log_checkpoint& x) {
  return seal(fmt::format("{} {}\nsynced {}\ncompacted {}\n", checkpoint_title,
                          log_checkpoint::version, x.synced, x.compacted));
}

caf::expected<log_state> decode_state(std::string_view text,
                                      const std::string& path) {
  auto content = unseal(text, state_title, log_state::version, path);
  if (!content)
    return content.error();
  std::istringstream in{*content};
  log_state result;
  std::string key;
  while (in >> key) {
    if (key == "clean") {
      in >> result.is_clean;
    } else if (key == "end") {
      in >> result.end;
    } else if (key == "bytes") {
      in >> result.bytes;
    } else if (key == "start") {
      in >> result.start;
    } else if (key == "epoch") {
      epoch_start e;
      in >> e.epoch >> e.start_offset;
      result.epochs.push_back(e);
    }
    if (!in)
      return unreadable(path, key);
  }
  if (result.start < 0 || result.end < 0 || !are_epochs(result.epochs))
    return make_error(ec::corrupt_log,
                      fmt::format("{}: offsets or epochs make no sense", path));
  return result;
}

caf::expected<log_checkpoint> decode_checkpoint(std::string_view text,
                                                const std::string& path) {
  auto content = unseal(text, checkpoint_title, log_checkpoint::version, path);
  if (!content)
    return content.error();
  std::istringstream in{*content};
  log_checkpoint result;
  std::string key;
  while (in >> key) {
    if (key == "synced")
      in >> result.synced;
    else if (key == "compacted")
      in >> result.compacted;
    if (!in)
      return unreadable(path, key);
  }
  return result;
}

} // namespace troupe::storage
