// troupe log dump: the batches and records of a log as they lie on the disk.

#include "runtime/cli/log_dump.hpp"

#include <algorithm>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "actors/protocol/utf8.hpp"
#include "actors/storage/batch_walker.hpp"
#include "actors/storage/segment_name.hpp"
#include "runtime/cli/log_place.hpp"
#include "runtime/json_view.hpp"
#include "runtime/posix_files.hpp"

namespace troupe::cli {

namespace {

namespace json = boost::json;
using storage::batch_walker;

struct dump_options {
  std::string path;
  int64_t from = 0;
  uint64_t max = 0;
  bool shows_headers_only = false;
};

/// What is wrong, or told, at a place in a file.
int damaged(const std::string& file, const batch_walker& at) {
  fmt::print(stderr, "troupe: {}, byte {}: {}\n", file, at.position(),
             what(at.failure()));
  return exit_not_met;
}

json::object to_json(const batch_header& x, const std::string& file,
                     uint64_t position, size_t bytes, bool is_intact) {
  return {{"file", text_to_json(file)},
          {"position", position},
          {"bytes", bytes},
          {"base_offset", x.base_offset},
          {"last_offset", x.last_offset()},
          {"leader_epoch", x.leader_epoch},
          {"crc", fmt::format("{:08x}", x.crc)},
          {"is_intact", is_intact},
          {"attributes", x.attributes},
          {"codec", x.codec()},
          {"base_timestamp_ms", x.base_timestamp_ms},
          {"max_timestamp_ms", x.max_timestamp_ms},
          {"producer_id", x.producer_id},
          {"producer_epoch", x.producer_epoch},
          {"base_sequence", x.base_sequence},
          {"record_count", x.record_count}};
}

json::object to_json(const placed_record& x) {
  json::object headers;
  for (const auto& header : x.content.headers)
    headers[valid_utf8(header.name)] = text_or_null(header.value);
  return {{"offset", x.offset},
          {"timestamp_ms", x.content.timestamp_ms},
          {"key", text_or_null(x.content.key)},
          {"value", text_or_null(x.content.value)},
          {"headers", std::move(headers)}};
}

std::string in_text(const bytes& x) {
  return x.is_null() ? "null" : json::serialize(text_to_json(x.view()));
}

void print_batch(const batch_header& x, const std::string& file,
                 uint64_t position, size_t bytes, bool is_intact) {
  fmt::print("{} byte {}: offsets {} to {}, {} records, {} bytes, epoch {}, "
             "crc {:08x}{}",
             file, position, x.base_offset, x.last_offset(), x.record_count,
             bytes, x.leader_epoch, x.crc, is_intact ? "" : " WRONG");
  if (x.producer_id >= 0)
    fmt::print(", producer {} epoch {} sequence {}", x.producer_id,
               x.producer_epoch, x.base_sequence);
  if (x.codec() != 0)
    fmt::print(", codec {}", x.codec());
  if (x.is_control())
    fmt::print(", control");
  fmt::print("\n");
}

void print_record(const placed_record& x) {
  fmt::print("  {} at {}: {} = {}", x.offset, x.content.timestamp_ms,
             in_text(x.content.key), in_text(x.content.value));
  for (const auto& header : x.content.headers)
    fmt::print(" [{}: {}]", valid_utf8(header.name), in_text(header.value));
  fmt::print("\n");
}

/// Dumps one log after the other, up to the number of records asked for.
class dumper {
public:
  dumper(const dump_options& options, bool as_json)
    : options_(options), as_json_(as_json) {}

  int file(posix_files& disk, const std::string& path) {
    auto opened = disk.open(path);
    if (!opened)
      return refused(opened.error());
    constexpr size_t chunk_bytes = 1u << 20;
    batch_walker walker{**opened, 0, (*opened)->size(), chunk_bytes};
    while (!is_done()) {
      switch (walker.next(batch_walker::check::header_only)) {
        case batch_walker::status::batch:
          if (walker.batch().header.last_offset() < options_.from)
            break;
          if (auto failed = batch(walker, path))
            return failed;
          break;
        case batch_walker::status::end:
          return exit_ok;
        case batch_walker::status::failed:
          return refused(walker.failure());
        default:
          return damaged(path, walker);
      }
    }
    return exit_ok;
  }

  /// Whether a batch was wrong that did not keep the dump from going on.
  int result() const {
    return result_;
  }

  bool is_done() const {
    return options_.max > 0 && shown_ >= options_.max;
  }

private:
  int batch(const batch_walker& at, const std::string& path) {
    const auto& x = at.batch();
    auto is_intact = checksum_of(x) == x.header.crc;
    json::array records;
    if (!as_json_)
      print_batch(x.header, path, at.position(), x.encoded_bytes(), is_intact);
    auto is_read = !options_.shows_headers_only && is_intact;
    caf::error failure;
    if (is_read) {
      record_reader reader{x};
      placed_record one;
      while (!is_done() && reader.next(one)) {
        if (one.offset < options_.from)
          continue;
        ++shown_;
        if (as_json_)
          records.push_back(to_json(one));
        else
          print_record(one);
      }
      failure = reader.failure();
    } else {
      shown_ += static_cast<uint64_t>(std::max(x.header.record_count, 0));
    }
    if (as_json_) {
      auto shown =
        to_json(x.header, path, at.position(), x.encoded_bytes(), is_intact);
      if (is_read)
        shown["records"] = std::move(records);
      fmt::print("{}\n", json::serialize(shown));
    }
    if (is_intact && !failure)
      return exit_ok;
    fmt::print(stderr, "troupe: {}, byte {}: {}\n", path, at.position(),
               is_intact ? what(failure) : "the checksum is wrong");
    result_ = exit_not_met;
    return exit_ok;
  }

  const dump_options& options_;
  bool as_json_;
  uint64_t shown_ = 0;
  int result_ = exit_ok;
};

int dump(const dump_options& options, const context& ctx) {
  auto place = find_logs(options.path);
  if (!place)
    return refused(place.error());
  if (place->logs.size() > 1) {
    fmt::print(stderr, "troupe: {} has {} logs; name one, for example {}/{}\n",
               options.path, place->logs.size(), place->root,
               place->logs.front());
    return exit_usage;
  }
  posix_files disk{place->root, posix_files::access::read_only};
  const auto& log = place->logs.front();
  auto names = disk.list(log);
  if (!names)
    return refused(names.error());
  dumper out{options, ctx.as_json};
  auto result = int{exit_ok};
  for (const auto& name : *names) {
    auto is_asked = place->segment.empty() || place->segment == name;
    if (is_asked && storage::parse_log_file_name(name) && !out.is_done())
      result = std::max(result, out.file(disk, log + "/" + name));
  }
  return std::max(result, out.result());
}

} // namespace

void add_log_dump_command(CLI::App& log, context& ctx) {
  auto options = std::make_shared<dump_options>();
  auto* d = log.add_subcommand(
    "dump", "Show the batches and records of a log or a segment as they lie on "
            "the disk; exit code 1 when something is damaged. Changes nothing");
  d->add_option("PATH", options->path,
                "The directory of a log, or one of its segments")
    ->required();
  d->add_option("--from", options->from, "The first offset to show")
    ->check(CLI::NonNegativeNumber);
  d->add_option("-n,--max", options->max, "At most so many records; 0: all");
  d->add_flag("--headers", options->shows_headers_only,
              "Only the batches, not their records");
  d->add_flag("--json", ctx.as_json, "One JSON object a batch and line");
  d->callback([options, &ctx] { ctx.exit_code = dump(*options, ctx); });
}

} // namespace troupe::cli
