#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/scenario/run_record.hpp"
#include "runtime/scenario/run_report_markup.hpp"

/// What the pictures of a group share: time runs from left (0%) to right (100%)
/// in all of them. Positions across are in percent and those down in pixels, so
/// that a picture fits any width while its text keeps its size.
namespace troupe::scenario {

struct time_axis {
  int64_t begin_ms = 0;
  int64_t end_ms = 0;

  explicit time_axis(const run_record& run);

  int64_t length_ms() const noexcept {
    return end_ms - begin_ms;
  }

  /// 0 to 100.
  double percent(int64_t time_ms) const noexcept;
};

/// A mark on an axis.
struct axis_tick {
  double value = 0;
  std::string label;
};

/// At most `count_max` + 1 round numbers from 0 on; the last is at or above
/// `max`. Never fractions below 1 when `is_whole`.
std::vector<axis_tick> value_ticks(double max, size_t count_max, bool is_whole);

/// Round times since the beginning, in milliseconds: at most 11.
std::vector<axis_tick> time_ticks(const time_axis& axis);

/// Things, as rebalances, so near to each other that one mark stands for them.
struct event_mark {
  double percent = 0;
  /// `3`, or `3-5`.
  std::string label;
  /// Each one's time, epoch and cause, a line each.
  std::string title;
  /// So near to its neighbour that its label is left out on a small screen.
  bool is_crowded = false;
  /// A CSS class that colours it; empty: as rebalances are.
  std::string style = {};
};

/// Something to be marked.
struct timed_mark {
  int64_t time_ms = 0;
  std::string label;
  std::string title;
  std::string style;
};

/// Marks in the order of time; those that are near to each other are one, in
/// the first one's style.
std::vector<event_mark> make_marks(const std::vector<timed_mark>& marks,
                                   const time_axis& axis);

/// The rebalances of a group, numbered from 1.
std::vector<event_mark> event_marks(const std::vector<timeline_event>& events,
                                    const time_axis& axis);

/// A name for a label; the end of a long one says more than its beginning.
std::string short_name(const std::string& name, size_t columns_max);

/// `50%`.
std::string percent_text(double x);

/// `12.5`.
std::string number_text(double x);

/// Draws the ticks of the time axis below a picture of `height` pixels.
void draw_time_axis(markup& out, const time_axis& axis, double height);

/// Draws a line down for each mark; with its label when `is_labelled`.
void draw_marks(markup& out, const std::vector<event_mark>& marks, double top,
                double bottom, bool is_labelled);

} // namespace troupe::scenario
