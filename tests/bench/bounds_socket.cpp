// Bounds of sockets: two threads and TCP on the loopback interface.

#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/load/load_run.hpp"
#include "tests/bench/bench.hpp"
#include "tests/bench/bounds.hpp"

namespace troupe::bench {

namespace {

void check(bool is_good) {
  if (!is_good)
    throw std::runtime_error("a bare socket failed");
}

/// Two ends of a TCP connection.
class connection {
public:
  connection() {
    auto listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* address = reinterpret_cast<sockaddr*>(&where);
    socklen_t size = sizeof(where);
    check(::bind(listener, address, size) == 0);
    check(::listen(listener, 1) == 0);
    check(::getsockname(listener, address, &size) == 0);
    one_ = ::socket(AF_INET, SOCK_STREAM, 0);
    check(::connect(one_, address, size) == 0);
    other_ = ::accept(listener, nullptr, nullptr);
    check(other_ >= 0);
    ::close(listener);
    for (auto fd : {one_, other_}) {
      int yes = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    }
  }

  ~connection() {
    ::close(one_);
    ::close(other_);
  }

  connection(const connection&) = delete;

  int one() const {
    return one_;
  }

  int other() const {
    return other_;
  }

private:
  int one_ = -1;
  int other_ = -1;
};

void read_whole(int fd, std::string& into) {
  size_t done = 0;
  while (done < into.size()) {
    auto got = ::read(fd, into.data() + done, into.size() - done);
    check(got > 0);
    done += static_cast<size_t>(got);
  }
}

void write_whole(int fd, const std::string& what) {
  size_t done = 0;
  while (done < what.size()) {
    auto put = ::write(fd, what.data() + done, what.size() - done);
    check(put > 0);
    done += static_cast<size_t>(put);
  }
}

} // namespace

double socket_bytes_per_second(size_t piece, uint64_t bytes) {
  connection x;
  auto count = bytes / piece;
  auto seconds = seconds_of([&] {
    std::thread reader{[&] {
      std::string block(piece, '\0');
      for (uint64_t i = 0; i < count; ++i)
        read_whole(x.other(), block);
    }};
    std::string block(piece, 'x');
    for (uint64_t i = 0; i < count; ++i)
      write_whole(x.one(), block);
    reader.join();
  });
  return static_cast<double>(count * piece) / seconds;
}

precise_histogram socket_round_trips(size_t piece, size_t count) {
  connection x;
  std::thread echo{[&] {
    std::string block(piece, '\0');
    for (size_t i = 0; i < count; ++i) {
      read_whole(x.other(), block);
      write_whole(x.other(), block);
    }
  }};
  precise_histogram result;
  std::string block(piece, 'x');
  for (size_t i = 0; i < count; ++i) {
    auto begin = stamp_now();
    write_whole(x.one(), block);
    read_whole(x.one(), block);
    result.add(stamp_now() - begin);
  }
  echo.join();
  return result;
}

} // namespace troupe::bench
