// Bounds of memory and disk.

#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "runtime/load/load_run.hpp"
#include "tests/bench/bench.hpp"
#include "tests/bench/bounds.hpp"

namespace troupe::bench {

namespace {

void check(bool is_good, const char* action) {
  if (!is_good)
    throw std::system_error(errno, std::generic_category(), action);
}

/// A file that goes when this does.
class scratch_file {
public:
  explicit scratch_file(const std::string& directory)
    : path_(directory + "/bare"),
      fd_(::open(path_.c_str(), O_CREAT | O_RDWR | O_TRUNC, 0600)) {
    check(fd_ >= 0, "open");
  }

  ~scratch_file() {
    ::close(fd_);
    ::unlink(path_.c_str());
  }

  scratch_file(const scratch_file&) = delete;

  void write(const std::string& block) const {
    check(::write(fd_, block.data(), block.size())
            == static_cast<ssize_t>(block.size()),
          "write");
  }

  int fd() const {
    return fd_;
  }

private:
  std::string path_;
  int fd_;
};

} // namespace

double memcpy_bytes_per_second() {
  constexpr size_t size = 64 << 20;
  constexpr int times = 8;
  std::string from(size, 'x');
  std::string to(size, 'y');
  auto seconds = seconds_of([&] {
    for (int i = 0; i < times; ++i) {
      std::memcpy(to.data(), from.data(), size);
      // Whoever sees that nobody reads it might leave it out.
      asm volatile("" : : "r"(to.data()) : "memory");
    }
  });
  return static_cast<double>(size) * times / seconds;
}

double write_bytes_per_second(const std::string& directory, size_t piece,
                              uint64_t bytes) {
  scratch_file file{directory};
  std::string block(piece, 'x');
  auto count = bytes / piece;
  auto seconds = seconds_of([&] {
    for (uint64_t i = 0; i < count; ++i)
      file.write(block);
  });
  return static_cast<double>(count * piece) / seconds;
}

double read_bytes_per_second(const std::string& directory, size_t piece,
                             uint64_t bytes) {
  scratch_file file{directory};
  std::string block(piece, 'x');
  auto count = bytes / piece;
  for (uint64_t i = 0; i < count; ++i)
    file.write(block);
  check(::lseek(file.fd(), 0, SEEK_SET) == 0, "seek");
  auto seconds = seconds_of([&] {
    for (uint64_t i = 0; i < count; ++i)
      check(::read(file.fd(), block.data(), piece)
              == static_cast<ssize_t>(piece),
            "read");
  });
  return static_cast<double>(count * piece) / seconds;
}

precise_histogram sync_times(const std::string& directory, size_t piece,
                             size_t count) {
  scratch_file file{directory};
  std::string block(piece, 'x');
  precise_histogram result;
  for (size_t i = 0; i < count; ++i) {
    auto begin = stamp_now();
    file.write(block);
    check(::fdatasync(file.fd()) == 0, "fdatasync");
    result.add(stamp_now() - begin);
  }
  return result;
}

double syncs_per_second(const std::string& directory, size_t piece,
                        size_t count) {
  auto seconds = seconds_of([&] { sync_times(directory, piece, count); });
  return static_cast<double>(count) / seconds;
}

} // namespace troupe::bench
