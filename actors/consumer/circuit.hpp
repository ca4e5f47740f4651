#pragma once

#include <cstdint>
#include <optional>

#include <caf/timespan.hpp>

namespace troupe {

/// Keeps a consumer from trying one record after the other on a gateway that
/// does not work: after `failures_max` failures in a row it is open, and
/// nothing goes for `pause`; then one record may try, whose result closes it or
/// opens it again; one whose result says nothing of the gateway leaves it as it
/// was, and the next one may try. Values in, values out; times are any steady
/// clock's. Source: the circuit breaker (M. Nygard, Release It!).
class circuit {
public:
  /// `failures_max` 0: it never opens.
  circuit(uint32_t failures_max, caf::timespan pause);

  /// Whether a record may go now.
  bool lets_through(caf::timespan now) const noexcept;

  /// One goes.
  void begin() noexcept;

  void worked() noexcept;

  /// The gateway failed; `wait`: it wants to be left alone for so long.
  void failed(caf::timespan now, std::optional<caf::timespan> wait);

  /// One has a result that is not the gateway's: it may never have got there.
  void said_nothing() noexcept;

  /// Another consumer of the group leaves the gateway alone for so long still.
  /// It counts unless this one saw for itself how the gateway does.
  void told(caf::timespan now, caf::timespan wait);

  /// For how long still this one leaves it alone by what it saw itself.
  caf::timespan own_pause(caf::timespan now) const noexcept;

  /// When a record may try, if it is open and none does.
  std::optional<caf::timespan> opens_until() const noexcept;

private:
  uint32_t failures_max_;
  caf::timespan pause_;
  uint32_t failures_ = 0;
  std::optional<caf::timespan> until_;
  /// It was open, and the record that tries has no result yet.
  bool is_trying_ = false;
  /// It is open by what others saw.
  bool is_told_ = false;
};

} // namespace troupe
