#include "tests/bench/page.hpp"

#include <cmath>
#include <map>

#include <fmt/format.h>

#include "runtime/scenario/run_report_style.hpp"
#include "tests/bench/plot.hpp"

namespace troupe::bench {

using scenario::markup;

namespace {

/// Two runs on a machine of one's own differ by this much for no reason.
constexpr double noise = 0.1;

constexpr std::string_view own_style = R"css(
.bench-plot { width: 100%; max-width: 46rem; }
.point { fill: var(--series); }
.point:hover { stroke: var(--ink); stroke-width: 2; }
.good { color: var(--good); } .bad { color: var(--bad); }
)css";

std::map<std::string, double> values_of(const std::vector<outcome>& xs) {
  std::map<std::string, double> result;
  for (const auto& x : xs)
    for (const auto& f : x.figures)
      result[x.benchmark + '/' + f.name + '/' + f.unit] = f.value;
  return result;
}

/// The earlier value of a figure; 0: there is none.
double earlier_of(const std::map<std::string, double>& values, const outcome& x,
                  const figure& f) {
  auto i = values.find(x.benchmark + '/' + f.name + '/' + f.unit);
  return i == values.end() ? 0 : i->second;
}

std::string bounds_text(const figure& f) {
  std::string result;
  for (size_t i = 0; i < f.bounds.size(); ++i)
    result += fmt::format("{}{} of {} ({})", i == 0 ? "" : "; ",
                          show_number(f.ratio(i)), f.bounds[i].what,
                          show_number(f.bounds[i].value));
  return result;
}

std::string aim_text(const figure& f) {
  if (!f.wanted)
    return {};
  return fmt::format(
    "{} {}{}: {}",
    f.wanted->what == figure::aim::kind::at_least ? "at least" : "at most",
    show_number(f.wanted->limit), f.wanted->is_ratio ? " of it" : "",
    f.is_reached() ? "reached" : "missed");
}

void write_figures(markup& out, const outcome& x,
                   const std::map<std::string, double>& earlier) {
  out.element("div", {{"class", "scroll"}}, [&] {
    out.element("table", {}, [&] {
      out.element("thead", {}, [&] {
        out.row("th", "what", "", "unit", "beside its bound", "aim",
                earlier.empty() ? "" : "before");
      });
      out.element("tbody", {}, [&] {
        for (const auto& f : x.figures)
          out.element("tr", {}, [&] {
            out.element("td", {}, f.name);
            out.element("td", {{"class", "number"}}, show_number(f.value));
            out.element("td", {}, f.unit);
            out.element("td", {{"class", "faint"}}, bounds_text(f));
            out.element("td", {{"class", f.is_reached() ? "good" : "bad"}},
                        aim_text(f));
            auto before = earlier_of(earlier, x, f);
            out.element("td", {{"class", "number"}},
                        before > 0 ? show_number(before) : "");
          });
      });
    });
  });
}

void write_head(markup& out) {
  out.element("head", {}, [&] {
    out.void_element("meta", {{"charset", "utf-8"}});
    out.void_element("meta",
                     {{"name", "viewport"},
                      {"content", "width=device-width, initial-scale=1"}});
    out.element("title", {}, "Benchmarks \u00b7 Troupe");
    out.element("style", {}, [&] {
      out.trusted(scenario::report_style);
      out.trusted(own_style);
    });
  });
}

} // namespace

std::string page_of(const std::vector<outcome>& xs,
                    const std::vector<outcome>& earlier) {
  markup out;
  auto before = values_of(earlier);
  out.trusted("<!DOCTYPE html>\n");
  out.element("html", {{"lang", "en"}}, [&] {
    write_head(out);
    out.element("body", {}, [&] {
      out.element("h1", {}, "Troupe");
      out.element("h2", {}, "Benchmarks");
      out.element("p", {{"class", "description"}},
                  "Each figure is the median of several, taken in turns with "
                  "its bound: what this machine does with the same bytes and "
                  "messages without Troupe. Compare ratios; the figures "
                  "themselves are this machine's.");
      for (const auto& x : xs)
        out.element("section", {}, [&] {
          out.element("h3", {}, x.benchmark + ": " + x.title);
          if (!x.failure.empty())
            out.element("p", {{"class", "bad"}}, "failed: " + x.failure);
          for (const auto& p : x.plots)
            draw_plot(out, p);
          write_figures(out, x, before);
        });
    });
  });
  return out.str() + '\n';
}

std::string comparison(const std::vector<outcome>& xs,
                       const std::vector<outcome>& earlier) {
  auto before = values_of(earlier);
  std::string result = "\nchanged by more than a tenth:\n";
  for (const auto& x : xs)
    for (const auto& f : x.figures) {
      auto old = earlier_of(before, x, f);
      if (old <= 0 || std::abs(f.value / old - 1) <= noise)
        continue;
      result += fmt::format("  {:<58} {:>12} -> {:>12} {:<10} x{}\n", f.name,
                            show_number(old), show_number(f.value), f.unit,
                            show_number(f.value / old));
    }
  return result;
}

std::string missed_aims(const std::vector<outcome>& xs) {
  std::string missed;
  size_t reached = 0;
  for (const auto& x : xs)
    for (const auto& f : x.figures)
      if (!f.is_reached())
        missed += show(f) + '\n';
      else if (f.wanted)
        ++reached;
  return fmt::format("\n{} aims reached{}\n{}", reached,
                     missed.empty() ? "" : "; missed:", missed);
}

} // namespace troupe::bench
