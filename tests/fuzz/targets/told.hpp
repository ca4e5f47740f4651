#pragma once

#include <algorithm>
#include <string>

#include "config/config_error.hpp"
#include "tests/fuzz/targets/target.hpp"

namespace troupe::fuzz {

/// Whoever wrote `text` is told what is wrong with it and where, all of it in
/// the text.
template <class T>
void must_be_told(const config_result<T>& x, const std::string& text) {
  if (x)
    return;
  auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  auto errors = x.errors();
  must(!errors.empty(), "refused without a reason");
  for (const auto& error : errors) {
    must(!error.message.empty(), "an error without a text");
    must(error.line >= 1 && error.line <= lines && error.column >= 1,
         "an error outside of the text: " + to_string(error));
  }
}

} // namespace troupe::fuzz
