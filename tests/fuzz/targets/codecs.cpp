// Compressed records come from any client: any bytes are decompressed, within
// the bound that was asked for, or refused.
#include "actors/protocol/compression.hpp"
#include "actors/protocol/errors.hpp"
#include "tests/fuzz/targets/target.hpp"

namespace troupe::fuzz {

namespace {

constexpr size_t bytes_max = 64 * 1024;

bool run(std::string_view input) {
  if (input.empty())
    return false;
  auto how = static_cast<codec>(input[0] & 7);
  auto plain = decompress(how, input.substr(1), bytes_max);
  if (!plain) {
    auto why = code_of(plain.error());
    must(why == ec::corrupt_batch || why == ec::record_too_large,
         "refused for another reason than damage: " + what(plain.error()));
    return false;
  }
  must(plain->size() <= bytes_max, "more bytes than were asked for");
  if (auto again = compress({how, 0}, plain->view()); !again.is_null()) {
    auto read = decompress(how, again.view(), bytes_max);
    must(read && read->view() == plain->view(),
         "bytes changed by being compressed again");
  }
  return true;
}

std::vector<std::string> seeds() {
  std::vector<std::string> result;
  std::string text;
  for (int i = 0; i < 40; ++i)
    text += "record " + std::to_string(i / 3) + "; ";
  for (auto how : {codec::gzip, codec::snappy, codec::lz4, codec::zstd})
    result.push_back(std::string(1, static_cast<char>(how))
                     + compress({how, 0}, text).str());
  return result;
}

} // namespace

const target codecs{"codecs", run, nullptr, seeds};

} // namespace troupe::fuzz
