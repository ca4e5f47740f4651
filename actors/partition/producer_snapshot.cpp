#include "actors/partition/producer_snapshot.hpp"

#include <sstream>

#include <fmt/format.h>

#include "actors/protocol/crc32c.hpp"

namespace troupe {

namespace {

constexpr std::string_view title = "troupe-producers";
constexpr std::string_view crc_line = "crc ";

std::string seal(const std::string& text) {
  return fmt::format("{}{}{:08x}\n", text, crc_line, crc32c(text));
}

} // namespace

std::string encode(const producer_snapshot& x) {
  auto text = fmt::format("{} {}\nend {}\nleader_epoch {}\n", title,
                          producer_snapshot::version, x.end, x.leader_epoch);
  for (auto& producer : x.producers) {
    text += fmt::format("producer {} {}\n", producer.id, producer.epoch);
    for (auto& batch : producer.batches)
      text +=
        fmt::format("batch {} {} {} {}\n", batch.base_sequence,
                    batch.last_sequence, batch.base_offset, batch.last_offset);
  }
  return seal(text);
}

caf::expected<producer_snapshot> decode_producer_snapshot(std::string_view x) {
  auto damaged = [](const char* why) {
    return make_error(ec::corrupt_log, fmt::format("producers: {}", why));
  };
  auto content = std::string{x.substr(0, x.rfind(crc_line))};
  if (content.size() == x.size() || seal(content) != x)
    return damaged("checksum does not match");
  std::istringstream in{content};
  std::string key;
  int version = 0;
  if (!(in >> key >> version) || key != title
      || version != producer_snapshot::version)
    return damaged("of another version");
  producer_snapshot result;
  while (in >> key) {
    if (key == "end") {
      in >> result.end;
    } else if (key == "leader_epoch") {
      in >> result.leader_epoch;
    } else if (key == "producer") {
      auto& producer = result.producers.emplace_back();
      in >> producer.id >> producer.epoch;
    } else if (key == "batch" && !result.producers.empty()) {
      auto& batch = result.producers.back().batches.emplace_back();
      in >> batch.base_sequence >> batch.last_sequence >> batch.base_offset
        >> batch.last_offset;
    } else {
      return damaged("has a line that is not known");
    }
    if (!in)
      return damaged("has a line that cannot be read");
  }
  for (auto& producer : result.producers)
    if (producer.batches.empty())
      return damaged("has a producer without batches");
  return result;
}

} // namespace troupe
