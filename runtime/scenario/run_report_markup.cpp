#include "runtime/scenario/run_report_markup.hpp"

#include "runtime/scenario/run_printer_text.hpp"

namespace troupe::scenario {

std::string escape_html(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (char c : valid_utf8(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default: {
        auto byte = static_cast<unsigned char>(c);
        auto is_control =
          (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F;
        if (is_control)
          result += "\xEF\xBF\xBD";
        else
          result += c;
      }
    }
  }
  return result;
}

void markup::open(std::string_view tag, attributes xs) {
  out_ += '<';
  out_ += tag;
  for (const auto& [name, value] : xs) {
    if (value.empty())
      continue;
    out_ += ' ';
    out_ += name;
    out_ += "=\"";
    out_ += escape_html(value);
    out_ += '"';
  }
  out_ += '>';
}

} // namespace troupe::scenario
