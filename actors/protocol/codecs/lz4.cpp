#include <new>

#include <lz4frame.h>

#include "actors/protocol/codecs/codecs.hpp"

namespace troupe::codecs {

namespace {

struct context {
  context() {
    if (LZ4F_isError(LZ4F_createDecompressionContext(&it, LZ4F_VERSION)))
      throw std::bad_alloc{};
  }

  ~context() {
    LZ4F_freeDecompressionContext(it);
  }

  LZ4F_dctx* it = nullptr;
};

} // namespace

bytes compress_lz4(std::string_view in, int level) {
  LZ4F_preferences_t how{};
  how.frameInfo.blockMode = LZ4F_blockIndependent;
  how.frameInfo.blockSizeID = LZ4F_max64KB;
  how.compressionLevel = level;
  auto bound = LZ4F_compressFrameBound(in.size(), &how);
  output_buffer out{bound};
  out.reserve(bound);
  auto size = LZ4F_compressFrame(out.free_begin(), out.free_bytes(), in.data(),
                                 in.size(), &how);
  // With room for the worst case, only memory can be lacking.
  if (LZ4F_isError(size))
    throw std::bad_alloc{};
  if (size >= in.size())
    return {};
  out.add(size);
  return out.take();
}

std::string decompress_lz4(std::string_view in, output_buffer& out) {
  // To make one for each small batch would take longer than the work.
  thread_local context work;
  LZ4F_resetDecompressionContext(work.it);
  auto is_at_end = false;
  while (!is_at_end || !in.empty()) {
    out.make_room();
    auto produced = out.free_bytes();
    auto consumed = in.size();
    auto status = LZ4F_decompress(work.it, out.free_begin(), &produced,
                                  in.data(), &consumed, nullptr);
    if (LZ4F_isError(status))
      return LZ4F_getErrorName(status);
    out.add(produced);
    if (out.is_over())
      return "";
    if (produced == 0 && consumed == 0)
      return ends_early;
    in.remove_prefix(consumed);
    is_at_end = status == 0;
  }
  return "";
}

} // namespace troupe::codecs
