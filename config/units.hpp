#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// Durations, sizes and moments as people write them in JSON and on the command
/// line.
namespace troupe {

/// Reads '45s': a number, which may have a fraction, and one of ms, s, m, h, d.
/// '0' needs no unit. Nothing: `text` is no such thing, is below zero, too
/// large, or not a whole number of milliseconds.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The shortest way to write it without a fraction: '90s', '7d'.
std::string format_duration(std::chrono::milliseconds x);

/// Reads '64KiB': a number, which may have a fraction, and one of B, KiB, MiB,
/// GiB, TiB; bytes. '0' needs no unit. Nothing: as for durations.
std::optional<uint64_t> parse_size(std::string_view text);

/// The shortest way to write it without a fraction: '64KiB', '1000B'.
std::string format_size(uint64_t bytes);

/// Reads '2026-01-01T00:00:00Z' (a fraction of a second and an offset like
/// '+02:00' are taken): milliseconds since the epoch.
std::optional<int64_t> parse_timestamp(std::string_view text);

/// '2026-01-01T00:00:00Z', with milliseconds where there are some.
std::string format_timestamp(int64_t ms);

/// What to say of a duration or size that does not parse, if there is more to
/// say than that: 'us is too small a unit', 'KB: write KiB'. Else empty.
std::string hint_for_units(std::string_view text);

} // namespace troupe
