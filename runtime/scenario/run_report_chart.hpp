#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runtime/scenario/run_report_axis.hpp"

namespace troupe::scenario {

struct chart_point {
  int64_t time_ms = 0;
  double value = 0;
};

/// Fewer points that look the same: of each of `buckets` spans of time the
/// first, least, greatest and last point stay, in order.
std::vector<chart_point> thin_out(const std::vector<chart_point>& points,
                                  size_t buckets);

/// A group's lag over time.
std::vector<chart_point> lag_points(const group_track& group);

/// Records handled per second in equal, round spans of time, at most about 60,
/// none shorter than the samples are apart: a point at the begin of each span,
/// and one at the end.
std::vector<chart_point> throughput_points(const group_track& group,
                                           const time_axis& axis);

/// What a line chart shows.
struct line_chart {
  std::string title;
  std::string unit;
  /// The CSS class that colours it.
  std::string style;
  /// By ascending time.
  std::vector<chart_point> points;
  /// A value holds until the next point; else lines join them.
  bool is_stepped = false;
  /// Fractions make no sense.
  bool is_whole = false;
};

/// Draws a chart with axes, ticks, unit, the rebalances' marks, and a value to
/// read wherever the pointer is.
void draw_chart(markup& out, const line_chart& chart, const time_axis& axis,
                const std::vector<event_mark>& marks);

} // namespace troupe::scenario
