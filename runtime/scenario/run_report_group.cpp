#include "runtime/scenario/run_report_group.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "runtime/scenario/run_printer_text.hpp"
#include "runtime/scenario/run_report_axis.hpp"
#include "runtime/scenario/run_report_chart.hpp"
#include "runtime/scenario/run_report_cluster.hpp"
#include "runtime/scenario/run_report_lanes.hpp"

namespace troupe::scenario {

namespace {

constexpr size_t events_max = 500;

int64_t handled_of(const group_track& group) {
  int64_t result = 0;
  for (const auto& x : group.consumers)
    result += x.handled;
  if (group.consumers.empty() && !group.samples.empty())
    result = group.samples.back().handled;
  return result;
}

int64_t lag_of(const group_track& group) {
  int64_t result = 0;
  for (const auto& x : group.positions)
    result += std::max<int64_t>(x.lag(), 0);
  return result;
}

void write_figure(markup& out, std::string_view name, int64_t value,
                  bool is_bad = false, const std::string& remark = {}) {
  out.element("div", {{"class", is_bad ? "figure bad" : "figure"}}, [&] {
    out.element("dt", {}, name);
    out.element("dd", {}, [&] {
      out.text(format_count(value));
      if (!remark.empty())
        out.element("small", {}, " " + remark);
    });
  });
}

void write_figures(markup& out, const group_track& group) {
  auto after_commit = group.delivered_twice_committed;
  std::string remark;
  if (group.delivered_twice > 0)
    remark = after_commit > 0
               ? format_count(after_commit) + " after their commit"
               : "none after its commit";
  out.element("dl", {{"class", "figures"}}, [&] {
    write_figure(out, "records handled", handled_of(group));
    write_figure(out, "lag at the end", lag_of(group));
    write_figure(out, "rebalances", static_cast<int64_t>(group.events.size()));
    write_figure(out, "lost", group.lost, group.lost > 0);
    write_figure(out, "delivered twice", group.delivered_twice,
                 after_commit > 0, remark);
  });
}

void write_pictures(markup& out, const run_record& run,
                    const group_track& group) {
  time_axis axis{run};
  auto marks = event_marks(group.events, axis);
  draw_lanes(out, group, axis, marks, fault_marks(run.cluster, axis));
  // What was done to the cluster explains lag better than rebalances do.
  if (auto faults = fault_marks(run.cluster, axis); !faults.empty())
    marks = std::move(faults);
  draw_chart(out,
             {"Lag", "records behind", "lag", lag_points(group), true, true},
             axis, marks);
  draw_chart(out,
             {"Throughput", "records per second", "throughput",
              throughput_points(group, axis), true, false},
             axis, marks);
}

/// A cell with a number, set to the right.
void number_cell(markup& out, std::string_view text) {
  out.element("td", {{"class", "number"}}, text);
}

/// Column titles; one that begins with '#' is above numbers, an empty one above
/// bars.
void write_head(markup& out, std::initializer_list<std::string_view> titles) {
  out.element("thead", {}, [&] {
    out.element("tr", {}, [&] {
      for (auto title : titles) {
        auto is_number = title.starts_with('#');
        out.element("th",
                    {{"scope", "col"},
                     {"class", is_number       ? "number"
                               : title.empty() ? "bar-cell"
                                               : ""}},
                    title.substr(is_number ? 1 : 0));
      }
    });
  });
}

/// A titled table that scrolls by itself where the screen is too narrow.
template <class Body>
void write_table(markup& out, std::string_view title,
                 std::initializer_list<std::string_view> titles, Body body) {
  out.element("h4", {}, title);
  out.element("div", {{"class", "scroll"}}, [&] {
    out.element("table", {}, [&] {
      write_head(out, titles);
      out.element("tbody", {}, body);
    });
  });
}

void write_positions(markup& out, const group_track& group) {
  if (group.positions.empty())
    return;
  write_table(out, "Positions at the end",
              {"partition", "#start", "#committed", "#next", "#end", "#lag",
               "owner", "why it started there"},
              [&] {
                for (const auto& x : group.positions)
                  out.element("tr", {}, [&] {
                    out.element("th", {{"scope", "row"}},
                                partition_text(x.topic, x.id.partition));
                    number_cell(out, offset_or_null(x.start));
                    number_cell(out, committed_or_null(x));
                    number_cell(out, offset_or_null(x.next));
                    number_cell(out, offset_or_null(x.high_watermark));
                    number_cell(out, offset_or_null(x.lag()));
                    out.element("td", {}, x.owner.empty() ? "\u2013" : x.owner);
                    out.element("td", {},
                                reason_text(x.reason)
                                  + (x.is_paused ? ", paused" : ""));
                  });
              });
}

void write_consumers(markup& out, const group_track& group) {
  if (group.consumers.empty())
    return;
  auto fastest = 0.0;
  for (const auto& x : group.consumers)
    fastest = std::max(fastest, x.rate);
  write_table(
    out, "Consumers", {"consumer", "#records", "#rate", "", "owned at the end"},
    [&] {
      for (const auto& x : group.consumers) {
        auto is_idle = x.owned.empty() && x.handled == 0;
        out.element("tr", {{"class", is_idle ? "idle" : ""}}, [&] {
          out.element("th", {{"scope", "row"}}, x.name);
          number_cell(out, format_count(x.handled));
          number_cell(out, is_idle ? "idle" : format_rate(x.rate));
          out.element("td", {{"class", "bar-cell"}}, [&] {
            out.element(
              "svg",
              {{"class", "bar"}, {"height", "10"}, {"aria-hidden", "true"}},
              [&] {
                auto part = fastest > 0 ? x.rate / fastest : 0;
                out.element("rect", {{"width", percent_text(part * 100)},
                                     {"height", "10"},
                                     {"rx", "2"}});
              });
          });
          out.element("td", {}, join_names(x.owned));
        });
      }
    });
}

void write_move(markup& out, const timeline_move& x) {
  out.element("td", {}, partition_text(x.topic, x.id.partition));
  out.element("td", {}, [&] {
    out.text(x.from.empty() ? "nobody" : x.from);
    out.text(" \u2192 ");
    out.text(x.to.empty() ? "nobody" : x.to);
  });
  // A partition that nobody had before did not wait for an owner.
  auto has_waited = !x.from.empty() && x.without_owner_ms >= 0;
  number_cell(out, has_waited ? format_duration(x.without_owner_ms) : "");
  auto has_start = !x.to.empty() && x.offset >= 0;
  number_cell(out, has_start ? std::to_string(x.offset) : "");
  out.element("td", {}, has_start ? reason_text(x.reason) : "");
  number_cell(out, x.repeated > 0 ? format_count(x.repeated) : "");
}

void write_event(markup& out, const timeline_event& x, size_t number,
                 int64_t begin_ms) {
  auto rows = std::to_string(std::max<size_t>(x.moves.size(), 1));
  for (size_t i = 0; i < std::max<size_t>(x.moves.size(), 1); ++i)
    out.element("tr", {{"class", i == 0 ? "first" : ""}}, [&] {
      if (i == 0) {
        out.element("td", {{"class", "number"}, {"rowspan", rows}},
                    std::to_string(number));
        out.element("td", {{"class", "number"}, {"rowspan", rows}},
                    format_time(x.time_ms - begin_ms));
        out.element("td", {{"class", "number"}, {"rowspan", rows}},
                    std::to_string(x.epoch));
        out.element("td", {{"class", "cause"}, {"rowspan", rows}},
                    printable(x.cause));
      }
      if (x.moves.empty())
        out.element("td", {{"colspan", "6"}, {"class", "faint"}},
                    "nothing moved");
      else
        write_move(out, x.moves[i]);
    });
}

void write_rebalances(markup& out, const run_record& run,
                      const group_track& group) {
  if (group.events.empty())
    return;
  write_table(out, "Rebalances",
              {"#no.", "#time", "#epoch", "cause", "partition", "moved",
               "#without owner", "#started at", "because", "#delivered again"},
              [&] {
                auto shown = std::min(group.events.size(), events_max);
                for (size_t i = 0; i < shown; ++i)
                  write_event(out, group.events[i], i + 1, run.begin_ms);
              });
  if (group.events.size() > events_max)
    out.element("p", {{"class", "faint"}},
                fmt::format("{} more are left out here; they are in the JSON.",
                            group.events.size() - events_max));
}

} // namespace

void write_group(markup& out, const run_record& run, const group_track& group) {
  out.element("section", {{"class", "group"}}, [&] {
    out.element("h3", {}, group.group);
    write_figures(out, group);
    write_pictures(out, run, group);
    write_positions(out, group);
    write_consumers(out, group);
    write_rebalances(out, run, group);
  });
}

} // namespace troupe::scenario
