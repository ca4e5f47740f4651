#include "runtime/scenario/run_report_markup.hpp"

#include "runtime/scenario/run_printer_text.hpp"

namespace troupe::scenario {

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
