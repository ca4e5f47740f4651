#include <algorithm>
#include <limits>
#include <new>

#include <zlib.h>

#include "actors/protocol/codecs/codecs.hpp"

namespace troupe::codecs {

namespace {

/// zlib: the largest window, with gzip's header and trailer.
constexpr int gzip_window_bits = 15 + 16;
/// zlib's own default.
constexpr int memory_level = 8;

uInt piece(size_t size) {
  return static_cast<uInt>(
    std::min<size_t>(size, std::numeric_limits<uInt>::max()));
}

/// zlib only reads; its C interface lacks the const.
Bytef* input(std::string_view in) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
}

struct deflating {
  explicit deflating(int level) {
    if (deflateInit2(&z, level, Z_DEFLATED, gzip_window_bits, memory_level,
                     Z_DEFAULT_STRATEGY)
        != Z_OK)
      throw std::bad_alloc{};
  }

  ~deflating() {
    deflateEnd(&z);
  }

  z_stream z{};
};

struct inflating {
  inflating() {
    if (inflateInit2(&z, gzip_window_bits) != Z_OK)
      throw std::bad_alloc{};
  }

  ~inflating() {
    inflateEnd(&z);
  }

  z_stream z{};
};

} // namespace

bytes compress_gzip(std::string_view in, int level) {
  output_buffer out{in.size()};
  out.reserve(in.size());
  deflating work{level == 0 ? Z_DEFAULT_COMPRESSION : level};
  auto& z = work.z;
  z.next_in = input(in);
  z.avail_in = piece(in.size());
  z.next_out = reinterpret_cast<Bytef*>(out.free_begin());
  z.avail_out = piece(out.free_bytes());
  if (deflate(&z, Z_FINISH) != Z_STREAM_END || z.avail_out == 0)
    return {};
  out.add(z.total_out);
  return out.take();
}

std::string decompress_gzip(std::string_view in, output_buffer& out) {
  inflating work;
  auto& z = work.z;
  z.next_in = input(in);
  z.avail_in = piece(in.size());
  for (;;) {
    out.make_room();
    auto room = piece(out.free_bytes());
    z.next_out = reinterpret_cast<Bytef*>(out.free_begin());
    z.avail_out = room;
    auto status = inflate(&z, Z_NO_FLUSH);
    out.add(room - z.avail_out);
    if (out.is_over())
      return "";
    switch (status) {
      case Z_OK:
        break;
      case Z_STREAM_END:
        if (z.avail_in == 0)
          return "";
        inflateReset(&z);
        break;
      case Z_MEM_ERROR:
        throw std::bad_alloc{};
      case Z_BUF_ERROR:
        return ends_early;
      default:
        return z.msg ? z.msg : "it is damaged";
    }
  }
}

} // namespace troupe::codecs
