#pragma once

#include <string>
#include <string_view>

#include "actors/protocol/bytes.hpp"
#include "actors/protocol/codecs/output_buffer.hpp"

/// The codecs of record batches, each by its own library, in the framing that
/// Kafka's clients use.
///
/// To compress gives null when the result would not be smaller than the input;
/// level 0 is the library's own. To decompress appends to a buffer, and says
/// what is wrong with the input, or nothing; it ends when the buffer is over
/// its bound.
namespace troupe::codecs {

/// Source: RFC 1952; several members in a row are read as one.
bytes compress_gzip(std::string_view in, int level);
std::string decompress_gzip(std::string_view in, output_buffer& out);

/// Source: snappy's format_description.txt, with the framing of xerial's
/// snappy-java around its blocks; a block without framing, as librdkafka sends
/// it, is read too.
bytes compress_snappy(std::string_view in);
std::string decompress_snappy(std::string_view in, output_buffer& out);

/// Source: the LZ4 frame format 1.6; written in independent blocks of 64 KiB,
/// the only kind that Kafka's Java client reads.
bytes compress_lz4(std::string_view in, int level);
std::string decompress_lz4(std::string_view in, output_buffer& out);

/// Source: RFC 8878; several frames in a row are read as one.
bytes compress_zstd(std::string_view in, int level);
std::string decompress_zstd(std::string_view in, output_buffer& out);

/// What is said when the input stops before its end.
inline constexpr const char* ends_early = "it ends early";

} // namespace troupe::codecs
