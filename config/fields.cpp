#include "config/fields.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "config/units.hpp"

namespace troupe {

namespace {

namespace json = boost::json;

constexpr size_t text_size_max = 4096;
constexpr double rate_max = 1'000'000;

/// 5 rather than 5.0 where that is the same.
json::value plain_number(double x) {
  auto whole = static_cast<int64_t>(x);
  return static_cast<double>(whole) == x ? json::value(whole) : json::value(x);
}

// -- reading ----------------------------------------------------------------

class field_reader : public field_visitor {
public:
  explicit field_reader(json_object_reader& object) : object_(object) {
    // nop
  }

  void visit(const field_info& info, const field_access& access) override {
    if (auto at = find(info))
      access.read(*at);
  }

  void visit_object(const field_info& info,
                    const std::function<void(field_visitor&)>& inner) override {
    if (auto at = find(info))
      read_fields(*at, info.key, inner);
  }

  void visit_optional(
    const field_info& info, bool& is_there,
    const std::function<void(field_visitor&)>& inner) override {
    if (auto at = find(info)) {
      is_there = true;
      read_fields(*at, info.key, inner);
    }
  }

  void visit_list(const field_info& info, const list_access& access) override {
    auto at = find(info);
    auto elements = at ? at->elements() : std::nullopt;
    if (!elements)
      return;
    for (const auto& element : *elements) {
      access.append();
      read_fields(element, "one of " + info.key, [&](field_visitor& v) {
        access.describe_element(access.size() - 1, v);
      });
    }
  }

private:
  std::optional<json_reader> find(const field_info& info) {
    return info.is_required ? object_.require(info.key) : object_.get(info.key);
  }

  json_object_reader& object_;
};

// -- writing ----------------------------------------------------------------

class field_writer : public field_visitor {
public:
  void visit(const field_info& info, const field_access& access) override {
    if (auto x = access.write(); !x.is_null())
      result[info.key] = std::move(x);
  }

  void visit_object(const field_info& info,
                    const std::function<void(field_visitor&)>& inner) override {
    result[info.key] = write_fields(inner);
  }

  void visit_optional(
    const field_info& info, bool& is_there,
    const std::function<void(field_visitor&)>& inner) override {
    if (is_there)
      visit_object(info, inner);
  }

  void visit_list(const field_info& info, const list_access& access) override {
    json::array xs;
    for (size_t i = 0; i < access.size(); ++i)
      xs.push_back(
        write_fields([&](field_visitor& v) { access.describe_element(i, v); }));
    result[info.key] = std::move(xs);
  }

  json::object result;
};

// -- tables -----------------------------------------------------------------

class field_tabulator : public field_visitor {
public:
  explicit field_tabulator(std::string prefix) : prefix_(std::move(prefix)) {
    // nop
  }

  void visit(const field_info& info, const field_access& access) override {
    std::string fallback = "required";
    if (!info.is_required) {
      auto x = access.write();
      fallback = x.is_null() ? "" : json::serialize(x);
    }
    rows.push_back(
      {prefix_ + info.key, info.type, fallback, info.bounds, info.meaning});
  }

  void visit_object(const field_info& info,
                    const std::function<void(field_visitor&)>& inner) override {
    rows.push_back({prefix_ + info.key, info.type, "", "", info.meaning});
    field_tabulator v{prefix_ + info.key + "."};
    inner(v);
    rows.insert(rows.end(), v.rows.begin(), v.rows.end());
  }

  void visit_optional(
    const field_info& info, bool&,
    const std::function<void(field_visitor&)>& inner) override {
    visit_object(info, inner);
  }

  void visit_list(const field_info& info, const list_access& access) override {
    rows.push_back({prefix_ + info.key, info.type, "[]", "", info.meaning});
    field_tabulator v{prefix_ + info.key + "[]."};
    access.describe_default(v);
    rows.insert(rows.end(), v.rows.begin(), v.rows.end());
  }

