#include "config/worker_settings.hpp"

#include "config/settings_checks.hpp"
#include "config/settings_fields.hpp"
#include "config/settings_reader.hpp"

namespace troupe {

namespace {

void describe(field_visitor& v, worker_settings& x) {
  v.any_text("name", x.name,
             "What its consumers are called after their group; empty: the "
             "machine's name and the number of the process.");
  v.texts("connect", x.connect,
          "`host:port` of nodes of one cluster, of which the first that "
          "answers is taken; empty: as `--connect` says.");
  auto has_tls = x.tls != tls_settings{};
  v.optional_object("tls", has_tls, x.tls,
                    "As a node's; a certificate with `OU=worker` is enough.");
  v.choice("log_format", x.format, {"text", "json"},
           "For people, or a JSON object a line.");
  v.choice("log_level", x.level, {"error", "warning", "info", "debug"},
           "The least important lines that are shown.");
  v.duration("stop_timeout", x.stop_timeout, 100ms, 1h,
             "How long a stop may take before what is left is cut off.");
  v.list("consumers", x.consumers, consumers_spec{},
         "As a node's, with topics that the cluster has.");
}

} // namespace

config_result<worker_settings> read_worker_settings(const std::string& text,
                                                    const std::string& file) {
  auto document = json_document::parse(text, file);
  if (!document)
    return document.errors();
  json_problems problems{*document};
  worker_settings result;
  read_fields(json_reader{problems, *document}, "the settings of a worker",
              [&](field_visitor& v) { describe(v, result); });
  if (problems.is_empty()) {
    check_addresses(problems, "$.connect", result.connect);
    check_consumers(problems, "$.consumers", result.consumers);
  }
  if (!problems.is_empty())
    return problems.take();
  return result;
}

config_result<worker_settings> load_worker_settings(const std::string& path) {
  auto text = read_text_file(path);
  if (!text)
    return text.errors();
  return read_worker_settings(*text, path);
}

std::string to_json_text(const worker_settings& x) {
  auto copy = x;
  return pretty(write_fields([&](field_visitor& v) { describe(v, copy); }));
}

std::vector<field_row> worker_settings_table() {
  worker_settings x;
  auto rows = tabulate_fields([&](field_visitor& v) { describe(v, x); });
  std::erase_if(rows, [](const field_row& row) {
    return row.path.starts_with("consumers[].");
  });
  return rows;
}

} // namespace troupe
