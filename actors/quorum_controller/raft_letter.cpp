#include "actors/quorum_controller/raft_letter.hpp"

#include <utility>

#include "actors/protocol/errors.hpp"
#include "actors/protocol/fields.hpp"

namespace troupe {

std::string encode_letter(const raft_letter& x) {
  field_writer out;
  out.add(std::string_view{x.from}).add(std::string_view{x.to});
  out.add(std::string_view{consensus::encode_message(x.content)});
  return out.take();
}

caf::expected<raft_letter> decode_letter(std::string_view bytes) {
  field_reader in{bytes};
  raft_letter result;
  result.from = in.text();
  result.to = in.text();
  auto content = in.text();
  if (!in.is_complete())
    return make_error(ec::invalid_argument, "these bytes are no Raft letter");
  auto message = consensus::decode_message(content);
  if (!message)
    return std::move(message.error());
  result.content = std::move(*message);
  return result;
}

} // namespace troupe
