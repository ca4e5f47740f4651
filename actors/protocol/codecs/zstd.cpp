#include <memory>
#include <new>

#include <zstd.h>
#include <zstd_errors.h>

#include "actors/protocol/codecs/codecs.hpp"

namespace troupe::codecs {

namespace {

struct release {
  void operator()(ZSTD_CCtx* x) const noexcept {
    ZSTD_freeCCtx(x);
  }

  void operator()(ZSTD_DCtx* x) const noexcept {
    ZSTD_freeDCtx(x);
  }
};

template <class T>
T* checked(T* x) {
  if (!x)
    throw std::bad_alloc{};
  return x;
}

void check_memory(size_t status) {
  if (ZSTD_isError(status)
      && ZSTD_getErrorCode(status) == ZSTD_error_memory_allocation)
    throw std::bad_alloc{};
}

} // namespace

bytes compress_zstd(std::string_view in, int level) {
  std::unique_ptr<ZSTD_CCtx, release> work{checked(ZSTD_createCCtx())};
  output_buffer out{in.size()};
  out.reserve(in.size());
  auto size =
    ZSTD_compressCCtx(work.get(), out.free_begin(), out.free_bytes(), in.data(),
                      in.size(), level == 0 ? ZSTD_CLEVEL_DEFAULT : level);
  check_memory(size);
  // The other errors mean that the room did not suffice.
  if (ZSTD_isError(size) || size >= in.size())
    return {};
  out.add(size);
  return out.take();
}

std::string decompress_zstd(std::string_view in, output_buffer& out) {
  // To make one for each small batch would take longer than the work.
  thread_local std::unique_ptr<ZSTD_DCtx, release> work{
    checked(ZSTD_createDCtx())};
  ZSTD_DCtx_reset(work.get(), ZSTD_reset_session_only);
  // With room for all that a frame says it has, it is decoded in place.
  auto claimed = ZSTD_getFrameContentSize(in.data(), in.size());
  if (claimed != ZSTD_CONTENTSIZE_UNKNOWN && claimed != ZSTD_CONTENTSIZE_ERROR)
    out.reserve(claimed);
  ZSTD_inBuffer from{in.data(), in.size(), 0};
  for (;;) {
    out.make_room();
    ZSTD_outBuffer to{out.free_begin(), out.free_bytes(), 0};
    auto before = from.pos;
    auto status = ZSTD_decompressStream(work.get(), &to, &from);
    check_memory(status);
    if (ZSTD_isError(status))
      return ZSTD_getErrorName(status);
    out.add(to.pos);
    if (out.is_over())
      return "";
    if (status == 0 && from.pos == from.size)
      return "";
    if (to.pos == 0 && from.pos == before)
      return ends_early;
  }
}

} // namespace troupe::codecs
