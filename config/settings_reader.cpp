#include "config/settings_reader.hpp"

#include <boost/json/serialize.hpp>

#include "config/settings_checks.hpp"
#include "config/settings_fields.hpp"

namespace troupe {

namespace {

namespace json = boost::json;

void print(std::string& out, const json::value& x, size_t depth) {
  auto indent = [&](size_t n) { out += "\n" + std::string(2 * n, ' '); };
  if (auto object = x.if_object(); object && !object->empty()) {
    out += '{';
    for (auto separator = ""; const auto& [key, value] : *object) {
      out += separator;
      separator = ",";
      indent(depth + 1);
      out += json::serialize(key) + ": ";
      print(out, value, depth + 1);
    }
    indent(depth);
    out += '}';
  } else if (auto array = x.if_array(); array && !array->empty()) {
    out += '[';
    for (auto separator = ""; const auto& value : *array) {
      out += separator;
      separator = ",";
      indent(depth + 1);
      print(out, value, depth + 1);
    }
    indent(depth);
    out += ']';
  } else {
    out += json::serialize(x);
  }
}

} // namespace

std::string pretty(const json::value& x) {
  std::string result;
  print(result, x, 0);
  return result + "\n";
}

config_result<node_settings> read_node_settings(const std::string& text,
                                                const std::string& file) {
  auto document = json_document::parse(text, file);
  if (!document)
    return document.errors();
  json_problems problems{*document};
  node_settings result;
  read_fields(json_reader{problems, *document}, "the settings of a node",
              [&](field_visitor& v) { describe(v, result); });
  // What does not hold its own bounds would only confuse the comparisons.
  if (problems.is_empty())
    check(problems, "$", result);
  if (!problems.is_empty())
    return problems.take();
  return result;
}

config_result<node_settings> load_node_settings(const std::string& path) {
  auto text = read_text_file(path);
  if (!text)
    return text.errors();
  return read_node_settings(*text, path);
}

config_result<topic_settings> read_topic_settings(const std::string& text,
                                                  const std::string& file,
                                                  topic_settings base) {
  auto document = json_document::parse(text, file);
  if (!document)
    return document.errors();
  json_problems problems{*document};
  read_fields(json_reader{problems, *document}, "the settings of a topic",
              [&](field_visitor& v) { describe(v, base); });
  if (!problems.is_empty())
    return problems.take();
  return base;
}

std::string to_json_text(const node_settings& x) {
  auto copy = x;
  return pretty(write_fields([&](field_visitor& v) { describe(v, copy); }));
}

std::string to_json_text(const topic_settings& x) {
  auto copy = x;
  return pretty(write_fields([&](field_visitor& v) { describe(v, copy); }));
}

std::vector<field_row> settings_table() {
  node_settings x;
  auto rows = tabulate_fields([&](field_visitor& v) { describe(v, x); });
  // They are those of topic_defaults.
  std::erase_if(rows, [](const field_row& row) {
    return row.path.starts_with("topics[].settings.");
  });
  return rows;
}

} // namespace troupe
