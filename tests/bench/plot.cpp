#include "tests/bench/plot.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace troupe::bench {

using scenario::markup;

namespace {

constexpr double width = 620;
constexpr double height = 260;
constexpr double left = 76;
constexpr double top = 12;
constexpr double bottom = 44;
constexpr double right = 16;
constexpr size_t colours = 8;

/// From values to places on one axis.
class scale {
public:
  scale(bool is_log, double from_pixel, double to_pixel)
    : is_log_(is_log), from_(from_pixel), to_(to_pixel) {}

  void see(double x) {
    if (!can_show(x))
      return;
    least_ = std::min(least_, x);
    most_ = std::max(most_, x);
  }

  bool can_show(double x) const {
    return !is_log_ || x > 0;
  }

  /// Makes room to the next round values.
  void finish() {
    if (least_ > most_)
      least_ = most_ = 1;
    if (is_log_) {
      least_ = std::pow(10, std::floor(std::log10(least_) + 1e-9));
      most_ = std::pow(10, std::ceil(std::log10(most_) - 1e-9));
      if (least_ == most_)
        most_ *= 10;
      return;
    }
    least_ = 0;
    auto step = this->step();
    most_ = std::max(step, std::ceil(most_ / step - 1e-9) * step);
  }

  double place(double x) const {
    auto share = is_log_ ? std::log(x / least_) / std::log(most_ / least_)
                         : (x - least_) / (most_ - least_);
    return from_ + share * (to_ - from_);
  }

  std::vector<double> ticks() const {
    std::vector<double> result;
    if (is_log_) {
      for (auto x = least_; x <= most_ * 1.001; x *= 10)
        result.push_back(x);
    } else {
      for (auto x = least_; x <= most_ * 1.001; x += step())
        result.push_back(x);
    }
    return result;
  }

private:
  /// A round number of which four or so fit.
  double step() const {
    auto rough = std::max(most_, 1e-9) / 4;
    auto power = std::pow(10, std::floor(std::log10(rough)));
    for (auto factor : {1.0, 2.0, 5.0})
      if (factor * power >= rough)
        return factor * power;
    return 10 * power;
  }

  bool is_log_;
  double from_;
  double to_;
  double least_ = 1e300;
  double most_ = -1e300;
};

std::string px(double x) {
  return fmt::format("{:.1f}", x);
}

/// `12k`, `3M`.
std::string short_number(double x) {
  for (auto [limit, mark] : {std::pair{1e9, "G"}, {1e6, "M"}, {1e3, "k"}})
    if (x >= limit)
      return fmt::format("{:.6g}{}", x / limit, mark);
  return fmt::format("{:.3g}", x);
}

void line(markup& out, std::string_view style, double x1, double y1, double x2,
          double y2) {
  out.element("line", {{"class", std::string{style}},
                       {"x1", px(x1)},
                       {"y1", px(y1)},
                       {"x2", px(x2)},
                       {"y2", px(y2)}});
}

void tick(markup& out, double x, double y, const std::string& anchor,
          const std::string& text) {
  out.element(
    "text",
    {{"class", "tick"}, {"x", px(x)}, {"y", px(y)}, {"text-anchor", anchor}},
    text);
}

void draw_axes(markup& out, const plot& what, const scale& x, const scale& y) {
  for (auto value : y.ticks()) {
    auto at = y.place(value);
    line(out, "grid", left, at, width - right, at);
    tick(out, left - 8, at + 4, "end", short_number(value));
  }
  for (auto value : x.ticks()) {
    auto at = x.place(value);
    line(out, "grid", at, top, at, height - bottom);
    tick(out, at, height - bottom + 16, "middle", short_number(value));
  }
  tick(out, (left + width - right) / 2, height - 8, "middle", what.x_name);
}

void draw_curve(markup& out, const plot& what, const curve& c, size_t colour,
                const scale& x, const scale& y) {
  std::string path;
  for (auto [at, value] : c.points)
    if (x.can_show(at) && y.can_show(value))
      path += fmt::format("{}{} {}", path.empty() ? 'M' : 'L', px(x.place(at)),
                          px(y.place(value)));
  auto style = fmt::format("--series: var(--c{})", colour % colours);
  out.element("g", {{"style", style}}, [&] {
    out.element("path", {{"class", "line"}, {"d", path}});
    for (auto [at, value] : c.points)
      if (x.can_show(at) && y.can_show(value))
        out.element("circle",
                    {{"class", "point"},
                     {"cx", px(x.place(at))},
                     {"cy", px(y.place(value))},
                     {"r", "4"}},
                    [&, at = at, value = value] {
                      out.element("title", {},
                                  fmt::format("{}: {} {} at {} {}", c.name,
                                              show_number(value), what.y_name,
                                              show_number(at), what.x_name));
                    });
  });
}

} // namespace

void draw_plot(markup& out, const plot& what) {
  scale x{what.is_log, left, width - right};
  scale y{what.is_log, height - bottom, top};
  for (const auto& c : what.curves)
    for (auto [at, value] : c.points) {
      x.see(at);
      y.see(value);
    }
  x.finish();
  y.finish();
  out.element("figure", {{"class", "picture"}}, [&] {
    out.element("figcaption", {}, [&] {
      out.text(what.title + ' ');
      out.element("span", {}, what.y_name);
    });
    out.element("svg",
                {{"class", "bench-plot"},
                 {"viewBox", fmt::format("0 0 {} {}", width, height)},
                 {"role", "img"},
                 {"aria-label", what.title}},
                [&] {
                  draw_axes(out, what, x, y);
                  for (size_t i = 0; i < what.curves.size(); ++i)
                    draw_curve(out, what, what.curves[i], i, x, y);
                });
    out.element("ul", {{"class", "legend"}}, [&] {
      for (size_t i = 0; i < what.curves.size(); ++i)
        out.element("li", {{"class", fmt::format("c{}", i % colours)}},
                    what.curves[i].name);
    });
  });
}

} // namespace troupe::bench
