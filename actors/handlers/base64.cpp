#include "actors/handlers/base64.hpp"

#include <openssl/evp.h>

namespace troupe {

std::string to_base64(std::string_view x) {
  // With room for the zero that OpenSSL puts behind it.
  std::string result((x.size() + 2) / 3 * 4 + 1, '\0');
  auto size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                              reinterpret_cast<const unsigned char*>(x.data()),
                              static_cast<int>(x.size()));
  result.resize(static_cast<size_t>(size));
  return result;
}

} // namespace troupe
