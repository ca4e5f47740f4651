#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>

#include "actors/protocol/latency_histogram.hpp"

namespace troupe::http {

/// The labels of a metric, in their order.
using metric_labels = std::vector<std::pair<const char*, std::string>>;

/// Collects metrics under their families, each with its help said once.
class metric_families {
public:
  void gauge(const char* name, const char* help, const metric_labels& labels,
             double value);
  void counter(const char* name, const char* help, const metric_labels& labels,
               double value);
  /// In seconds; one that counted nothing is all zeros.
  void histogram(const char* name, const char* help,
                 const metric_labels& labels, const latency_histogram& x);

  /// In the order in which they were first named.
  const std::vector<prometheus::MetricFamily>& all() const noexcept {
    return all_;
  }

private:
  prometheus::ClientMetric& add(const char* name, const char* help,
                                prometheus::MetricType type,
                                const metric_labels& labels);

  std::vector<prometheus::MetricFamily> all_;
  std::map<std::string, size_t> index_;
};

} // namespace troupe::http
