#include "config/scenario.hpp"

#include <fmt/format.h>

namespace troupe::scenario {

namespace {

std::string fill_in(const std::string& text, int64_t n) {
  constexpr std::string_view placeholder = "{n}";
  std::string result;
  size_t from = 0;
  for (auto i = text.find(placeholder); i != text.npos;
       i = text.find(placeholder, from)) {
    result += text.substr(from, i - from) + std::to_string(n);
    from = i + placeholder.size();
  }
  return result + text.substr(from);
}

} // namespace

produced_record produce::record(size_t i) const {
  auto n = first + static_cast<int64_t>(i);
  produced_record result;
  if (values.empty())
    result.value = fill_in(value_template, n);
  else
    result = values.at(i);
  if (!result.key && key_template)
    result.key = fill_in(*key_template, n);
  return result;
}

const group_spec* script::find_group(const std::string& name) const {
  for (const auto& x : groups)
    if (x.name == name)
      return &x;
  return nullptr;
}

} // namespace troupe::scenario
