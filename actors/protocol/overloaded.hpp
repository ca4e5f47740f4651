#pragma once

namespace troupe {

/// Makes one function object of several, for `std::visit`.
template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};

template <class... Fs>
overloaded(Fs...) -> overloaded<Fs...>;

} // namespace troupe
