#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace troupe::checker {

/// What is wrong, a line each: the invariant (architecture: I1 to I5), what was
/// seen, what was to be. The first ones count; later ones mostly follow.
class findings {
public:
  static constexpr size_t lines_max = 50;

  template <class... Ts>
  void add(std::string_view invariant, fmt::format_string<Ts...> form,
           Ts&&... xs) {
    if (lines_.size() < lines_max)
      lines_.push_back(fmt::format("{}: {}", invariant,
                                   fmt::format(form, std::forward<Ts>(xs)...)));
  }

  const std::vector<std::string>& lines() const noexcept {
    return lines_;
  }

private:
  std::vector<std::string> lines_;
};

} // namespace troupe::checker
