#include "runtime/scenario/run_report_cluster.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/scenario/run_printer_text.hpp"

namespace troupe::scenario {

namespace {

constexpr double lane_height = 28;
constexpr double bar_height = 20;
constexpr double lanes_top = 22;
/// Between the nodes and what they lead.
constexpr double gap_height = 26;
constexpr size_t lanes_max = 64;
/// Narrower spans have no room for a name: at all, on a small screen.
constexpr double name_percent = 5;
constexpr double name_percent_small = 16;
constexpr size_t label_columns_max = 20;
constexpr size_t moves_shown_max = 8;

/// The colour of each node, by its number.
using colours = std::map<std::string, std::string>;

/// '1' of 'node 1'; empty: it is a worker.
std::string number_of(const cluster_lane& x) {
  auto space = x.name.rfind(' ');
  return space == x.name.npos ? std::string{} : x.name.substr(space + 1);
}

colours colours_of(const cluster_track& cluster) {
  colours result;
  for (const auto& x : cluster.nodes)
    if (auto number = number_of(x); !number.empty())
      result.emplace(number, fmt::format("c{}", result.size() % 8));
  return result;
}

std::string colour_of(const std::string& node, const colours& by) {
  auto i = by.find(node);
  return i == by.end() ? std::string{"other"} : i->second;
}

std::string_view style_of(fault_kind x) {
  switch (x) {
    case fault_kind::crash:
    case fault_kind::pause:
    case fault_kind::cut:
    case fault_kind::slow:
      return "harm";
    case fault_kind::start:
    case fault_kind::resume:
    case fault_kind::heal:
      return "help";
    case fault_kind::stop:
    case fault_kind::order:
      break;
  }
  return "order";
}

void draw_span(markup& out, const track_span& span, const time_axis& axis,
               double top, const std::string& colour, const std::string& text,
               const std::string& title) {
  auto to_ms = span.to_ms < 0 ? axis.end_ms : span.to_ms;
  auto from = axis.percent(span.from_ms);
  auto width = axis.percent(to_ms) - from;
  out.element(
    "svg",
    {{"class", "span " + colour},
     {"x", percent_text(from)},
     {"y", number_text(top)},
     {"width", percent_text(std::max(width, 0.15))},
     {"height", number_text(bar_height)}},
    [&] {
      out.element(
        "title", {},
        fmt::format(
          "{} from {} to {} ({})", title,
          format_time(std::max(span.from_ms, axis.begin_ms) - axis.begin_ms),
          format_time(to_ms - axis.begin_ms),
          format_duration(to_ms - std::max(span.from_ms, axis.begin_ms))));
      for (const char* name : {"fill", "hatch"})
        out.element("rect",
                    {{"class", name}, {"width", "100%"}, {"height", "100%"}});
      out.element("rect",
                  {{"class", "edge"}, {"width", "3"}, {"height", "100%"}});
      if (width >= name_percent)
        out.element("text",
                    {{"class", width < name_percent_small ? "wide" : ""},
                     {"x", "9"},
                     {"y", number_text(bar_height / 2 + 4)}},
                    text);
    });
}

void draw_lane(markup& out, const cluster_lane& lane, double top) {
  out.element("text",
              {{"class", "lane-name"},
               {"x", "-8"},
               {"y", number_text(top + bar_height / 2 + 4)},
               {"text-anchor", "end"}},
              [&] {
                out.element("title", {}, lane.name);
                out.text(short_name(lane.name, label_columns_max));
              });
  out.element("rect", {{"class", "lane"},
                       {"y", number_text(top)},
                       {"width", "100%"},
                       {"height", number_text(bar_height)}});
}

void draw_node_lane(markup& out, const cluster_lane& lane,
                    const time_axis& axis, double top, const colours& by) {
  draw_lane(out, lane, top);
  auto colour = colour_of(number_of(lane), by);
  for (const auto& span : lane.spans) {
    auto runs = span.what == "runs";
    draw_span(out, span, axis, top,
              runs                  ? colour
              : span.what == "down" ? std::string{"down"}
                                    : colour + " hatched weak",
              runs ? lane.name : span.what,
              fmt::format("{}: {}", lane.name, span.what));
  }
}

void draw_leader_lane(markup& out, const cluster_lane& lane,
                      const time_axis& axis, double top, const colours& by) {
  draw_lane(out, lane, top);
  for (const auto& span : lane.spans) {
    draw_span(out, span, axis, top, colour_of(span.what, by),
              "node " + span.what,
              fmt::format("{} led by node {}", lane.name, span.what));
  }
}

void draw_heading(markup& out, double top, std::string_view text) {
  out.element("text",
              {{"class", "lane-heading"}, {"x", "0"}, {"y", number_text(top)}},
              text);
}

void draw_picture(markup& out, const run_record& run, const time_axis& axis) {
  const auto& cluster = run.cluster;
  auto by = colours_of(cluster);
  auto shown = std::min(cluster.leaders.size(), lanes_max);
  auto second_top = lanes_top + 4
                    + lane_height * static_cast<double>(cluster.nodes.size())
                    + gap_height;
  auto bottom = second_top + lane_height * static_cast<double>(shown);
  out.element("figure", {{"class", "picture wide-names"}}, [&] {
    out.element("figcaption", {}, [&] {
      out.text("Nodes, and who led what ");
      out.element("span", {}, "a colour is a node");
    });
    out.element(
      "svg",
      {{"class", "plot"},
       {"role", "img"},
       {"aria-label",
        fmt::format("The state of {} nodes and the leaders of {} partitions "
                    "over time",
                    cluster.nodes.size(), cluster.leaders.size())},
       {"height", number_text(bottom + 24)}},
      [&] {
        for (size_t i = 0; i < cluster.nodes.size(); ++i)
          draw_node_lane(out, cluster.nodes[i], axis,
                         lanes_top + 4 + lane_height * static_cast<double>(i),
                         by);
        draw_heading(out, second_top - 7, "led by");
        for (size_t i = 0; i < shown; ++i)
          draw_leader_lane(out, cluster.leaders[i], axis,
                           second_top + lane_height * static_cast<double>(i),
                           by);
        draw_time_axis(out, axis, bottom);
        draw_marks(out, fault_marks(cluster, axis), lanes_top, bottom, true);
      });
    if (cluster.leaders.size() > shown)
      out.element("p", {{"class", "faint"}},
                  fmt::format("{} more partitions are not drawn.",
                              cluster.leaders.size() - shown));
    out.element("ul", {{"class", "legend"}}, [&] {
      for (const auto& x : cluster.nodes)
        out.element("li", {{"class", colour_of(number_of(x), by)}}, x.name);
      out.element("li", {{"class", "no-owner"}}, "no leader");
      out.element("li", {{"class", "down"}}, "down");
      out.element("li", {{"class", "harm-mark"}}, "harm done, lettered below");
      out.element("li", {{"class", "help-mark"}}, "undone");
    });
  });
}

// -- what happened -----------------------------------------------------------

void write_fault(markup& out, const fault_mark& x, size_t number,
                 int64_t begin_ms) {
  out.element("tr", {{"class", "fault " + std::string{style_of(x.kind)}}}, [&] {
    out.element("td", {}, [&] {
      out.element("span", {{"class", "letter"}}, letters_of(number));
    });
    out.element("td", {{"class", "number"}}, format_time(x.time_ms - begin_ms));
    out.element("td", {{"colspan", "4"}}, x.text);
  });
}

void write_moves(markup& out, const std::vector<std::string>& moves) {
  if (moves.empty())
    return;
  auto write_all = [&] {
    out.element("ul", {{"class", "moves"}}, [&] {
      for (const auto& x : moves)
        out.element("li", {}, x);
    });
  };
  if (moves.size() == 1) {
    out.element("span", {{"class", "faint"}}, moves.front());
    return;
  }
  out.element("details", {}, [&] {
    out.element("summary", {},
                moves.size() <= moves_shown_max
                  ? std::string{"which ones"}
                  : fmt::format("all {}", moves.size()));
    write_all();
  });
}

void write_event(markup& out, const cluster_event& x, int64_t begin_ms) {
  auto duration = [](int64_t ms) {
    return ms < 0 ? std::string{} : format_duration(ms);
  };
  out.element("tr", {{"class", "reaction"}}, [&] {
    out.element("td", {}, "");
    out.element("td", {{"class", "number"}}, format_time(x.time_ms - begin_ms));
    out.element("td", {{"class", "text"}}, [&] {
      out.text(x.what + " ");
      write_moves(out, x.moves);
    });
    out.element("td", {{"class", "cause"}}, x.cause);
    out.element("td", {{"class", "number"}}, duration(x.after_ms));
    out.element("td", {{"class", "number"}}, duration(x.writable_after_ms));
  });
}

void write_events(markup& out, const run_record& run) {
  const auto& cluster = run.cluster;
  if (cluster.faults.empty() && cluster.events.empty())
    return;
  out.element("h4", {}, "What happened to the cluster");
  out.element("div", {{"class", "scroll"}}, [&] {
    out.element("table", {{"class", "cluster"}}, [&] {
      out.element("thead", {}, [&] {
        out.row("th", "", "time", "what", "because", "after",
                "written again after");
      });
      out.element("tbody", {}, [&] {
        size_t i = 0;
        for (size_t k = 0;
             k < cluster.faults.size() || i < cluster.events.size();) {
          auto is_fault =
            k < cluster.faults.size()
            && (i == cluster.events.size()
                || cluster.faults[k].time_ms <= cluster.events[i].time_ms);
          if (is_fault) {
            write_fault(out, cluster.faults[k], k, run.begin_ms);
            ++k;
          } else {
            write_event(out, cluster.events[i++], run.begin_ms);
          }
        }
      });
    });
  });
}

} // namespace

std::string letters_of(size_t number) {
  std::string result;
  for (++number; number > 0; number = (number - 1) / 26)
    result.insert(0, 1, static_cast<char>('A' + (number - 1) % 26));
  return result;
}

std::vector<event_mark> fault_marks(const cluster_track& cluster,
                                    const time_axis& axis) {
  std::vector<timed_mark> marks;
  for (size_t i = 0; i < cluster.faults.size(); ++i) {
    const auto& x = cluster.faults[i];
    marks.push_back(
      {x.time_ms, letters_of(i), x.text, std::string{style_of(x.kind)}});
  }
  return make_marks(marks, axis);
}

void write_cluster(markup& out, const run_record& run) {
  if (run.cluster.nodes.empty())
    return;
  time_axis axis{run};
  out.element("section", {{"class", "group"}}, [&] {
    out.element("h3", {}, "The cluster");
    draw_picture(out, run, axis);
    write_events(out, run);
  });
}

} // namespace troupe::scenario
