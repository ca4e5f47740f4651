#include "tests/end_to_end/kill/journal.hpp"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

namespace troupe::testing {

using namespace checker;

namespace {

// The fields of each event, in the order of its line; none of them is empty or
// has a space.

template <class F>
void each_field(F& f, place& x) {
  f(x.topic);
  f(x.partition);
}

template <class F>
void each_field(F& f, post_begun& x) {
  f(x.value);
}

template <class F>
void each_field(F& f, post_acknowledged& x) {
  f(x.value);
  each_field(f, x.where);
  f(x.offset);
  f(x.acks);
}

template <class F>
void each_field(F& f, group_joining& x) {
  f(x.group);
  f(x.start);
  // Clients of this test read one topic.
  x.topics.resize(1);
  f(x.topics.front());
}

template <class F>
void each_field(F& f, group_joined& x) {
  f(x.group);
}

template <class F, class Event>
void each_member_field(F& f, Event& x) {
  f(x.group);
  f(x.member);
  each_field(f, x.where);
}

template <class F>
void each_field(F& f, assigned& x) {
  each_member_field(f, x);
  f(x.offset);
}

template <class F>
void each_field(F& f, released& x) {
  each_member_field(f, x);
}

template <class F>
void each_field(F& f, partition_lost& x) {
  each_member_field(f, x);
}

template <class F>
void each_field(F& f, handing_begun& x) {
  each_member_field(f, x);
  f(x.offset);
  f(x.value);
}

template <class F>
void each_field(F& f, handing_ended& x) {
  each_member_field(f, x);
  f(x.offset);
  f(x.is_done);
}

template <class F>
void each_field(F& f, commit_asked& x) {
  each_member_field(f, x);
  f(x.next);
}

template <class F>
void each_field(F& f, commit_answered& x) {
  each_member_field(f, x);
  f(x.next);
  f(x.is_accepted);
}

struct line_writer {
  std::string line;

  template <class T>
  void operator()(const T& x) {
    if constexpr (std::is_enum_v<T>)
      line += fmt::format(" {}", static_cast<int>(x));
    else if constexpr (std::is_same_v<T, bool>)
      line += x ? " 1" : " 0";
    else
      line += fmt::format(" {}", x);
  }
};

struct line_reader {
  std::istringstream in;

  template <class T>
  void operator()(T& x) {
    if constexpr (std::is_enum_v<T>) {
      int number = 0;
      in >> number;
      x = static_cast<T>(number);
    } else {
      in >> x;
    }
  }
};

/// The event with this index in the variant, yet without content.
template <size_t... Is>
client_event make_event(size_t index, std::index_sequence<Is...>) {
  client_event result;
  auto is_made = ((index == Is ? (result.emplace<Is>(), true) : false) || ...);
  if (!is_made)
    throw std::runtime_error("a journal tells of an unknown event");
  return result;
}

client_moment parse(const std::string& line) {
  line_reader reader{std::istringstream{line}};
  client_moment result;
  size_t index = 0;
  reader(result.at_ns);
  reader(index);
  result.what = make_event(
    index, std::make_index_sequence<std::variant_size_v<client_event>>{});
  std::visit([&](auto& x) { each_field(reader, x); }, result.what);
  if (reader.in.fail())
    throw std::runtime_error("a journal has the line '" + line + "'");
  return result;
}

} // namespace

int64_t shared_now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

journal::journal(const std::string& path)
  : file_(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
  if (file_ < 0)
    throw std::runtime_error("cannot write " + path);
}

journal::~journal() {
  close(file_);
}

void journal::tell(const client_event& x) {
  line_writer writer;
  auto copy = x;
  std::visit([&](auto& y) { each_field(writer, y); }, copy);
  std::lock_guard lock{mutex_};
  auto line = fmt::format("{} {}{}\n", shared_now_ns(), x.index(), writer.line);
  if (write(file_, line.data(), line.size())
      != static_cast<ssize_t>(line.size()))
    throw std::runtime_error("cannot write a journal");
}

std::vector<client_moment> journal_reader::next() {
  std::vector<client_moment> result;
  std::ifstream in{path_, std::ios::binary};
  in.seekg(at_);
  std::string line;
  while (std::getline(in, line) && !in.eof()) {
    at_ += static_cast<std::streamoff>(line.size()) + 1;
    result.push_back(parse(line));
  }
  return result;
}

} // namespace troupe::testing