  std::vector<field_row> rows;

private:
  std::string prefix_;
};

} // namespace

// -- kinds of fields --------------------------------------------------------

void field_visitor::flag(const char* key, bool& x, const char* meaning) {
  visit({key, "true or false", "", meaning},
        {[&x](const json_reader& at) { x = at.flag().value_or(x); },
         [&x] { return json::value(x); }});
}

void field_visitor::text(const char* key, std::string& x, const char* meaning) {
  visit(
    {key, "text", "not empty", meaning},
    {[&x](const json_reader& at) { x = at.text(text_size_max).value_or(x); },
     [&x] { return json::value(x); }});
}

void field_visitor::required_text(const char* key, std::string& x,
                                  const char* meaning) {
  visit(
    {key, "text", "not empty", meaning, true},
    {[&x](const json_reader& at) { x = at.text(text_size_max).value_or(x); },
     [&x] { return json::value(x); }});
}

void field_visitor::any_text(const char* key, std::string& x,
                             const char* meaning) {
  visit({key, "text", "", meaning},
        {[&x](const json_reader& at) { x = at.any_text().value_or(x); },
         [&x] { return json::value(x); }});
}

void field_visitor::texts(const char* key, std::vector<std::string>& x,
                          const char* meaning, bool is_required) {
  auto read = [&x](const json_reader& at) {
    auto elements = at.elements();
    if (!elements)
      return;
    x.clear();
    for (const auto& element : *elements)
      if (auto text = element.text(text_size_max))
        x.push_back(std::move(*text));
  };
  auto write = [&x] { return json::value(json::array(x.begin(), x.end())); };
  visit({key, "list of texts", "", meaning, is_required}, {read, write});
}

void field_visitor::options(const char* key,
                            std::map<std::string, std::string>& x,
                            const char* meaning) {
  auto read = [&x](const json_reader& at) {
    auto members = at.members();
    if (!members)
      return;
    x.clear();
    for (const auto& [name, value] : *members)
      if (auto text = value.any_text())
        x[name] = std::move(*text);
  };
  auto write = [&x] {
    json::object result;
    for (const auto& [name, value] : x)
      result[name] = value;
    return json::value(std::move(result));
  };
  visit({key, "object of texts", "", meaning}, {read, write});
}

void field_visitor::rate(const char* key, double& x, const char* meaning) {
  visit(
    {key, "number", fmt::format("0 to {}", rate_max), meaning},
    {[&x](const json_reader& at) { x = at.number(0, rate_max).value_or(x); },
     [&x] { return plain_number(x); }});
}

void field_visitor::duration(const char* key, std::chrono::milliseconds& x,
                             std::chrono::milliseconds min,
                             std::chrono::milliseconds max,
                             const char* meaning) {
  visit({key, "duration",
         fmt::format("{} to {}", format_duration(min), format_duration(max)),
         meaning},
        {[&x, min, max](const json_reader& at) {
           x = at.duration(min, max).value_or(x);
         },
         [&x] { return json::value(format_duration(x)); }});
}

void field_visitor::size(const char* key, uint64_t& x, uint64_t min,
                         uint64_t max, const char* meaning) {
  visit({key, "size",
         fmt::format("{} to {}", format_size(min), format_size(max)), meaning},
        {[&x, min, max](const json_reader& at) {
           x = at.size(min, max).value_or(x);
         },
         [&x] { return json::value(format_size(x)); }});
}

void field_visitor::custom(const char* key, const char* type,
                           field_access access, const char* meaning,
                           bool is_required) {
  visit({key, type, "", meaning, is_required}, access);
}

field_info field_visitor::integer_info(const char* key, int64_t min,
                                       int64_t max, const char* meaning,
                                       bool is_required) {
  auto bounds = max == std::numeric_limits<int64_t>::max()
                  ? fmt::format("at least {}", min)
                  : fmt::format("{} to {}", min, max);
  return {key, "whole number", bounds, meaning, is_required};
}

field_info field_visitor::choice_info(const char* key,
                                      const std::vector<std::string>& words,
                                      const char* meaning) {
  return {key, fmt::format("`\"{}\"`", fmt::join(words, "\"` or `\"")), "",
          meaning, false};
}

// -- all fields of a struct -------------------------------------------------

void read_fields(json_object_reader& object,
                 const std::function<void(field_visitor&)>& describe_all) {
  field_reader v{object};
  describe_all(v);
}

void read_fields(const json_reader& at, std::string_view what,
                 const std::function<void(field_visitor&)>& describe_all) {
  json_object_reader object{at, what};
  if (!object.is_good())
    return;
  read_fields(object, describe_all);
  object.finish();
}

json::object write_fields(
  const std::function<void(field_visitor&)>& describe_all) {
  field_writer v;
  describe_all(v);
  return std::move(v.result);
}

std::vector<field_row> tabulate_fields(
  const std::function<void(field_visitor&)>& describe_all) {
  field_tabulator v{""};
  describe_all(v);
  return std::move(v.rows);
}

std::string to_markdown(const std::vector<field_row>& rows) {
  std::string result = "| key | type | default | bounds | meaning |\n"
                       "|---|---|---|---|---|\n";
  for (const auto& x : rows) {
    auto fallback = x.fallback == "required" || x.fallback.empty()
                      ? x.fallback
                      : fmt::format("`{}`", x.fallback);
    result += fmt::format("| `{}` | {} | {} | {} | {} |\n", x.path, x.type,
                          fallback, x.bounds, x.meaning);
  }
  return result;
}

} // namespace troupe
