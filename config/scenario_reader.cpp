#include <fmt/format.h>

#include "config/nearest.hpp"
#include "config/scenario.hpp"
#include "config/scenario_checks.hpp"
#include "config/scenario_fields.hpp"

namespace troupe::scenario {

namespace {

std::vector<std::string> verb_names() {
  std::vector<std::string> result;
  for (const auto& x : all_verbs())
    result.push_back(x.name);
  return result;
}

class script_reader {
public:
  script_reader(json_problems& problems, const json_document& document)
    : problems_(problems), document_(document) {
    // nop
  }

  script read() {
    json_object_reader object{{problems_, document_}, "a scenario"};
    if (!object.is_good())
      return {};
    read_fields(object, [&](field_visitor& v) { describe(v, result_); });
    if (auto steps = object.require("steps"))
      read_steps(*steps);
    object.finish();
    for (auto& group : result_.groups)
      group.settings.group = group.name;
    if (problems_.is_empty())
      check(problems_, result_);
    return std::move(result_);
  }

private:
  void read_steps(const json_reader& at) {
    auto elements = at.elements();
    if (!elements)
      return;
    if (elements->empty())
      at.fail_expected("at least one step");
    for (const auto& element : *elements)
      read_step(element);
  }

  void read_step(const json_reader& at) {
    auto members = at.members();
    if (!members)
      return;
    if (members->size() != 1) {
      fail_count(at, *members);
      return;
    }
    const auto& [name, value] = members->front();
    for (const auto& verb : all_verbs())
      if (verb.name == name)
        return read_verb(verb, value);
    value.fail(
      fmt::format("unknown step '{}'{}", name, suggestion(name, verb_names())));
  }

  void fail_count(
    const json_reader& at,
    const std::vector<std::pair<std::string, json_reader>>& members) {
    std::vector<std::string> found;
    for (const auto& member : members)
      found.push_back("'" + member.first + "'");
    at.fail(
      found.empty()
        ? fmt::format("expected a step like {{\"start\": {{...}}}}, found "
                      "{{}}; known are {}",
                      fmt::join(verb_names(), ", "))
        : fmt::format("expected one thing to do in a step, found {}: make "
                      "each a step of its own",
                      fmt::join(found, ", ")));
  }

  void read_verb(const verb& which, const json_reader& at) {
    if (which.name != "expect" || !at.is_array()) {
      add(which, at);
      return;
    }
    auto elements = at.elements();
    for (const auto& element : *elements)
      add(which, element);
  }

  void add(const verb& which, const json_reader& at) {
    if (auto what = which.read(at))
      result_.steps.push_back(
        {at.path(), document_.position_of(at.path()).line, std::move(*what)});
  }

  json_problems& problems_;
  const json_document& document_;
  script result_;
};

} // namespace

config_result<script> read_script(const std::string& text,
                                  const std::string& file) {
  auto document = json_document::parse(text, file);
  if (!document)
    return document.errors();
  json_problems problems{*document};
  auto result = script_reader{problems, *document}.read();
  if (!problems.is_empty())
    return problems.take();
  return result;
}

config_result<script> load_script(const std::string& path) {
  auto text = read_text_file(path);
  if (!text)
    return text.errors();
  return read_script(*text, path);
}

} // namespace troupe::scenario
