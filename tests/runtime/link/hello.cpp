// A hello is read before the other side is known: any bytes may come instead.
#include "runtime/link/hello.hpp"

#include "tests/catch.hpp"

using namespace troupe;
using namespace troupe::link;

namespace {

hello example() {
  hello x;
  x.kind = party::node;
  x.node_id = 3;
  x.cluster_id = uuid{0x0102030405060708, 9};
  x.door = 17;
  x.process = "0123456789ABCDEF0123456789ABCDEF01234567#42";
  return x;
}

std::string why_not(const std::string& bytes) {
  auto x = decode_hello(bytes);
  return x.index() == 0 ? "" : std::get<std::string>(x);
}

} // namespace

TEST_CASE("hello: its bytes, for ever") {
  using namespace std::string_literals;
  auto bytes = encode(example());
  CHECK(bytes
        == "TRPE\0\x01\0\x01\x01\0\0\0\x03\x01\x02\x03\x04\x05\x06\x07\x08"
           "\0\0\0\0\0\0\0\x09\0\0\0\0\0\0\0\x11\x2b"
           "0123456789ABCDEF0123456789ABCDEF01234567#42"s);
  CHECK(std::get<hello>(decode_hello(bytes)) == example());
}

TEST_CASE("hello: cut short, too long, of another version, of nobody") {
  auto bytes = encode(example());
  for (size_t size = 0; size < bytes.size(); ++size)
    CHECK(why_not(bytes.substr(0, size)) != "");
  CHECK(why_not(bytes + "x") == "a hello of the wrong length");
  auto other = bytes;
  other[5] = 3;
  other[7] = 2;
  // Its other fields may be anything.
  CHECK(why_not(other.substr(0, 8))
        == "it speaks versions 2 to 3 of the protocol between processes, this "
           "program 1 to 1: run versions of Troupe on both sides that have one "
           "in common");
  other = bytes;
  other[8] = 7;
  CHECK(why_not(other) == "a hello of the unknown kind 7");
  other = bytes;
  other[0] = 'X';
  CHECK(why_not(other) == "not of this protocol");
}

TEST_CASE("hello: who also speaks newer versions, and says more, is taken") {
  auto bytes = encode(example());
  bytes[5] = 9;
  auto read = decode_hello(bytes + "what version 9 adds");
  REQUIRE(read.index() == 0);
  auto expected = example();
  expected.newest = 9;
  CHECK(std::get<hello>(read) == expected);
  CHECK(std::get<hello>(read).version() == link_version);
}
