#include "runtime/scenario/run_report.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/scenario/run_printer.hpp"
#include "runtime/scenario/run_printer_text.hpp"
#include "runtime/scenario/run_report_cluster.hpp"
#include "runtime/scenario/run_report_group.hpp"
#include "runtime/scenario/run_report_markup.hpp"
#include "runtime/scenario/run_report_style.hpp"

namespace troupe::scenario {

namespace {

/// Of a long timeline the page shows this many lines, and of reads and commits
/// in a row this many.
constexpr size_t lines_max = 2000;
constexpr size_t quiet_lines_max = 60;

size_t failures_of(const run_record& run) {
  return static_cast<size_t>(
    std::count_if(run.expectations.begin(), run.expectations.end(),
                  [](const auto& x) { return !x.is_met; }));
}

std::string verdict_of(const run_record& run) {
  auto all = static_cast<int64_t>(run.expectations.size());
  if (all == 0)
    return "nothing was expected";
  if (auto failed = failures_of(run); failed > 0)
    return fmt::format("failed {} of {}", failed,
                       format_count(all, "expectation"));
  return fmt::format("passed {}", format_count(all, "expectation"));
}

std::string_view style_of(const run_record& run) {
  return run.expectations.empty() ? "verdict"
         : run.is_passed()        ? "verdict good"
                                  : "verdict bad";
}

std::string name_of(const run_record& run) {
  return run.title.empty() ? "A run without a title" : run.title;
}

void write_header(markup& out, const run_record& run) {
  out.element("header", {}, [&] {
    out.element("h2", {}, name_of(run));
    if (!run.description.empty())
      out.element("p", {{"class", "description"}}, run.description);
    out.element("ul", {{"class", "facts"}}, [&] {
      out.element("li", {{"class", std::string{style_of(run)}}},
                  verdict_of(run));
      auto length = std::max<int64_t>(run.end_ms - run.begin_ms, 0);
      out.element("li", {}, format_run_time(length, run.is_virtual_time));
      if (run.is_virtual_time) {
        out.element("li", {}, format_duration(run.wall_ms) + " to play");
        out.element("li", {}, fmt::format("seed {}", run.seed));
      }
      for (const auto& x : run.topics) {
        int64_t records = 0;
        for (auto end : x.high_watermark)
          records += std::max<int64_t>(end, 0);
        auto partitions = static_cast<int64_t>(x.high_watermark.size());
        out.element("li", {},
                    fmt::format("{}: {}, {}", x.topic,
                                format_count(partitions, "partition"),
                                format_count(records, "record")));
      }
      if (!run.file.empty())
        out.element("li", {}, [&] { out.element("code", {}, run.file); });
    });
  });
}

void write_expectation(markup& out, const expectation_result& x) {
  out.element("li", {{"class", x.is_met ? "good" : "bad"}}, [&] {
    out.element("span", {{"class", "mark-text"}}, x.is_met ? "met" : "failed");
    out.text(" " + x.what + " ");
    out.element("code", {{"class", "faint"}}, x.path);
    if (x.difference.empty())
      return;
    out.element("pre", {}, fmt::format("{}", fmt::join(x.difference, "\n")));
  });
}

void write_expectations(markup& out, const run_record& run) {
  if (run.expectations.empty())
    return;
  auto write_all = [&](bool is_met) {
    out.element("ul", {{"class", "expectations"}}, [&] {
      for (const auto& x : run.expectations)
        if (x.is_met == is_met)
          write_expectation(out, x);
    });
  };
  auto failed = failures_of(run);
  out.element("section", {}, [&] {
    out.element("h3", {}, "Expectations");
    if (failed > 0)
      write_all(false);
    if (failed == run.expectations.size())
      return;
    out.element("details", {}, [&] {
      out.element("summary", {},
                  fmt::format("{} met", run.expectations.size() - failed));
      write_all(true);
    });
  });
}

std::string_view style_of(line_kind x) {
  switch (x) {
    case line_kind::step:
      return "step";
    case line_kind::read:
      return "read";
    case line_kind::commit:
      return "commit";
    case line_kind::rebalance:
      return "change";
    case line_kind::fault:
      return "fault";
    case line_kind::election:
      return "change";
    case line_kind::note:
      return "note";
    case line_kind::problem:
      return "problem";
  }
  return "note";
}

void write_line(markup& out, const run_record& run, const shown_line& x) {
  if (x.line == nullptr) {
    out.element("tr", {{"class", "gap"}}, [&] {
      out.element("td", {{"colspan", "3"}},
                  fmt::format("{} more reads and commits", x.left_out));
    });
    return;
  }
  out.element("tr", {{"class", std::string{style_of(x.line->kind)}}}, [&] {
    out.element("td", {{"class", "number"}},
                format_time(x.line->time_ms - run.begin_ms));
    out.element("td", {}, x.line->group);
    out.element("td", {}, printable(x.line->text));
  });
}

void write_timeline(markup& out, const run_record& run) {
  if (run.lines.empty())
    return;
  auto lines = shorten(run.lines, quiet_lines_max);
  auto shown = std::min(lines.size(), lines_max);
  out.element("section", {}, [&] {
    out.element("h3", {}, "What happened");
    out.element("div", {{"class", "scroll"}}, [&] {
      out.element("table", {{"class", "timeline"}}, [&] {
        out.element("thead", {},
                    [&] { out.row("th", "time", "group", "what"); });
        out.element("tbody", {}, [&] {
          for (size_t i = 0; i < shown; ++i)
            write_line(out, run, lines[i]);
        });
      });
    });
    if (lines.size() > shown)
      out.element("p", {{"class", "faint"}},
                  fmt::format("{} more lines are left out here; they are in "
                              "the JSON.",
                              lines.size() - shown));
  });
}

void write_run(markup& out, const run_record& run, size_t number) {
  out.element("article", {{"id", fmt::format("run-{}", number)}}, [&] {
    write_header(out, run);
    write_expectations(out, run);
    write_cluster(out, run);
    for (const auto& group : run.groups)
      write_group(out, run, group);
    write_timeline(out, run);
  });
}

void write_overview(markup& out, const std::vector<run_record>& runs) {
  out.element("nav", {{"aria-label", "runs"}}, [&] {
    out.element("ol", {}, [&] {
      for (size_t i = 0; i < runs.size(); ++i)
        out.element("li", {}, [&] {
          out.element("a", {{"href", fmt::format("#run-{}", i + 1)}},
                      name_of(runs[i]));
          out.text(" ");
          out.element("span", {{"class", std::string{style_of(runs[i])}}},
                      verdict_of(runs[i]));
        });
    });
  });
}

void write_head(markup& out, const std::string& title) {
  out.element("head", {}, [&] {
    out.void_element("meta", {{"charset", "utf-8"}});
    out.void_element("meta",
                     {{"name", "viewport"},
                      {"content", "width=device-width, initial-scale=1"}});
    out.void_element("meta",
                     {{"name", "color-scheme"}, {"content", "light dark"}});
    // Whatever a record's text tries, the browser loads and runs nothing.
    out.void_element(
      "meta", {{"http-equiv", "Content-Security-Policy"},
               {"content", "default-src 'none'; style-src 'unsafe-inline'"}});
    out.element("title", {}, title);
    out.element("style", {}, [&] { out.trusted(report_style); });
  });
}

/// What all pictures draw with.
void write_patterns(markup& out) {
  out.element("svg",
              {{"class", "patterns"},
               {"width", "0"},
               {"height", "0"},
               {"aria-hidden", "true"}},
              [&] {
                out.element("defs", {}, [&] {
                  out.element("pattern",
                              {{"id", "hatch"},
                               {"width", "6"},
                               {"height", "6"},
                               {"patternUnits", "userSpaceOnUse"},
                               {"patternTransform", "rotate(45)"}},
                              [&] {
                                out.element("rect", {{"class", "stripe"},
                                                     {"width", "2"},
                                                     {"height", "6"}});
                              });
                });
              });
}

} // namespace

std::string render_report(const std::vector<run_record>& runs) {
  markup out;
  auto title = runs.size() == 1 ? name_of(runs.front())
                                : fmt::format("{} runs", runs.size());
  out.trusted("<!DOCTYPE html>\n");
  out.element("html", {{"lang", "en"}}, [&] {
    write_head(out, title + " \u00b7 Troupe");
    out.element("body", {}, [&] {
      write_patterns(out);
      out.element("h1", {}, "Troupe");
      if (runs.size() != 1)
        write_overview(out, runs);
      for (size_t i = 0; i < runs.size(); ++i)
        write_run(out, runs[i], i + 1);
    });
  });
  return out.str() + '\n';
}

std::string render_report(const run_record& run) {
  return render_report(std::vector<run_record>{run});
}

} // namespace troupe::scenario
