#include "actors/handlers/print.hpp"

#include <utility>

#include <fmt/format.h>

namespace troupe {

namespace {

void append(std::string& out, const bytes& x) {
  if (x.is_null()) {
    out += "null";
    return;
  }
  for (unsigned char c : x.view())
    if (c == '\\')
      out += "\\\\";
    else if (c < 0x20 || c == 0x7f)
      out += fmt::format("\\x{:02x}", c);
    else
      out += static_cast<char>(c);
}

} // namespace

std::string print_line(const delivery& x) {
  auto result = fmt::format("{}-{}@{} key=", x.topic, x.id.partition, x.offset);
  append(result, x.content.key);
  result += " value=";
  append(result, x.content.value);
  return result;
}

handler_factory make_print(line_sink sink) {
  return [sink = std::move(sink)](
           const handler_options& options) -> caf::expected<handler> {
    std::string prefix;
    for (const auto& [name, value] : options) {
      if (name != "prefix")
        return make_error(ec::invalid_argument,
                          fmt::format("handler 'print' has no option '{}'; it "
                                      "has: prefix",
                                      name));
      prefix = value;
    }
    auto print = [sink, prefix](const delivery& x) -> caf::error {
      sink(prefix + print_line(x));
      return caf::none;
    };
    return handler{print, nullptr};
  };
}

} // namespace troupe
