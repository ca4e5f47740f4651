#include "runtime/load/process_usage.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <sys/resource.h>
#include <unistd.h>

namespace troupe {

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  auto seconds = [](const timeval& x) {
    return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

uint64_t resident_bytes() {
  std::ifstream in{"/proc/self/statm"};
  uint64_t all = 0;
  uint64_t resident = 0;
  in >> all >> resident;
  return resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

size_t open_descriptors() {
  std::error_code ignored;
  std::filesystem::directory_iterator i{"/proc/self/fd", ignored};
  auto found = std::distance(begin(i), end(i));
  // One of them is that of the directory being read.
  return found > 0 ? static_cast<size_t>(found) - 1 : 0;
}

} // namespace troupe
