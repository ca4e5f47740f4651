#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace troupe::bench {

/// What the machine does at best, measured in the same run, in the unit of the
/// figure beside it.
struct bound {
  std::string what;
  double value = 0;
};

/// What was measured.
struct figure {
  /// Unique among all: by it two runs are compared.
  std::string name;
  /// `records/s`, `MB/s`, `s`, `ms`, `us`, `MB`, `B`, `1`...
  std::string unit;
  double value = 0;
  std::vector<bound> bounds;
  /// What it should be: `at least` or `at most` so much, of the value or of its
  /// ratio to the first bound.
  struct aim {
    enum class kind { at_least, at_most } what = kind::at_least;
    double limit = 0;
    bool is_ratio = false;
  };
  std::optional<aim> wanted;

  /// Of the value to its bound `i`.
  double ratio(size_t i = 0) const;

  /// Whether the aim is reached; true without one.
  bool is_reached() const;
};

/// One line of a plot.
struct curve {
  std::string name;
  /// By ascending x.
  std::vector<std::pair<double, double>> points;
};

/// A plot of how something grows; both axes are logarithmic when `is_log`.
struct plot {
  std::string title;
  std::string x_name;
  std::string y_name;
  bool is_log = true;
  std::vector<curve> curves;
};

/// What one benchmark brings.
struct outcome {
  std::string benchmark;
  std::string title;
  double seconds = 0;
  std::vector<figure> figures;
  std::vector<plot> plots;
  /// Why it could not be measured; empty: it could.
  std::string failure;
};

/// 1234567.8 as `1,234,568`, 12.345 as `12.3`, 0.0123 as `0.0123`.
std::string show_number(double x);

/// A line for people.
std::string show(const figure& x);

/// All of it as JSON, and back; `from_json` throws when it is anything else.
std::string to_json(const std::vector<outcome>& xs);
std::vector<outcome> from_json(const std::string& text);

} // namespace troupe::bench
