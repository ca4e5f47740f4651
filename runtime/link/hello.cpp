#include "runtime/link/hello.hpp"

#include <fmt/format.h>

#include "actors/protocol/encoding.hpp"

namespace troupe::link {

namespace {

constexpr std::string_view magic = "TRPE";
constexpr size_t newest_at = 4;
constexpr size_t oldest_at = 6;
constexpr size_t kind_at = 8;
constexpr size_t node_at = 9;
constexpr size_t cluster_at = 13;
constexpr size_t door_at = 29;
constexpr size_t process_at = 37;
constexpr size_t process_bytes_max = 255;

} // namespace

const char* to_string(party x) {
  return x == party::node ? "node" : "client";
}

std::string encode(const hello& x) {
  std::string result{magic};
  put_big_endian(result, x.newest);
  put_big_endian(result, x.oldest);
  put_big_endian(result, static_cast<uint8_t>(x.kind));
  put_big_endian(result, x.node_id);
  put_big_endian(result, x.cluster_id.high);
  put_big_endian(result, x.cluster_id.low);
  put_big_endian(result, x.door);
  auto process = std::string_view{x.process}.substr(0, process_bytes_max);
  put_big_endian(result, static_cast<uint8_t>(process.size()));
  result += process;
  return result;
}

std::variant<hello, std::string> decode_hello(std::string_view content) {
  if (content.size() < kind_at || !content.starts_with(magic))
    return "not of this protocol";
  auto newest = get_big_endian<uint16_t>(content, newest_at);
  auto oldest = get_big_endian<uint16_t>(content, oldest_at);
  if (newest < link_version_oldest || oldest > link_version)
    return fmt::format("it speaks versions {} to {} of the protocol between "
                       "processes, this program {} to {}: run versions of "
                       "Troupe on both sides that have one in common",
                       oldest, newest, link_version_oldest, link_version);
  if (content.size() <= process_at)
    return "a hello that ends early";
  hello result;
  result.newest = newest;
  result.oldest = oldest;
  result.kind = static_cast<party>(content[kind_at]);
  if (result.kind != party::node && result.kind != party::client)
    return fmt::format("a hello of the unknown kind {}",
                       static_cast<unsigned>(result.kind));
  result.node_id = get_big_endian<uint32_t>(content, node_at);
  result.cluster_id.high = get_big_endian<uint64_t>(content, cluster_at);
  result.cluster_id.low = get_big_endian<uint64_t>(content, cluster_at + 8);
  result.door = get_big_endian<uint64_t>(content, door_at);
  auto size = get_big_endian<uint8_t>(content, process_at);
  auto rest = content.substr(process_at + 1);
  if (rest.size() < size || (rest.size() > size && newest == link_version))
    return "a hello of the wrong length";
  result.process = rest.substr(0, size);
  return result;
}

} // namespace troupe::link
