#include "runtime/http/metric_families.hpp"

#include <chrono>
#include <limits>

#include "actors/protocol/utf8.hpp"

namespace troupe::http {

void metric_families::gauge(const char* name, const char* help,
                            const metric_labels& labels, double value) {
  add(name, help, prometheus::MetricType::Gauge, labels).gauge.value = value;
}

void metric_families::counter(const char* name, const char* help,
                              const metric_labels& labels, double value) {
  add(name, help, prometheus::MetricType::Counter, labels).counter.value =
    value;
}

void metric_families::histogram(const char* name, const char* help,
                                const metric_labels& labels,
                                const latency_histogram& x) {
  auto& to =
    add(name, help, prometheus::MetricType::Histogram, labels).histogram;
  uint64_t total = 0;
  for (size_t i = 0; i <= x.bounds_ms.size(); ++i) {
    // It came by the network: as many as it says.
    total += i < x.counts.size() ? x.counts[i] : 0;
    to.bucket.push_back({total, i < x.bounds_ms.size()
                                  ? x.bounds_ms[i] / 1000
                                  : std::numeric_limits<double>::infinity()});
  }
  to.sample_count = total;
  to.sample_sum = std::chrono::duration<double>(x.sum).count();
}

prometheus::ClientMetric& metric_families::add(const char* name,
                                               const char* help,
                                               prometheus::MetricType type,
                                               const metric_labels& labels) {
  auto [place, is_new] = index_.emplace(name, all_.size());
  if (is_new) {
    prometheus::MetricFamily family;
    family.name = name;
    family.help = help;
    family.type = type;
    all_.push_back(std::move(family));
  }
  auto& result = all_[place->second].metric.emplace_back();
  for (const auto& [label, value] : labels)
    result.label.push_back({label, valid_utf8(value)});
  return result;
}

} // namespace troupe::http
