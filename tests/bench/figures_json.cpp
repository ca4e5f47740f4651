// Figures as JSON and back: between the processes that measure and the one that
// shows, and between two runs.

#include <boost/json.hpp>

#include "tests/bench/figures.hpp"

namespace troupe::bench {

namespace json = boost::json;

namespace {

json::object encode(const figure& x) {
  json::object result{{"name", x.name}, {"unit", x.unit}, {"value", x.value}};
  json::array bounds;
  for (size_t i = 0; i < x.bounds.size(); ++i)
    bounds.push_back({{"what", x.bounds[i].what},
                      {"value", x.bounds[i].value},
                      {"ratio", x.ratio(i)}});
  if (!bounds.empty())
    result["bounds"] = std::move(bounds);
  if (x.wanted)
    result["aim"] = {
      {"at_least", x.wanted->what == figure::aim::kind::at_least},
      {"limit", x.wanted->limit},
      {"is_ratio", x.wanted->is_ratio},
      {"reached", x.is_reached()}};
  return result;
}

json::object encode(const plot& x) {
  json::array curves;
  for (const auto& c : x.curves) {
    json::array points;
    for (auto [at, value] : c.points)
      points.push_back({at, value});
    curves.push_back({{"name", c.name}, {"points", std::move(points)}});
  }
  return {{"title", x.title},
          {"x_name", x.x_name},
          {"y_name", x.y_name},
          {"is_log", x.is_log},
          {"curves", std::move(curves)}};
}

std::string text_of(const json::value& x, const char* name) {
  return json::value_to<std::string>(x.at(name));
}

double number_of(const json::value& x, const char* name) {
  return x.at(name).to_number<double>();
}

figure decode_figure(const json::value& x) {
  figure result;
  result.name = text_of(x, "name");
  result.unit = text_of(x, "unit");
  result.value = number_of(x, "value");
  if (auto* bounds = x.as_object().if_contains("bounds"))
    for (const auto& b : bounds->as_array())
      result.bounds.push_back({text_of(b, "what"), number_of(b, "value")});
  if (auto* aim = x.as_object().if_contains("aim"))
    result.wanted = {aim->at("at_least").as_bool() ? figure::aim::kind::at_least
                                                   : figure::aim::kind::at_most,
                     number_of(*aim, "limit"), aim->at("is_ratio").as_bool()};
  return result;
}

plot decode_plot(const json::value& x) {
  plot result{text_of(x, "title"),
              text_of(x, "x_name"),
              text_of(x, "y_name"),
              x.at("is_log").as_bool(),
              {}};
  for (const auto& c : x.at("curves").as_array()) {
    curve line{text_of(c, "name"), {}};
    for (const auto& p : c.at("points").as_array())
      line.points.emplace_back(p.at(0).to_number<double>(),
                               p.at(1).to_number<double>());
    result.curves.push_back(std::move(line));
  }
  return result;
}

} // namespace

std::string to_json(const std::vector<outcome>& xs) {
  json::array all;
  for (const auto& x : xs) {
    json::array figures;
    for (const auto& f : x.figures)
      figures.push_back(encode(f));
    json::array plots;
    for (const auto& p : x.plots)
      plots.push_back(encode(p));
    all.push_back({{"benchmark", x.benchmark},
                   {"title", x.title},
                   {"seconds", x.seconds},
                   {"failure", x.failure},
                   {"figures", std::move(figures)},
                   {"plots", std::move(plots)}});
  }
  return json::serialize(json::object{{"benchmarks", std::move(all)}});
}

std::vector<outcome> from_json(const std::string& text) {
  std::vector<outcome> result;
  auto whole = json::parse(text);
  for (const auto& x : whole.at("benchmarks").as_array()) {
    outcome one{text_of(x, "benchmark"),
                text_of(x, "title"),
                number_of(x, "seconds"),
                {},
                {},
                text_of(x, "failure")};
    for (const auto& f : x.at("figures").as_array())
      one.figures.push_back(decode_figure(f));
    for (const auto& p : x.at("plots").as_array())
      one.plots.push_back(decode_plot(p));
    result.push_back(std::move(one));
  }
  return result;
}

} // namespace troupe::bench
