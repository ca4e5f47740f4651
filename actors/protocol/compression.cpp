#include "actors/protocol/compression.hpp"

#include <fmt/format.h>

#include "actors/protocol/codecs/codecs.hpp"
#include "actors/protocol/errors.hpp"

namespace troupe {

namespace {

/// Most codecs gain about this much on text.
constexpr size_t usual_gain = 4;

std::string append_decompressed(codec how, std::string_view in,
                                codecs::output_buffer& out) {
  switch (how) {
    case codec::gzip:
      return codecs::decompress_gzip(in, out);
    case codec::snappy:
      return codecs::decompress_snappy(in, out);
    case codec::lz4:
      return codecs::decompress_lz4(in, out);
    case codec::zstd:
      return codecs::decompress_zstd(in, out);
    default:
      return "known are 0 (none) to 4 (zstd)";
  }
}

} // namespace

const char* to_string(codec x) {
  auto index = static_cast<size_t>(x);
  return index < codec_names.size() ? codec_names[index] : "unknown";
}

bytes compress(const compression& how, std::string_view in) {
  switch (how.codec) {
    case codec::gzip:
      return codecs::compress_gzip(in, how.level);
    case codec::snappy:
      return codecs::compress_snappy(in);
    case codec::lz4:
      return codecs::compress_lz4(in, how.level);
    case codec::zstd:
      return codecs::compress_zstd(in, how.level);
    default:
      return {};
  }
}

caf::expected<bytes> decompress(codec how, std::string_view in,
                                size_t bytes_max) {
  codecs::output_buffer out{bytes_max};
  out.reserve(usual_gain * in.size());
  auto fault = append_decompressed(how, in, out);
  if (!fault.empty())
    return make_error(ec::corrupt_batch,
                      fmt::format("its records cannot be decompressed (codec "
                                  "{}, {}): {}",
                                  static_cast<int>(how), to_string(how),
                                  fault));
  if (out.is_over())
    return make_error(ec::record_too_large,
                      fmt::format("its records ({}) have more than {} bytes "
                                  "when decompressed, which is the most that "
                                  "is read",
                                  to_string(how), bytes_max));
  return out.take();
}

} // namespace troupe
