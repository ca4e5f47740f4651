#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "actors/protocol/group_messages.hpp"
#include "actors/protocol/utf8.hpp"

/// Text as people and terminals need it: shared by printers and report.
namespace troupe::scenario {

/// Breaks at spaces into lines of at most `width` columns; longer words stay
/// whole. At least one line.
std::vector<std::string> wrap(std::string_view text, size_t width);

/// Milliseconds as `00:12.345`, from an hour on `1:00:12.345`.
std::string format_time(int64_t ms);

/// Milliseconds in words: `35 ms`, `48 s`, `2.5 s`, `12 min 30 s`.
std::string format_duration(int64_t ms);

/// How long a run was: `48 virtual seconds`, `2.5 seconds`.
std::string format_run_time(int64_t ms, bool is_virtual_time);

/// With commas: `12,345`.
std::string format_count(int64_t x);

/// `1 record`, `2 records`.
std::string format_count(int64_t x, std::string_view noun);

/// Records a second: `5.0/s`, `1,200/s`.
std::string format_rate(double x);

/// `messages-0`.
std::string partition_text(std::string_view topic, int32_t partition);

/// `sms-1, sms-2`, or `nothing`.
std::string join_names(const std::vector<std::string>& names);

/// An offset, or `null` for a negative one.
std::string offset_or_null(int64_t x);

/// A position's committed offset: null when nothing was committed, -1 when the
/// group is to begin at 0.
std::string committed_or_null(const group_position& x);

/// The reason in words: `stored start`.
std::string reason_text(start_reason x);

/// A table with a heading, aligned by the widest cell of each column.
class text_table {
public:
  enum class align : uint8_t { left, right };

  struct column {
    std::string title;
    align side = align::left;
  };

  explicit text_table(std::initializer_list<column> columns);

  /// Adds a row: a cell for each column.
  void add(std::vector<std::string> cells);

  /// The lines of the table, each indented by `indent`, without colours; the
  /// first is the heading.
  std::vector<std::string> lines(size_t indent) const;

private:
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

} // namespace troupe::scenario
