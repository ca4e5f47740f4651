#include "runtime/scenario/run_report_lanes.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "runtime/scenario/run_printer_text.hpp"

namespace troupe::scenario {

namespace {

constexpr double lane_height = 30;
constexpr double bar_height = 22;
constexpr double badge_row = 22;
constexpr size_t lanes_max = 64;
constexpr size_t label_columns_max = 12;
/// Narrower spans have no room for a name: at all, on a small screen.
constexpr double name_percent = 4;
constexpr double name_percent_small = 16;

using lane_key = std::pair<std::string, int32_t>;

/// The partitions of a group, those that nobody ever owned too.
std::vector<lane_key> lanes_of(const group_track& group) {
  std::vector<lane_key> result;
  for (const auto& x : group.owners)
    result.emplace_back(x.topic, x.partition);
  for (const auto& x : group.positions)
    result.emplace_back(x.topic, x.id.partition);
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

/// The owners, in the order in which they first owned something.
std::vector<std::string> owners_of(const group_track& group) {
  auto spans = group.owners;
  std::stable_sort(
    spans.begin(), spans.end(),
    [](const auto& x, const auto& y) { return x.from_ms < y.from_ms; });
  std::vector<std::string> result;
  for (const auto& x : spans)
    if (std::find(result.begin(), result.end(), x.owner) == result.end())
      result.push_back(x.owner);
  return result;
}

/// Eight colours, and the same eight hatched; beyond that grey.
std::string colour_class(size_t owner) {
  if (owner >= 16)
    return "owner other";
  return fmt::format("owner c{}{}", owner % 8, owner >= 8 ? " hatched" : "");
}

void draw_span(markup& out, const ownership_span& span, const time_axis& axis,
               double top, const std::string& colour) {
  auto to_ms = span.to_ms < 0 ? axis.end_ms : span.to_ms;
  auto from = axis.percent(span.from_ms);
  auto width = axis.percent(to_ms) - from;
  // Cut off at its edges, which keeps a long name inside.
  out.element(
    "svg",
    {{"class", "span " + colour},
     {"x", percent_text(from)},
     {"y", number_text(top)},
     {"width", percent_text(std::max(width, 0.15))},
     {"height", number_text(bar_height)}},
    [&] {
      out.element("title", {},
                  fmt::format("{} owned {} from {} to {} ({})", span.owner,
                              partition_text(span.topic, span.partition),
                              format_time(span.from_ms - axis.begin_ms),
                              format_time(to_ms - axis.begin_ms),
                              format_duration(to_ms - span.from_ms)));
      out.element("rect",
                  {{"class", "fill"}, {"width", "100%"}, {"height", "100%"}});
      out.element("rect",
                  {{"class", "hatch"}, {"width", "100%"}, {"height", "100%"}});
      out.element("rect",
                  {{"class", "edge"}, {"width", "3"}, {"height", "100%"}});
      if (width >= name_percent)
        out.element("text",
                    {{"class", width < name_percent_small ? "wide" : ""},
                     {"x", "9"},
                     {"y", number_text(bar_height / 2 + 4)}},
                    span.owner);
    });
}

void draw_legend(markup& out, const std::vector<std::string>& owners) {
  out.element("ul", {{"class", "legend"}}, [&] {
    for (size_t i = 0; i < owners.size() && i < 16; ++i)
      out.element("li", {{"class", colour_class(i)}}, owners[i]);
    if (owners.size() > 16)
      out.element("li", {{"class", "owner other"}},
                  fmt::format("{} more", owners.size() - 16));
    out.element("li", {{"class", "no-owner"}}, "no owner");
    out.element("li", {{"class", "rebalance"}}, "rebalance, numbered as below");
  });
}

void draw_rows(markup& out, const group_track& group, const time_axis& axis,
               double lanes_top, const std::vector<lane_key>& lanes,
               const std::map<std::string, std::string>& colours) {
  std::map<lane_key, double> tops;
  for (size_t i = 0; i < lanes.size(); ++i) {
    auto top = lanes_top + 4 + lane_height * static_cast<double>(i);
    auto name = partition_text(lanes[i].first, lanes[i].second);
    tops[lanes[i]] = top;
    out.element("text",
                {{"class", "lane-name"},
                 {"x", "-8"},
                 {"y", number_text(top + bar_height / 2 + 4)},
                 {"text-anchor", "end"}},
                [&] {
                  out.element("title", {}, name);
                  out.text(short_name(name, label_columns_max));
                });
    out.element("rect", {{"class", "lane"},
                         {"y", number_text(top)},
                         {"width", "100%"},
                         {"height", number_text(bar_height)}});
  }
  for (const auto& span : group.owners)
    if (auto i = tops.find({span.topic, span.partition}); i != tops.end())
      draw_span(out, span, axis, i->second, colours.at(span.owner));
}

} // namespace

void draw_lanes(markup& out, const group_track& group, const time_axis& axis,
                const std::vector<event_mark>& marks,
                const std::vector<event_mark>& faults) {
  if (group.owners.empty())
    return;
  auto lanes = lanes_of(group);
  auto hidden = lanes.size() > lanes_max ? lanes.size() - lanes_max : 0;
  lanes.resize(lanes.size() - hidden);
  auto owners = owners_of(group);
  std::map<std::string, std::string> colours;
  for (size_t i = 0; i < owners.size(); ++i)
    colours[owners[i]] = colour_class(i);
  // Badges of faults stand above those of rebalances.
  auto lanes_top = faults.empty() ? badge_row : 2 * badge_row;
  auto bottom = lanes_top + 4 + lane_height * static_cast<double>(lanes.size());
  out.element("figure", {{"class", "picture"}}, [&] {
    out.element("figcaption", {}, "Who owned which partition");
    out.element(
      "svg",
      {{"class", "plot"},
       {"role", "img"},
       {"aria-label", fmt::format("Owners of the {} partitions of {} over time",
                                  lanes.size() + hidden, group.group)},
       {"height", number_text(bottom + 24)}},
      [&] {
        draw_rows(out, group, axis, lanes_top, lanes, colours);
        draw_time_axis(out, axis, bottom);
        draw_marks(out, faults, badge_row, bottom, true);
        draw_marks(out, marks, lanes_top, bottom, true);
      });
    if (hidden > 0)
      out.element("p", {{"class", "faint"}},
                  fmt::format("{} more partitions are not drawn.", hidden));
    draw_legend(out, owners);
  });
}

} // namespace troupe::scenario
